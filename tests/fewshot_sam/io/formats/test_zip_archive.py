"""Zips: members keep their names."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_volume
from fewshot_sam.io.formats.zip_archive import unpack
from fewshot_sam.io.limits import ReadLimits
from tests.fewshot_sam.synthetic_files import random_voxels, write_nifti


@pytest.mark.parametrize(
    "name", ["Mu\u0308ller.nii", "क्षेत्र.nii", "\U0001f9e0" * 61 + ".nii", "肝 (左).nii"], ids=range(4)
)
@pytest.mark.parametrize("flag", [0x800, 0], ids=["UTF-8", "UTF-8 without its flag"])
def test_a_volume_in_a_zip_keeps_its_name(tmp_path: Path, name: str, flag: int) -> None:
    volume = write_nifti(tmp_path / "a.nii", random_voxels()).read_bytes()
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, volume)
    if not flag:  # as macOS writes them
        content = bytearray(path.read_bytes())
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(signature) + offset + 1] &= ~(0x800 >> 8)
        path.write_bytes(content)
    assert load_volume(path).name == name.removesuffix(".nii")


@pytest.mark.parametrize("kind", [".mhd", ".nhdr"])
def test_a_header_and_its_voxels_in_a_zip(tmp_path: Path, kind: str) -> None:
    """Of two scans with voxels of one name, each in a folder of its own, the second is another volume."""
    voxels = random_voxels()
    shape = " ".join(map(str, voxels.shape))
    header = {
        ".mhd": f"NDims = 3\nDimSize = {shape}\nElementType = MET_SHORT\nElementDataFile = scan.raw\n",
        ".nhdr": f"NRRD0004\ntype: short\ndimension: 3\nsizes: {shape}\nencoding: raw\nendian: little\n"
        "data file: scan.raw\n\n",
    }[kind]
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"a/b/scan{kind}", header)
        archive.writestr("a/b/scan.raw", voxels.tobytes(order="F"))
        archive.writestr("a/scan.raw", b"another file of that name")
    volume = load_volume(path)
    np.testing.assert_array_equal(volume.source.from_canonical(volume.voxels), voxels)
    assert volume.name == "scan"


def test_members_of_one_name(tmp_path: Path) -> None:
    path, target = tmp_path / "a.zip", tmp_path / "target"
    names = ["b/1.txt", "b/1.TXT", "a/10.txt", "a/9.txt", "CON.txt", "./..x/. .txt"]
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    target.mkdir()
    told = unpack(path, target, ReadLimits())
    files = sorted(file for file in target.rglob("*") if file.is_file())
    assert told == {file: file.read_text().rpartition("/")[2] for file in files}
    assert {file.read_text() for file in files} == set(names[:5])
    assert [file.name for file in files if file.read_text().startswith("a/")] == ["10.txt", "9.txt"]
    folders = {file.read_text(): file.parent.name for file in files}
    assert folders["a/9.txt"] == folders["a/10.txt"] < folders["b/1.txt"] != folders["b/1.TXT"]
    assert "CON_.txt" in [file.name for file in files]


def test_what_systems_leave_beside_files(tmp_path: Path) -> None:
    volume = write_nifti(tmp_path / "a.nii", random_voxels()).read_bytes()
    clutter = [
        "._scan.nii",
        "__MACOSX/._scan.nii",
        ".Trash/old.nii",
        "@eaDir/scan.nii",
        "Thumbs.db",
        "desktop.ini",
    ]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in (*clutter, "scan.nii"):
            archive.writestr(name, volume)
    assert load_volume(tmp_path / "a.zip").name == "scan"
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path / "folder")
    assert load_volume(tmp_path / "folder").name == "scan"
    files = [tmp_path / "folder" / name for name in ("scan.nii", "._scan.nii", "Thumbs.db", "desktop.ini")]
    assert load_volume(files).name == "scan"


def test_the_last_part_of_a_zip_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("scan.nii", bytes(1000))
    path.write_bytes(path.read_bytes()[100:])
    with pytest.raises(ImageFormatError, match=r"is not a readable zip file\. Check that it is complete"):
        load_volume(path)
