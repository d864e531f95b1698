"""MetaImage: the same voxels at the same places as ITK reads, and nothing ambiguous."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.load import read_source
from tests.fewshot_sam.itk_reference import STORED, assert_reads_like_itk, bytes_of, written_image
from tests.fewshot_sam.synthetic_files import random_voxels, write_nifti

RAW = bytes_of(STORED)
PACKED = zlib.compress(RAW)
TURNED = "0 1 0 -1 0 0 0 0 1"


def write_metaimage(
    folder: Path, keys: dict[str, str | None] | None = None, data: bytes = RAW, name: str = "image.mha"
) -> Path:
    """A file of ``STORED`` with these keys changed, added or (None) left out."""
    whole: dict[str, str | None] = {
        "ObjectType": "Image",
        "NDims": "3",
        "DimSize": "4 3 2",
        "ElementType": "MET_SHORT",
        "ElementSpacing": "1 2 3",
        "Offset": "5 6 7",
    }
    whole |= keys or {}
    last = whole.pop("ElementDataFile", "LOCAL")
    lines = [f"{key} = {text}" for key, text in whole.items() if text is not None]
    (folder / name).write_bytes("\n".join([*lines, f"ElementDataFile = {last}\n"]).encode() + data)
    return folder / name


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("ending", ["mha", "mhd"])
def test_files_that_itk_writes(tmp_path: Path, dtype: str, compressed: bool, ending: str) -> None:
    path = tmp_path / f"image.{ending}"
    stored = random_voxels((4, 5, 6)).astype(dtype)
    sitk.WriteImage(written_image(stored), str(path), compressed)
    np.testing.assert_array_equal(assert_reads_like_itk(path), stored)


def test_metadata_of_converted_files(tmp_path: Path) -> None:
    """ITK writes its metadata dictionary into the header, through NIfTI, NRRD and MetaImage."""
    write_nifti(tmp_path / "image.nii", random_voxels())
    image = sitk.ReadImage(str(tmp_path / "image.nii"))
    image.SetMetaData("0010|0010", "Müller^Änne")
    for ending in ("nrrd", "mha", "mhd"):
        sitk.WriteImage(image, str(tmp_path / f"image.{ending}"))
        image = sitk.ReadImage(str(tmp_path / f"image.{ending}"))
    assert b"NRRD_space = " in (tmp_path / "image.mha").read_bytes()
    assert b"dim[0] = 3" in (tmp_path / "image.mha").read_bytes()
    assert_reads_like_itk(tmp_path / "image.mha")
    assert_reads_like_itk(tmp_path / "image.mhd")


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"ElementSpacing": None},
        {"ElementSpacing": None, "ElementSize": "2 2 4"},
        {"ElementSize": "9 9 9"},
        {"ElementSpacing": "1 -2 3"},
        {"Offset": None},
        {"Offset": None, "Position": "1 2 3"},
        {"Offset": None, "Origin": "1 2 3"},
        {"Offset": None, "ImagePosition": "1 2 3"},
        {"Position": "5 6 7"},
        {"TransformMatrix": TURNED},
        {"Rotation": TURNED},
        {"Orientation": TURNED, "CenterOfRotation": "1 2 3", "AnatomicalOrientation": "LPI"},
        {"TransformMatrix": "1 0 0 0 1 0 0 0 -1"},
        {"TransformMatrix": "2 0 0 0 2 0 0 0 2"},
        {"DistanceUnits": "um", "ElementToIntensityFunctionSlope": "2", "Modality": "MET_MOD_CT"},
        {"Comment": "a = b", "Name": "a b", "ID": "3", "ParentID": "-1", "Color": "1 1 1 1"},
        {"ObjectType": None, "BinaryData": "True", "ElementNumberOfChannels": "1", "HeaderSize": "0"},
        {
            "NDims": "4", "DimSize": "4 3 2 1", "ElementSpacing": "1 2 3 4", "Offset": "1 2 3 4",
            "TransformMatrix": "0 1 0 0 -1 0 0 0 0 0 1 0 0 0 0 1",
        },
    ],
)  # fmt: skip
def test_geometry(tmp_path: Path, keys: dict[str, str | None]) -> None:
    np.testing.assert_array_equal(assert_reads_like_itk(write_metaimage(tmp_path, keys)), STORED)


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        ("MET_CHAR", "i1"), ("MET_UCHAR", "u1"), ("MET_SHORT", "i2"), ("MET_USHORT", "u2"), ("MET_INT", "i4"),
        ("MET_UINT", "u4"), ("MET_LONG", "i4"), ("MET_ULONG", "u4"), ("MET_LONG_LONG", "i8"),
        ("MET_ULONG_LONG", "u8"), ("MET_FLOAT", "f4"), ("MET_DOUBLE", "f8"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("key", "order"), [("BinaryDataByteOrderMSB", ">"), ("ElementByteOrderMSB", ">"), ("", "<")]
)
def test_types_and_byte_order(tmp_path: Path, kind: str, dtype: str, key: str, order: str) -> None:
    keys = {"ElementType": kind} | ({key: "True"} if key else {})
    path = write_metaimage(tmp_path, keys, bytes_of(STORED, order + dtype))
    np.testing.assert_array_equal(assert_reads_like_itk(path), STORED)


@pytest.mark.parametrize(
    ("keys", "data"),
    [
        ({"CompressedData": "True", "CompressedDataSize": str(len(PACKED))}, PACKED),
        ({"CompressedData": "True", "CompressedDataSize": str(len(PACKED)), "CompressionLevel": "2"}, PACKED),
        ({"HeaderSize": "-1"}, b"abc" + RAW),
        ({}, RAW + b"more"),
    ],
)
def test_encodings(tmp_path: Path, keys: dict[str, str], data: bytes) -> None:
    assert_reads_like_itk(write_metaimage(tmp_path, keys, data))


@pytest.mark.parametrize("data", [PACKED, gzip.compress(RAW, mtime=0), zlib.compress(RAW + b"more")])
def test_compressed_size_may_be_absent(tmp_path: Path, data: bytes) -> None:
    """Where ITK returns memory that nobody wrote."""
    path = write_metaimage(tmp_path, {"CompressedData": "True"}, data)
    np.testing.assert_array_equal(read_source(path).array, STORED)


@pytest.mark.parametrize("size", ["3", "-1"])
def test_data_file_with_a_header_of_its_own(tmp_path: Path, size: str) -> None:
    keys = {"HeaderSize": size, "ElementDataFile": "my voxels.raw"}
    (tmp_path / "my voxels.raw").write_bytes(b"abc" + RAW)
    assert_reads_like_itk(write_metaimage(tmp_path, keys, b"", "image.mhd"))


def test_separators_blank_lines_and_line_ends(tmp_path: Path) -> None:
    path = write_metaimage(tmp_path)
    header = path.read_bytes().replace(RAW, b"")
    for changed in (
        header.replace(b" = ", b"="),
        header.replace(b" = ", b" : "),
        header.replace(b"\n", b"\r\n"),
        b"\n" + header,
        header.replace(b"LOCAL", b"LOCAL  "),
    ):
        path.write_bytes(changed + RAW)
        assert_reads_like_itk(path)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"ElementSpacing": "1 0 3"}, "ElementSpacing of .* other than 0, got 1, 0, 3"),
        ({"ElementSpacing": "1 nan 3"}, "ElementSpacing of .* must be finite"),
        ({"Offset": "0 inf 0"}, "must be finite and invertible"),
        ({"TransformMatrix": "1 0 0 1 0 0 0 0 1"}, "must be finite and invertible"),
        ({"TransformMatrix": "1 0 0 0.2 0.9797959 0 0 0 1"}, "at right angles"),
    ],
)
def test_geometry_that_cannot_be_used(tmp_path: Path, keys: dict[str, str], message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        read_source(write_metaimage(tmp_path, keys))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"ObjectType": "Tube"}, "ObjectType must be Image, got 'Tube'"),
        ({"NDims": "99999999999"}, "NDims must be 1 to 10"),
        ({"NDims": "3.0"}, "NDims must be a whole number, got '3.0'"),
        ({"NDims": None}, "NDims must be 1 to 10, got 0"),
        ({"DimSize": "4 3"}, "DimSize must be 3 whole numbers, got '4 3'"),
        ({"DimSize": "4 3 -2"}, "DimSize must be 3 whole numbers"),
        ({"DimSize": "4 3 0"}, r"must be a 3D image, got a shape of \(4, 3, 0\)"),
        ({"NDims": "2", "DimSize": "4 6", "ElementSpacing": None, "Offset": None}, "must be a 3D image"),
        ({"ElementType": "MET_STRING"}, "ElementType must be one of MET_CHAR"),
        ({"ElementType": "met_short"}, "ElementType must be one of MET_CHAR"),
        ({"ElementType": "MET_SHORT_ARRAY"}, "must hold one real number per voxel, got vectors"),
        ({"ElementNumberOfChannels": "0"}, "ElementNumberOfChannels must be 1 or more, got 0"),
        ({"BinaryData": "False"}, "voxels written as text are not read"),
        ({"BinaryDataByteOrderMSB": "yes"}, "BinaryDataByteOrderMSB must be True or False, got 'yes'"),
        ({"BinaryDataByteOrderMSB": "True", "ElementByteOrderMSB": "False"}, "twice, under unlike names"),
        ({"Position": "1 1 1"}, "states Offset twice, under unlike names"),
        ({"TransformMatrix": "1 0 0"}, "TransformMatrix must be 9 numbers"),
        ({"ElementSpacing": "1 2 x"}, "ElementSpacing must be 3 numbers"),
        ({"HeaderSize": "3"}, "a HeaderSize of 3 cannot be used"),
        ({"HeaderSize": "-2"}, "a HeaderSize of -2 cannot be used"),
        ({"HeaderSize": "-1", "CompressedData": "True"}, "a HeaderSize of -1 cannot be used"),
        ({"CompressedDataSize": "-1"}, "CompressedDataSize must not be negative"),
        ({"elementdatafile": "LOCAL"}, "'elementdatafile', which must be written 'ElementDataFile'"),
        ({"Element Data File": "LOCAL"}, "which must be written 'ElementDataFile'"),
        ({"DIMSIZE": "4 3 2"}, "which must be written 'DimSize'"),
        ({"modality": "CT"}, "which must be written 'Modality'"),
        ({" DimSize": "4 3 2"}, "holds 'DimSize' twice"),
        ({"ElementDataF\u0131le": "LOCAL"}, "which is no key and value"),
        ({"Foo\x00": "bar"}, "control characters"),
        ({"Foo": "bar\rElementDataFile = x"}, "line ends of CR alone"),
        ({"\n# a comment": "x\nno separator"}, "'no separator', which is no key and value"),
    ],
)
def test_headers_that_are_refused(tmp_path: Path, keys: dict[str, str | None], message: str) -> None:
    with pytest.raises(ImageFormatError, match=message):
        read_source(write_metaimage(tmp_path, keys))


@pytest.mark.parametrize(
    ("keys", "data"),
    [
        ({}, RAW[:-1]),
        ({"HeaderSize": "-1"}, b""),
        ({"CompressedData": "True"}, zlib.compress(RAW[:-1])),
        ({"CompressedData": "True"}, PACKED[:-3]),
        ({"CompressedData": "True"}, PACKED[:-4] + b"\0\0\0\0"),
        ({"CompressedData": "True", "CompressedDataSize": "5"}, PACKED),
        ({"CompressedData": "True"}, PACKED[2:-4]),
        ({"CompressedData": "True"}, RAW),
    ],
)
def test_fewer_bytes_than_stated_are_an_error(tmp_path: Path, keys: dict[str, str], data: bytes) -> None:
    """Never memory that nobody wrote."""
    with pytest.raises(
        ImageFormatError, match=r"is not a readable NRRD or MetaImage file, or it is truncated"
    ):
        read_source(write_metaimage(tmp_path, keys, data))


def test_a_header_without_its_end(tmp_path: Path) -> None:
    path = tmp_path / "image.mha"
    path.write_text("ObjectType = Image\nNDims = 3\n")
    with pytest.raises(ImageFormatError, match="its header has no ElementDataFile"):
        read_source(path)
    path.write_text("Foo = bar\n" * 110_000)
    with pytest.raises(ImageFormatError, match="its header is longer than 1048576 bytes"):
        read_source(path)
