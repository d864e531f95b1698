"""NRRD and MetaImage, picture stacks, zips, and finding out what a path is."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name
from PIL import Image

from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import GeometryError, ImageFormatError, SeriesChoiceError
from fewshot_sam.io import load_label_map, load_volume, save_label_map
from fewshot_sam.io.formats.zip_archive import unpack
from fewshot_sam.io.limits import ReadLimits
from tests.fewshot_sam.synthetic_files import random_voxels, rotation, write_nifti


def itk_image(array: np.ndarray) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.5, 1.5, 3.0))
    image.SetOrigin((10.0, -20.0, 30.0))
    image.SetDirection(rotation(10, -5, 20).ravel().tolist())
    return image


@pytest.mark.parametrize("ending", ["nrrd", "nhdr", "mha", "mhd"])
def test_itk_formats_keep_world_positions(tmp_path: Path, ending: str) -> None:
    stored = random_voxels((4, 5, 6))
    image = itk_image(stored)
    sitk.WriteImage(image, str(tmp_path / f"image.{ending}"))
    volume = load_volume(tmp_path / f"image.{ending}")
    assert (volume.voxels.dtype, volume.name, volume.shape) == (np.int16, "image", (6, 5, 4))
    for index in [(0, 0, 0), (5, 4, 3), (2, 3, 1)]:
        world = np.array(image.TransformIndexToPhysicalPoint(index)) * (-1, -1, 1)
        canonical = np.linalg.solve(volume.affine, [*world, 1.0])[:3]
        np.testing.assert_allclose(canonical, np.rint(canonical), atol=1e-4)
        assert volume.voxels[tuple(np.rint(canonical).astype(int))] == stored[index[::-1]]


@pytest.mark.parametrize(("ending", "data"), [("nhdr", "raw.gz"), ("mhd", "zraw")])
def test_detached_header_and_its_data_as_a_list(tmp_path: Path, ending: str, data: str) -> None:
    sitk.WriteImage(itk_image(random_voxels((4, 5, 6))), str(tmp_path / f"image.{ending}"), True)
    files = sorted(tmp_path.iterdir())
    assert any(file.name.endswith(data) for file in files)
    assert load_volume(files).shape == (6, 5, 4)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.mhd", "NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = {}\n"),
        ("b.mha", "NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\n  ElementDataFile : {}\n"),
        ("c.nhdr", "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 2 2 2\nencoding: raw\ndata file: {}\n\n"),
        ("d.nrrd", "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 2 2 2\nencoding: raw\ndatafile: {}\n\n"),
    ],
)
@pytest.mark.parametrize("target", ["../secret.raw", "{folder}/secret.raw", "LIST", "missing.raw"])
def test_headers_may_not_name_files_elsewhere(tmp_path: Path, name: str, header: str, target: str) -> None:
    (tmp_path / "secret.raw").write_bytes(b"12345678")
    (tmp_path / "upload").mkdir()
    path = tmp_path / "upload" / name
    path.write_text(header.format(target.format(folder=tmp_path)))
    with pytest.raises(ImageFormatError, match="must be in one file beside it"):
        load_volume(path)


@pytest.mark.parametrize("name", ["broken.nrrd", "broken.mha", "broken.mhd", "broken.nhdr"])
def test_damaged_itk_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"NRRD0004\nnonsense" if "n" in name[-4:-2] else b"nonsense")
    with pytest.raises(ImageFormatError, match="is not a readable NRRD or MetaImage file"):
        load_volume(tmp_path / name)


@pytest.mark.parametrize("ending", ["nrrd", "mha"])
def test_truncated_itk_files(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"image.{ending}"
    sitk.WriteImage(itk_image(random_voxels((20, 20, 20))), str(path))
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(
        ImageFormatError, match="is not a readable NRRD or MetaImage file, or it is truncated"
    ):
        load_volume(path)


def test_itk_images_with_a_fourth_axis_of_one(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.Image([4, 5, 6, 1], sitk.sitkInt16), str(tmp_path / "4d1.mha"))
    assert load_volume(tmp_path / "4d1.mha").shape == (4, 5, 6)


def write_pictures(folder: Path, stored: np.ndarray, ending: str) -> Path:
    """(columns, rows, files) as slice1, slice2, ... slice10."""
    folder.mkdir(parents=True)
    for index in range(stored.shape[2]):
        Image.fromarray(np.ascontiguousarray(stored[:, :, index].T)).save(
            folder / f"slice{index + 1}.{ending}"
        )
    return folder


@pytest.mark.parametrize(
    ("ending", "dtype"),
    [("png", np.uint8), ("png", np.uint16), ("tif", np.uint8), ("tiff", np.uint16), ("tif", np.float32)],
)
def test_picture_stack(tmp_path: Path, ending: str, dtype: type) -> None:
    stored = np.random.default_rng(0).integers(0, 250, (6, 5, 12)).astype(dtype)
    volume = load_volume(write_pictures(tmp_path / "stack", stored, ending))
    assert volume.voxels.dtype == (np.float32 if dtype == np.float32 else np.int16)
    np.testing.assert_array_equal(volume.source.from_canonical(volume.voxels), stored)
    assert (volume.name, volume.acquisition_plane) == ("stack", Plane.AXIAL)
    assert volume.metadata == {"orientation": "unknown", "spacing": "unknown"}
    # column 0 is the patient's right, row 0 anterior, as to_display shows it again
    np.testing.assert_array_equal(volume.voxels[::-1, ::-1, 3], stored[:, :, 3])


def test_jpeg_stack_even_if_stored_as_rgb(tmp_path: Path) -> None:
    folder = tmp_path / "jpegs"
    folder.mkdir()
    for index in range(3):
        grey = Image.new("L", (8, 9), 40 * index)
        (grey if index else grey.convert("RGB")).save(folder / f"{index}.jpg")
    volume = load_volume(folder)
    np.testing.assert_allclose(volume.voxels[4, 4], [0, 40, 80], atol=2)


def test_pages_of_a_tiff_are_slices(tmp_path: Path) -> None:
    pages = [Image.new("L", (4, 5), value) for value in (1, 2, 3)]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    assert load_volume(tmp_path / "stack.tif").voxels[0, 0].tolist() == [1, 2, 3]


def test_pictures_in_a_zip_keep_natural_order(tmp_path: Path) -> None:
    stored = np.broadcast_to(np.arange(12, dtype=np.uint8), (4, 3, 12))
    folder = write_pictures(tmp_path / "stack", stored, "png")
    with zipfile.ZipFile(tmp_path / "stack.zip", "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"stack/{path.name}")
        archive.writestr("__MACOSX/stack/._slice1.png", b"junk")
        archive.writestr("stack/.DS_Store", b"junk")
    assert load_volume(tmp_path / "stack.zip").voxels[0, 0].tolist() == list(range(12))


def test_label_map_as_pictures(tmp_path: Path) -> None:
    volume = load_volume(write_pictures(tmp_path / "stack", random_voxels((6, 5, 4)).astype(np.uint8), "png"))
    labels = (random_voxels((6, 5, 4), seed=1) % 3).astype(np.uint8)
    label_map = load_label_map(write_pictures(tmp_path / "labels", labels, "png"), volume)
    np.testing.assert_array_equal(volume.source.from_canonical(label_map), labels)
    save_label_map(label_map, volume, tmp_path / "mask.nii.gz")
    np.testing.assert_array_equal(load_label_map(tmp_path / "mask.nii.gz", volume), label_map)


def test_bad_pictures(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "stack", np.zeros((6, 5, 2), np.uint8), "png")
    Image.new("L", (7, 7)).save(folder / "slice3.png")
    with pytest.raises(ImageFormatError, match=r"one size, got 7x7 in 'slice3\.png' and 6x5 before it"):
        load_volume(folder)
    Image.new("RGB", (6, 5), (200, 10, 10)).save(folder / "slice3.png")
    with pytest.raises(
        SeriesChoiceError, match=r"'slice3\.png' holds 4 volumes, choose one: colours as grey"
    ):
        load_volume(folder)
    (folder / "slice3.png").write_bytes((folder / "slice2.png").read_bytes()[:40])
    with pytest.raises(ImageFormatError, match=r"'slice3\.png' is not a readable PNG"):
        load_volume(folder)


def small_limits(unpacked_bytes: int) -> ReadLimits:
    return ReadLimits(max_unpacked_bytes=unpacked_bytes, always_unpacked_bytes=unpacked_bytes)


def zip_with(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_zip_members_cannot_leave_the_folder(tmp_path: Path) -> None:
    names = [
        "../../evil.txt",
        "/etc/evil.txt",
        "..\\..\\evil.txt",
        "a/../../evil.txt",
        "C:\\evil.txt",
        "x" * 300,
    ]
    path = zip_with(tmp_path / "slip.zip", dict.fromkeys(names, b"x"))
    target = tmp_path / "deep" / "target"
    target.mkdir(parents=True)
    unpack(path, target, ReadLimits())
    unpacked = [file for file in target.rglob("*") if file.is_file()]
    assert len(unpacked) == len(names)
    assert [file for file in tmp_path.rglob("*") if file.is_file() and file not in unpacked] == [path]


def test_zip_limits(tmp_path: Path) -> None:
    path = zip_with(tmp_path / "bomb.zip", {f"{index}.dcm": b"\0" * 1000 for index in range(5)})
    with pytest.raises(ImageFormatError, match=r"'bomb\.zip' unpacks to 5 files, the limit is 4"):
        unpack(path, tmp_path, ReadLimits(), max_members=4)
    with pytest.raises(ImageFormatError, match=r"'bomb\.zip' unpacks to .*, but the limit is 4\.88 KiB for"):
        unpack(path, tmp_path, small_limits(4999))


def test_zip_that_lies_about_its_sizes(tmp_path: Path) -> None:
    path = zip_with(tmp_path / "liar.zip", {"a.dcm": b"\0" * 100_000})
    content = path.read_bytes().replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(content)
    with pytest.raises(ImageFormatError, match=r"is not a readable zip file|unpacks to more, but"):
        unpack(path, tmp_path, small_limits(1000))
    assert all(file.stat().st_size <= 1000 for file in tmp_path.rglob("*") if file.is_file())


@pytest.mark.parametrize("content", [b"", b"PK nonsense", b"text " * 100])
def test_damaged_zip(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.zip").write_bytes(content)
    with pytest.raises(ImageFormatError, match=r"'bad\.zip' is not a readable zip file"):
        load_volume(tmp_path / "bad.zip")


def test_empty_and_encrypted_zip(tmp_path: Path) -> None:
    with pytest.raises(ImageFormatError, match=r"'empty\.zip' holds no files"):
        load_volume(zip_with(tmp_path / "empty.zip", {}))
    path = zip_with(tmp_path / "secret.zip", {"a.dcm": b"abc"})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ImageFormatError, match=r"'secret\.zip' is encrypted"):
        load_volume(path)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ImageFormatError, match="does not exist"):
        load_volume(tmp_path / "nowhere.nii")
    with pytest.raises(ImageFormatError, match="There is no file to read"):
        load_volume([])
    first = write_nifti(tmp_path / "a.nii", random_voxels())
    second = write_nifti(tmp_path / "b.nii", random_voxels())
    with pytest.raises(ImageFormatError, match=r"One volume must be opened at a time, got 2 files"):
        load_volume([first, second])
    assert load_volume([first]).shape == (5, 6, 7)


@pytest.mark.parametrize("beside", ["scan.json", "dwi.bval", "notes.txt", "labels.tsv"])
def test_a_volume_with_its_description(tmp_path: Path, beside: str) -> None:
    scan = write_nifti(tmp_path / "scan.nii", random_voxels())
    (tmp_path / beside).write_text("{}")
    plain = load_volume(scan)
    for given in ([scan, tmp_path / beside], tmp_path, zip_with_files(tmp_path)):
        volume = load_volume(given)
        assert (volume.content_hash, volume.name) == (plain.content_hash, "scan")


def zip_with_files(folder: Path) -> Path:
    """All files of a folder in a zip outside of it."""
    return zip_with(
        folder.parent / f"{folder.name}.zip", {path.name: path.read_bytes() for path in folder.iterdir()}
    )


def test_pictures_beside_a_volume_are_not_the_scan(tmp_path: Path) -> None:
    write_nifti(tmp_path / "scan.nii", random_voxels())
    Image.new("L", (4, 5), 7).save(tmp_path / "preview.png")
    assert load_volume(tmp_path).shape == (5, 6, 7)


def test_of_several_volumes_in_a_folder_or_zip_one_is_chosen(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("b.nii", "a.nii"):
        write_nifti(folder / name, random_voxels())
    for path in (folder, zip_with_files(folder)):
        asked = r"holds 2 volumes, choose one: 'a\.nii' \(#1\), 'b\.nii' \(#2\)\."
        for key in (None, "#3"):
            with pytest.raises(SeriesChoiceError, match=asked) as caught:
                load_volume(path, series_uid=key)
        keys = [(choice.series_uid, choice.description) for choice in caught.value.choices]
        assert keys == [("#1", "a"), ("#2", "b")]
        assert [load_volume(path, series_uid=key).name for key, _ in keys] == ["a", "b"]


def test_sheared_metaimage_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mha").write_bytes(
        b"ObjectType = Image\nNDims = 3\nBinaryData = True\nTransformMatrix = 1 0 0 0.2 0.9797959 0 0 0 1\n"
        b"Offset = 0 0 0\nElementSpacing = 1 1 1\nDimSize = 2 2 2\nElementType = MET_UCHAR\n"
        b"ElementDataFile = LOCAL\n12345678"
    )
    with pytest.raises((GeometryError, ImageFormatError), match=r"right angles|not a readable"):
        load_volume(tmp_path / "a.mha")
