"""DICOM, zip, picture, NRRD and MetaImage readers keep the limits before they take memory."""

from __future__ import annotations

import dataclasses
import gzip
import io
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_volume
from fewshot_sam.io.formats.zip_archive import unpack
from fewshot_sam.io.limits import ReadLimits
from tests.fewshot_sam.memory import MIB, SMALL, memory_below
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, write_dicom


def deflated(path: Path, dataset: pydicom.FileDataset, more: int = 0) -> Path:
    """The data set as a deflated file, with so many zero bytes in a private element or in the pixels."""
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.PixelData += bytes(more)
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_deflated_dicom_pixels(tmp_path: Path) -> None:
    path = deflated(tmp_path / "slice.dcm", dicom_series(1)[0], more=8 * MIB)
    assert path.stat().st_size < 20_000
    with (
        memory_below(5 * MIB),
        pytest.raises(
            ImageFormatError, match=r"'slice\.dcm' unpacks to more, but the limit is 2 MiB for a file of"
        ),
    ):
        load_volume(path, limits=SMALL)


def test_deflated_dicom_with_more_pixels_than_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fewshot_sam.io.dicom.file._MAX_HEADER_BYTES", MIB)
    path = deflated(tmp_path / "slice.dcm", dicom_series(1)[0], more=8 * MIB)
    with (
        memory_below(5 * MIB),
        pytest.raises(ImageFormatError, match="unpacks to more than the pixels that its header states"),
    ):
        load_volume(path)


