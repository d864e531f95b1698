"""TIFF by the axes it states: ImageJ, OME and plain; sample types; 16 bits stay 16 bits."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from fewshot_sam.errors import ImageFormatError, SeriesChoiceError
from fewshot_sam.io import load_volume

STACK = np.random.default_rng(0).integers(0, 60000, (6, 10, 14)).astype(np.uint16)


def voxels_of(path: Path) -> np.ndarray:
    """(slices, rows, columns) as they were written."""
    volume = load_volume(path)
    return volume.source.from_canonical(volume.voxels).T


def test_imagej_stack_of_one_page(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, STACK, imagej=True, truncate=True, metadata={"axes": "ZYX"})
    np.testing.assert_array_equal(voxels_of(path), STACK)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ImageFormatError, match=r"'stack\.tif' is truncated: it states 6 slices"):
        load_volume(path)


@pytest.mark.parametrize(
    ("kind", "compression"),
    [("imagej", None), ("ome", None), ("ome", "zlib"), ("plain", None), ("plain", "zlib")],
)
def test_stacks_of_pages(tmp_path: Path, kind: str, compression: str | None) -> None:
    path = tmp_path / ("stack.ome.tif" if kind == "ome" else "stack.tif")
    options = {} if kind == "plain" else {"metadata": {"axes": "ZYX"}}
    tifffile.imwrite(
        path, STACK, imagej=kind == "imagej", ome=kind == "ome", compression=compression, **options
    )
    np.testing.assert_array_equal(voxels_of(path), STACK)


@pytest.mark.parametrize(
    ("axes", "shape", "words", "number"),
    [
        ("ZCYX", (3, 2, 10, 14), "channel 2 of 2", 2),
        ("TZYX", (4, 3, 10, 14), "time point 3 of 4", 3),
        ("TYX", (6, 10, 14), "time point 6 of 6", 6),
        ("TZCYX", (2, 3, 2, 10, 14), "time point 2 of 2, channel 1 of 2", 3),
    ],
)
@pytest.mark.parametrize(
    "how", [{"imagej": True}, {"ome": True}, {"ome": True, "compression": "zlib"}], ids=str
)
@pytest.mark.parametrize("dtype", [np.uint16, np.int16])
def test_one_channel_at_one_time_point(
    tmp_path: Path, how: dict, axes: str, shape: tuple[int, ...], words: str, number: int, dtype: type
) -> None:
    path = tmp_path / "scan.tif"
    pixels = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    if dtype == np.int16 and "compression" in how:
        return  # numbers that Pillow does not read must not be compressed
    if dtype == np.int16 and "imagej" in how:
        return  # which has no such type
    tifffile.imwrite(path, pixels, metadata={"axes": axes}, **how)
    with pytest.raises(SeriesChoiceError, match=r"'scan\.tif' holds \d+ volumes") as caught:
        load_volume(path)
    assert caught.value.choices[number - 1].description == words
    volume = load_volume(path, series_uid=f"#{number}")
    told = {axis: int(words.split(name)[1].split()[0]) - 1 for axis, name in NAMES.items() if name in words}
    wanted = pixels[tuple(told.get(axis, slice(None)) for axis in axes)]
    np.testing.assert_array_equal(volume.source.from_canonical(volume.voxels).T.squeeze(), wanted)
    assert words in volume.metadata["notes"]


NAMES = {"T": "time point ", "C": "channel "}


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint32", "float16", "float64", "float32", "int32"])
def test_numbers_of_any_type(tmp_path: Path, dtype: str) -> None:
    stack = (np.arange(6 * 10 * 14).reshape(6, 10, 14) % 100 - (0 if dtype == "uint32" else 50)).astype(dtype)
    tifffile.imwrite(tmp_path / "stack.tif", stack, byteorder=">")
    np.testing.assert_array_equal(voxels_of(tmp_path / "stack.tif"), stack)


def test_a_type_that_is_not_read_is_named(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "stack.tif", STACK.astype(np.complex64))
    with pytest.raises(ImageFormatError, match="holds samples of the type complex64, which"):
        load_volume(tmp_path / "stack.tif")
    tifffile.imwrite(tmp_path / "stack.tif", STACK.astype(np.float64), compression="zlib")
    with pytest.raises(ImageFormatError, match="holds samples of the type float64, compressed"):
        load_volume(tmp_path / "stack.tif")


def test_colour_of_16_bits(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "rgb.tif", np.zeros((10, 14, 3), np.uint16), photometric="rgb")
    with pytest.raises(ImageFormatError, match="stores uint16 in 3 samples a pixel"):
        load_volume(tmp_path / "rgb.tif")


@pytest.mark.parametrize(("colour_type", "samples"), [(2, 3), (4, 2), (6, 4)])
def test_png_of_16_bits_with_more_than_grey(tmp_path: Path, colour_type: int, samples: int) -> None:
    pixels = np.repeat(STACK[0][:, :, None], samples, 2).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", 14, 10, 16, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    packed = (struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in chunks)
    (tmp_path / "s.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))
    with pytest.raises(ImageFormatError, match=r"'s\.png' stores 16 bits a sample in colour"):
        load_volume(tmp_path / "s.png")


def test_ome_states_the_order_of_its_pages(tmp_path: Path) -> None:
    path = tmp_path / "scan.ome.tif"
    tifffile.imwrite(path, STACK, metadata={"axes": "ZYX"})
    places = [
        f'<TiffData IFD="{k}" FirstZ="{5 - k}" FirstC="0" FirstT="0" PlaneCount="1"/>' for k in range(6)
    ]
    stated = re.sub(r"<TiffData.*?(/>|</TiffData>)", "", tifffile.TiffFile(path).ome_metadata or "")
    stated = stated.replace("</Pixels>", f"{''.join(places)}</Pixels>")
    tifffile.imwrite(path, STACK, description=stated, metadata=None, ome=False)
    np.testing.assert_array_equal(voxels_of(path), STACK[::-1])


@pytest.mark.parametrize("second", [STACK // 2, STACK[:1, ::2, ::2]], ids=["of one size", "smaller"])
def test_two_images_in_ome(tmp_path: Path, second: np.ndarray) -> None:
    with tifffile.TiffWriter(tmp_path / "scan.ome.tif", ome=True) as file:
        for stack in (STACK, second):
            file.write(stack, metadata={"axes": "ZYX"})
    with pytest.raises(ImageFormatError, match=r"'scan\.ome\.tif' must hold one volume, got 2 images"):
        load_volume(tmp_path / "scan.ome.tif")


def test_a_mask_behind_the_slices(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "scan.tif") as file:
        file.write(STACK, metadata=None)
        file.write(np.full((10, 14), 255, np.uint8), metadata=None)
    with pytest.raises(ImageFormatError, match="must hold one volume, got 2 images"):
        load_volume(tmp_path / "scan.tif")


@pytest.mark.parametrize("kind", ["thumbnail", "pyramid"])
def test_smaller_copies_are_passed_over(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("scan.tif" if kind == "thumbnail" else "scan.ome.tif")
    with tifffile.TiffWriter(path, ome=kind == "pyramid") as file:
        axes = {"axes": "ZYX"}
        file.write(STACK, tile=(16, 16), subifds=1 if kind == "pyramid" else None, metadata=axes)
        copy = STACK[:1, ::2, ::2] if kind == "thumbnail" else STACK[:, ::2, ::2]
        file.write(copy, tile=(16, 16), subfiletype=1)
    np.testing.assert_array_equal(voxels_of(path), STACK)


@pytest.mark.parametrize("layout", ["tiles", "strips that differ"])
def test_rare_numbers_that_lie_apart(tmp_path: Path, layout: str) -> None:
    stack = STACK.astype(np.int32) - 30000
    with tifffile.TiffWriter(tmp_path / "scan.tif") as file:
        for number, page in enumerate(stack.astype(np.int16)):
            options = {"tile": (16, 16)} if layout == "tiles" else {"rowsperstrip": 3 + number}
            file.write(page, metadata=None, **options)
    np.testing.assert_array_equal(voxels_of(tmp_path / "scan.tif"), stack)


def test_tiles_larger_than_the_file(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, STACK[0].astype(np.int16), tile=(16, 16), metadata=None)
    with tifffile.TiffFile(path, mode="r+b") as file:
        for name in ("TileWidth", "TileLength"):
            file.pages[0].tags[name].overwrite(2**16 - 16, dtype="I")
    with pytest.raises(ImageFormatError, match="is truncated"):
        load_volume(path)


def test_pages_that_are_compressed_in_other_ways(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "scan.tif") as file:
        for number, page in enumerate(STACK):
            file.write(page, metadata=None, compression="zlib" if number % 2 else None)
    np.testing.assert_array_equal(voxels_of(tmp_path / "scan.tif"), STACK)


def test_slices_of_8_and_16_bits(tmp_path: Path) -> None:
    """An empty slice may have been stored smaller; others would be 256 times darker."""
    for number, page in enumerate(STACK):
        Image.fromarray(page).save(tmp_path / f"s{number}.png")
    Image.fromarray(np.zeros((10, 14), np.uint8)).save(tmp_path / "s5.png")
    np.testing.assert_array_equal(voxels_of(tmp_path)[:5], STACK[:5])
    Image.fromarray((STACK[5] // 256).astype(np.uint8)).save(tmp_path / "s5.png")
    with pytest.raises(ImageFormatError, match="store their grey levels alike, got uint16 and uint8"):
        load_volume(tmp_path)


@pytest.mark.parametrize("count", [2, 150])
@pytest.mark.parametrize("back_to", [0, 1])
def test_a_list_of_pages_that_comes_back_to_itself(tmp_path: Path, count: int, back_to: int) -> None:
    path = tmp_path / "cycle.tif"
    with tifffile.TiffWriter(path) as writer:
        for _ in range(count):
            writer.write(np.ones((4, 5), np.uint8), contiguous=False, metadata=None)
    with tifffile.TiffFile(path) as file:
        pages = [(page.offset, len(page.tags)) for page in file.pages]
    content = bytearray(path.read_bytes())
    last, tag_count = pages[-1]
    struct.pack_into("<I", content, last + 2 + 12 * tag_count, pages[back_to][0])
    path.write_bytes(content)
    with pytest.raises(ImageFormatError, match=r"'cycle.tif' is damaged: its list of pages comes back"):
        load_volume(path)
