"""Zips: members keep their names."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from fewshot_sam.io import load_volume
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