def test_deflated_dicom_header_is_not_inflated_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of which only the header is read, to find the series, inflate no further than their header."""
    monkeypatch.setattr("fewshot_sam.io.dicom.file._MAX_HEADER_BYTES", MIB)
    report = deflated(
        tmp_path / "report.dcm", dicom_slice(np.zeros((2, 2)), (0, 0, 0), modality="SR"), 16 * MIB
    )
    with memory_below(5 * MIB), pytest.raises(ImageFormatError, match="holds a report"):
        load_volume(report)


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({"Rows": 30000, "Columns": 30000}, "at most 4096 voxels along each axis, got 30000 x 30000 x 3"),
        ({"NumberOfFrames": 2_000_000_000}, "got 4 x 5 x 6000000000"),
        ({"Rows": 4096, "Columns": 4096, "NumberOfFrames": 1300}, "voxels on this machine"),
    ],
)
def test_dicom_headers_are_checked_before_pixels(tmp_path: Path, tags: dict[str, int], message: str) -> None:
    folder = write_dicom(tmp_path / "ct", dicom_series(3, **tags))
    with memory_below(4 * MIB), pytest.raises(ImageFormatError, match=message):
        load_volume(folder)


def compressed_slice(kind: str, syntax: str, pixels: int, rows: int) -> pydicom.FileDataset:
    """A slice that states ``rows`` rows and columns, in a frame of ``pixels`` rows and columns."""
    file = io.BytesIO()
    Image.new("L", (pixels, pixels), 100).save(file, kind)
    dataset = dicom_slice(
        np.zeros((rows, rows)), (0, 0, 0), intercept=0, BitsAllocated=8, BitsStored=8, HighBit=7
    )
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([file.getvalue()])
    dataset["PixelData"].VR = "OB"
    return dataset


@pytest.mark.parametrize(("kind", "syntax"), [("JPEG", JPEGBaseline8Bit), ("JPEG2000", JPEG2000Lossless)])
def test_a_frame_larger_than_its_dicom_header_states(tmp_path: Path, kind: str, syntax: str) -> None:
    honest = load_volume(write_dicom(tmp_path / "honest", [compressed_slice(kind, syntax, 16, 16)]))
    np.testing.assert_allclose(honest.voxels, 100, atol=2)
    folder = write_dicom(tmp_path / "bomb", [compressed_slice(kind, syntax, 4000, 16)])
    with memory_below(4 * MIB), pytest.raises(ImageFormatError, match="is truncated or damaged"):
        load_volume(folder)


def test_a_zip_unpacks_to_little_more_than_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "scan.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.dcm", bytes(3 * MIB))
    with pytest.raises(
        ImageFormatError, match=r"'scan\.zip' unpacks to 3 MiB, but the limit is 2 MiB for a file of"
    ):
        load_volume(path, limits=SMALL)
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(ImageFormatError, match=r"unpacks to 3 MiB"):
        unpack(path, target, SMALL)
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_methods_that_python_inflates_without_bound(tmp_path: Path, method: int) -> None:
    path = tmp_path / "scan.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.dcm", bytes(MIB))
    with pytest.raises(ImageFormatError, match="must be compressed with Deflate or not at all"):
        load_volume(path)


def test_zip_of_a_huge_directory(tmp_path: Path) -> None:
    path = tmp_path / "scan.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(400):
            archive.writestr(f"{number:03d}" + "x" * 60_000, b"")
    with memory_below(MIB), pytest.raises(ImageFormatError, match="unpacks to more than 20000 files"):
        load_volume(path)


def test_pages_of_a_tiff_are_counted(tmp_path: Path) -> None:
    pages = [Image.new("L", (4, 5), number) for number in range(30)]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(
        ImageFormatError, match=r"'stack\.tif' must have at most 20 voxels along each axis, got 4 x 5 x 30"
    ):
        load_volume(tmp_path / "stack.tif", limits=SMALL)


def test_number_of_pictures(tmp_path: Path) -> None:
    for number in range(25):
        Image.new("L", (4, 5)).save(tmp_path / f"{number}.png")
    with pytest.raises(ImageFormatError, match="got 4 x 5 x 21"):
        load_volume(tmp_path, limits=SMALL)


@pytest.mark.parametrize(("size", "message"), [((5000, 10), "got 5000 x 10 x 1"), ((4000, 4000), "at most")])
def test_pictures_are_measured_before_they_are_decoded(
    tmp_path: Path, size: tuple[int, int], message: str
) -> None:
    Image.new("L", size).save(tmp_path / "slice.png")
    limits = dataclasses.replace(ReadLimits(), max_voxels=10**7)
    with memory_below(2 * MIB), pytest.raises(ImageFormatError, match=message):
        load_volume(tmp_path / "slice.png", limits=limits)


def test_second_page_of_another_size_is_not_decoded(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(
        tmp_path / "stack.tif",
        save_all=True,
        append_images=[Image.new("L", (3000, 3000))],
        compression="tiff_lzw",
    )
    with (
        memory_below(4 * MIB),
        pytest.raises(ImageFormatError, match=r"got 3000x3000 in 'stack\.tif' and 4x4 before"),
    ):
        load_volume(tmp_path / "stack.tif")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        (
            "a.nrrd",
            "NRRD0004\ntype: double\ndimension: 3\nsizes: 10 10 10\nencoding: gzip\nendian: little\n\n",
        ),
        (
            "a.mha",
            "NDims = 3\nDimSize = 10 10 10\nElementType = MET_DOUBLE\n"
            "CompressedData = True\nElementDataFile = LOCAL\n",
        ),
    ],
)
def test_nrrd_and_metaimage(tmp_path: Path, name: str, header: str) -> None:
    pack = gzip.compress if name == "a.nrrd" else zlib.compress
    (tmp_path / name).write_bytes(header.encode() + pack(bytes(8000 + 64 * MIB)))
    with memory_below(4 * MIB):
        assert load_volume(tmp_path / name).shape == (10, 10, 10)
    tight = dataclasses.replace(SMALL, always_unpacked_bytes=7000, unpacked_ratio=0)
    with pytest.raises(ImageFormatError, match=r"unpacks to 7\.81 KiB, but the limit is 6\.84 KiB"):
        load_volume(tmp_path / name, limits=tight)
    for sizes, message in (("10 10 21", "at most 20 voxels along"), ("19 19 19", "at most 1,000 voxels on")):
        (tmp_path / name).write_bytes(header.replace("10 10 10", sizes).encode() + pack(bytes(100_000)))
        with pytest.raises(ImageFormatError, match=message):
            load_volume(tmp_path / name, limits=SMALL)


def test_pictures_unpack_to_little_more_than_was_sent(tmp_path: Path) -> None:
    pages = [Image.new("L", (1000, 1000))] * 20
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:], compression="tiff_deflate")
    for number in range(20):
        Image.new("I;16", (700, 700)).save(tmp_path / f"{number}.png")
    limits = dataclasses.replace(ReadLimits(), always_unpacked_bytes=4 * MIB, unpacked_ratio=10)
    with pytest.raises(ImageFormatError, match=r"'stack\.tif' unpacks to 4\.77 MiB, but the limit is 4 MiB"):
        load_volume(tmp_path / "stack.tif", limits=limits)
    with pytest.raises(ImageFormatError, match=r"unpacks to 4\.67 MiB, but the limit is 4 MiB"):
        load_volume(sorted(tmp_path.glob("*.png")), limits=limits)
    wider = dataclasses.replace(limits, always_unpacked_bytes=64 * MIB)
    assert load_volume(tmp_path / "stack.tif", limits=wider).shape == (1000, 1000, 20)


def progressive_jpeg(size: int, more_scans: int) -> bytes:
    packed = io.BytesIO()
    Image.new("L", (size, size), 7).save(packed, "JPEG", progressive=True)
    whole = packed.getvalue()
    return whole[:-2] + whole[whole.rindex(b"\xff\xda") : -2] * more_scans + whole[-2:]


def test_scans_of_a_jpeg(tmp_path: Path) -> None:
    """20,000 scans of a picture of 4096 x 4096 are 0.7 MB and take minutes."""
    (tmp_path / "slice.jpg").write_bytes(progressive_jpeg(64, 300))
    with pytest.raises(ImageFormatError, match=r"'slice\.jpg' must have at most 200 scans, got 30\d"):
        load_volume(tmp_path / "slice.jpg")
    (tmp_path / "slice.jpg").write_bytes(progressive_jpeg(64, 0))
    assert load_volume(tmp_path / "slice.jpg").shape == (64, 64, 1)


def test_scans_of_a_jpeg_in_dicom(tmp_path: Path) -> None:
    dataset = dicom_slice(np.zeros((64, 64), np.uint16), (0, 0, 0))
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = encapsulate([progressive_jpeg(64, 300)])
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.save_as(tmp_path / "slice.dcm", enforce_file_format=True)
    with pytest.raises(ImageFormatError, match="truncated or damaged"):
        load_volume(tmp_path / "slice.dcm")


def test_compressed_dicom_unpacks_to_little_more_than_was_sent(tmp_path: Path) -> None:
    packed = io.BytesIO()
    Image.new("L", (1024, 1024)).save(packed, "JPEG2000")
    for number in range(10):
        dataset = dicom_slice(np.zeros((4, 4), np.uint16), (0, 0, number))
        dataset.Rows = dataset.Columns = 1024
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        dataset.PixelData = encapsulate([packed.getvalue()])
        dataset["PixelData"].VR = "OB"
        dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
        dataset.save_as(tmp_path / f"{number}.dcm", enforce_file_format=True)
    limits = dataclasses.replace(ReadLimits(), always_unpacked_bytes=4 * MIB)
    with memory_below(4 * MIB), pytest.raises(ImageFormatError, match="to 10 MiB, but the limit is 4"):
        load_volume(tmp_path, limits=limits)
