"""NRRD: the same voxels at the same places as ITK reads, and nothing ambiguous."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.load import read_source
from tests.fewshot_sam.itk_reference import (
    STORED,
    assert_reads_like_itk,
    bytes_of,
    read_by_itk,
    written_image,
)
from tests.fewshot_sam.synthetic_files import random_voxels, write_nifti

RAW = bytes_of(STORED)
DIRECTIONS = "(0,2,0) (-3,0,0) (0,0,4)"
IN_SPACE = {"space": "LPS", "space directions": DIRECTIONS, "space origin": "(5,6,7)"}


def write_nrrd(
    folder: Path, fields: dict[str, str | None] | None = None, data: bytes = RAW, magic: str = "NRRD0004"
) -> Path:
    """A file of ``STORED`` with these fields changed or (None) left out."""
    whole: dict[str, str | None] = {
        "type": "short",
        "dimension": "3",
        "sizes": "4 3 2",
        "encoding": "raw",
        "endian": "little",
    }
    lines = [f"{field}: {text}" for field, text in (whole | (fields or {})).items() if text is not None]
    path = folder / "image.nrrd"
    path.write_bytes("\n".join([magic, *lines, "", ""]).encode() + data)
    return path


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("ending", ["nrrd", "nhdr"])
def test_files_that_itk_writes(tmp_path: Path, dtype: str, compressed: bool, ending: str) -> None:
    path = tmp_path / f"image.{ending}"
    stored = random_voxels((4, 5, 6)).astype(dtype)
    sitk.WriteImage(written_image(stored), str(path), compressed)
    np.testing.assert_array_equal(assert_reads_like_itk(path), stored)


def test_metadata_of_a_converted_nifti_file(tmp_path: Path) -> None:
    write_nifti(tmp_path / "image.nii", random_voxels())
    image = sitk.ReadImage(str(tmp_path / "image.nii"))
    image.SetMetaData("0010|0010", "Müller^Änne")
    sitk.WriteImage(image, str(tmp_path / "image.nrrd"))
    assert b"srow_x:=" in (tmp_path / "image.nrrd").read_bytes()
    assert_reads_like_itk(tmp_path / "image.nrrd")


@pytest.mark.parametrize(
    "space",
    [
        "left-posterior-superior", "LPS", "right-anterior-superior", "RAS", "left-anterior-superior", "LAS",
        "Right-Anterior-Superior", "lps", "scanner-xyz", "3D-right-handed", "3D-left-handed",
    ],
)  # fmt: skip
def test_spaces(tmp_path: Path, space: str) -> None:
    assert_reads_like_itk(write_nrrd(tmp_path, IN_SPACE | {"space": space}))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"spacings": "1 2 3"},
        {"spacings": "1 nan 3"},
        {"spacings": "1 -2 3", "axis mins": "5 6 7"},
        {"spacings": "1 2 3", "axis mins": "5 6 7"},
        {"spacings": "1 2 3", "axismins": "5 6 7", "centerings": "node cell node"},
        {"spacings": "1 2 3", "axis mins": "5 6 7", "centers": "node node node"},
        {"axis mins": "5 6 7"},
        {"space dimension": "3", "space directions": DIRECTIONS, "space origin": "(5,6,7)"},
        {"space": "RAS", "space directions": DIRECTIONS},
        {"space": "LPS", "space origin": "(5,6,7)"},
        {"space": "LPS", "space directions": "(0,2,0) (-3,0,0) none"},
        {"space": "RAS", "space directions": "(0, 2, 0) ( -3,0,0 ) (0,0,4)", "space origin": "(5, 6,7)"},
        IN_SPACE | {"space units": '"m" "m" "m"', "measurement frame": "(1,0,0) (0,1,0) (0,0,1)"},
        IN_SPACE | {"labels": '"a b" "" "c"', "thicknesses": "1 1 1", "content": "a scan: left", "min": "0"},
        IN_SPACE | {"kinds": "space space space"},
        IN_SPACE | {"dimension": "4", "sizes": "1 4 3 2", "kinds": "vector domain domain domain",
                    "space directions": f"none {DIRECTIONS}"},
        IN_SPACE | {"dimension": "4", "sizes": "4 3 2 1", "kinds": "domain domain domain list",
                    "space directions": f"{DIRECTIONS} none"},
        {"dimension": "4", "sizes": "4 3 2 1"},
        {"dimension": "4", "sizes": "4 3 2 1", "space dimension": "4", "space origin": "(5,6,7,8)",
         "space directions": "(0,2,0,0) (-3,0,0,0) (0,0,4,0) (0,0,0,1)"},
        {"kinds": "domain domain time"},
    ],
)  # fmt: skip
def test_geometry(tmp_path: Path, fields: dict[str, str]) -> None:
    np.testing.assert_array_equal(assert_reads_like_itk(write_nrrd(tmp_path, fields)), STORED)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("signed char", "i1"), ("int8_t", "i1"), ("uchar", "u1"), ("uint8", "u1"), ("short int", "i2"),
        ("unsigned short", "u2"), ("int", "i4"), ("unsigned int", "u4"), ("longlong", "i8"),
        ("unsigned long long", "u8"), ("float", "f4"), ("double", "f8"), ("Float", "f4"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("endian", "order"), [("little", "<"), ("BIG", ">")])
def test_types_and_byte_order(tmp_path: Path, name: str, dtype: str, endian: str, order: str) -> None:
    path = write_nrrd(tmp_path, {"type": name, "endian": endian}, bytes_of(STORED, order + dtype))
    np.testing.assert_array_equal(assert_reads_like_itk(path), STORED)


TEXT = " ".join(str(value) for value in STORED.ravel(order="F")).encode()


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        ({"encoding": "gz"}, gzip.compress(RAW, mtime=0)),
        ({"encoding": "GZIP"}, gzip.compress(RAW[:20], mtime=0) + gzip.compress(RAW[20:], mtime=0)),
        ({"encoding": "gzip"}, gzip.compress(RAW + b"more", mtime=0)),
        ({"encoding": "gzip", "byte skip": "4"}, gzip.compress(b"skip" + RAW, mtime=0)),
        ({"encoding": "gzip", "line skip": "2"}, b"a\nb\n" + gzip.compress(RAW, mtime=0)),
        ({"encoding": "raw"}, RAW + b"more"),
        ({"byte skip": "3"}, b"abc" + RAW),
        ({"byteskip": "-1"}, b"abcd" + RAW),
        ({"lineskip": "2", "byte skip": "1"}, b"first\nsecond\nx" + RAW),
        ({"encoding": "ascii", "endian": None}, TEXT),
        ({"encoding": "text"}, TEXT.replace(b" ", b"\n") + b"\n"),
        ({"encoding": "ascii", "type": "float"}, TEXT.replace(b"3", b"3.25e1")),
        ({"type": "uchar", "endian": None}, bytes_of(STORED, "u1")),
    ],
)
def test_encodings(tmp_path: Path, fields: dict[str, str | None], data: bytes) -> None:
    assert_reads_like_itk(write_nrrd(tmp_path, fields, data))


@pytest.mark.parametrize("encoding", ["bzip2", "bz2"])
def test_bzip2_which_itk_was_built_without(tmp_path: Path, encoding: str) -> None:
    path = write_nrrd(tmp_path, {"encoding": encoding}, bz2.compress(RAW[:9]) + bz2.compress(RAW[9:]))
    np.testing.assert_array_equal(read_source(path).array, STORED)


@pytest.mark.parametrize("magic", ["NRRD0001", "NRRD0002", "NRRD0003", "NRRD0005"])
def test_versions(tmp_path: Path, magic: str) -> None:
    assert_reads_like_itk(write_nrrd(tmp_path, magic=magic))


def test_line_ends_of_windows_and_spelling_of_fields(tmp_path: Path) -> None:
    path = write_nrrd(tmp_path)
    content = path.read_bytes().replace(RAW, b"").replace(b"\n", b"\r\n").replace(b"sizes", b"SIZES")
    path.write_bytes(content + RAW)
    assert_reads_like_itk(path)


def test_a_sheared_grid_is_refused(tmp_path: Path) -> None:
    fields = {"space": "LPS", "space directions": "(1,0,0) (1,1,0) (0,0,1)"}
    with pytest.raises(GeometryError, match="at right angles"):
        read_source(write_nrrd(tmp_path, fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"space": "RPS"}, "space of .* must be left-posterior-superior"),
        (
            {"dimension": "4", "sizes": "4 3 2 1", "space": "right-anterior-superior-time"},
            "space of .* must be",
        ),
        ({"axis mins": "0 0 0", "axis maxs": "9 9 9"}, "must state its voxel sizes as spacings"),
        ({"spacings": "1 0 1"}, "must be finite and invertible"),
        ({"spacings": "1 inf 1"}, "must be finite and invertible"),
        ({"space": "LPS", "space directions": "(1,0,0) (2,0,0) (0,0,1)"}, "must be finite and invertible"),
        (IN_SPACE | {"space origin": "(nan,0,0)"}, "must be finite and invertible"),
    ],
)
def test_geometry_that_cannot_be_used(tmp_path: Path, fields: dict[str, str], message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        read_source(write_nrrd(tmp_path, fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": None}, "its header lacks type"),
        ({"sizes": None}, "its header lacks sizes"),
        ({"endian": None}, "must state endian"),
        ({"type": "block"}, "its type must be a number's, got 'block'"),
        ({"encoding": "hex"}, "its encoding must be raw, gzip, bzip2 or ascii, got 'hex'"),
        ({"sizes": "4 3"}, "one entry for each of 3 axes"),
        ({"sizes": "4 3 2.5"}, "one entry for each of 3 axes"),
        ({"sizes": "4 3 -2"}, "one entry for each of 3 axes"),
        ({"sizes": "4 3 0"}, r"must be a 3D image, got a shape of \(4, 3, 0\)"),
        ({"dimension": "2", "sizes": "4 6"}, "must be a 3D image"),
        ({"dimension": "99999999999"}, "one entry for each of"),
        ({"dimension": "three"}, "malformed"),
        ({"kinds": "domain domain list"}, r"must hold one real number per voxel, got vectors \(list\)"),
        ({"kinds": "complex domain domain"}, "must hold one real number per voxel"),
        ({"space dimension": "3", "space": "LPS"}, "not both"),
        ({"space": "LPS", "spacings": "1 2 3"}, "spacings in a space"),
        ({"space origin": "(1,2,3)"}, "in no space"),
        ({"space": "LPS", "space origin": "(1,2)"}, "must have 3 components"),
        ({"dimension": "4", "sizes": "4 3 2 1", "space": "LPS"}, "4 axes in a space of 3"),
        ({"byte skip": "-2"}, "byte skip of -2"),
        ({"byte skip": "-1", "encoding": "gzip"}, "byte skip of -1"),
        ({"byte skip": "9" * 30}, "bytes of voxels are stated, 0 are there"),
        ({"byte skip": "9" * 30, "encoding": "gzip"}, "unpacks to"),
        ({"byte skip": "9" * 30, "encoding": "ascii"}, "truncated"),
        ({"line skip": "99999999999"}, "fewer lines than its header skips"),
        ({"line skip": "-1"}, "line skip of -1"),
        ({"foo": "bar"}, "holds 'foo: bar', which is no field"),
        ({"block size": "2"}, "which is no field"),
        ({"Data File": "LOCAL", "datafile": "LOCAL"}, "holds 'data file' twice"),
        ({"SIZES": "1 1 1"}, "holds 'sizes' twice"),
        ({"sizes:=1 1 1\nmin": "0"}, "which is no field"),
        ({"sizes\x0b": "1 1 1"}, "control characters"),
        ({"encoding": "ascii"}, "must be int16 numbers|which the file cannot hold"),
    ],
)
def test_headers_that_are_refused(tmp_path: Path, fields: dict[str, str | None], message: str) -> None:
    with pytest.raises(ImageFormatError, match=message):
        read_source(write_nrrd(tmp_path, fields))


@pytest.mark.parametrize(
    "magic", ["NRRD0006", "NRRD0000", "NRRD00.01", "nrrd0004", " NRRD0004", "\ufeffNRRD0004"]
)
def test_other_versions_are_refused(tmp_path: Path, magic: str) -> None:
    with pytest.raises(ImageFormatError, match="must begin with NRRD0001 to NRRD0005"):
        read_source(write_nrrd(tmp_path, magic=magic))


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("raw", RAW[:-1]),
        ("raw", b""),
        ("gzip", gzip.compress(RAW[:-1], mtime=0)),
        ("gzip", gzip.compress(RAW, mtime=0)[:-5]),
        ("gzip", gzip.compress(RAW, mtime=0)[:-8] + b"\0" * 8),
        ("gzip", b"not gzip"),
        ("gzip", RAW),
        ("bzip2", bz2.compress(RAW)[:-3]),
        ("ascii", TEXT[:-3]),
        ("ascii", TEXT.replace(b"7", b"x", 1)),
        ("ascii", TEXT.replace(b"7", b"70000", 1)),
        ("ascii", TEXT.replace(b" ", b",")),
        ("ascii", b"1" * 1000),
    ],
)
def test_fewer_bytes_than_stated_are_an_error(tmp_path: Path, encoding: str, data: bytes) -> None:
    """Never memory that nobody wrote."""
    with pytest.raises(
        ImageFormatError, match=r"is not a readable NRRD or MetaImage file, or it is truncated"
    ):
        read_source(write_nrrd(tmp_path, {"encoding": encoding}, data))


def test_a_header_over_one_mebibyte(tmp_path: Path) -> None:
    path = write_nrrd(tmp_path, {"content": "x" * 2**20})
    with pytest.raises(ImageFormatError, match="its header is longer than 1048576 bytes"):
        read_source(path)


def test_data_file_of_its_own(tmp_path: Path) -> None:
    path = write_nrrd(tmp_path, {"data file": "my voxels 1.raw"}, b"")
    (tmp_path / "my voxels 1.raw").write_bytes(RAW)
    np.testing.assert_array_equal(read_source(path).array, STORED)
    (tmp_path / "my voxels 1.raw").write_bytes(RAW[:-1])
    with pytest.raises(ImageFormatError, match="48 bytes of voxels are stated, 47 are there"):
        read_source(path)


def test_position_is_that_of_nifti(tmp_path: Path) -> None:
    """Through ITK from NIfTI and back, nothing moves."""
    nifti = write_nifti(tmp_path / "image.nii", random_voxels())
    sitk.WriteImage(sitk.ReadImage(str(nifti)), str(tmp_path / "image.nrrd"))
    np.testing.assert_allclose(
        read_source(tmp_path / "image.nrrd").grid.affine, nib.load(nifti).affine, atol=1e-6
    )
    np.testing.assert_allclose(read_by_itk(nifti)[1], nib.load(nifti).affine, atol=1e-6)
