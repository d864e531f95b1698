"""What holds no image is refused by what it is."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_volume


@pytest.mark.parametrize("name", ["report.pdf", "notes.txt", "noending", "image.png.exe"])
def test_a_file_that_is_no_image(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"something else entirely")
    with pytest.raises(ImageFormatError, match=f"'{name}' is no image this program reads. Choose NIfTI"):
        load_volume(tmp_path / name)


@pytest.mark.parametrize("names", [["IM1.dcm"], ["IM1"], ["IM1.dcm", "IM2.dcm"]])
def test_empty_files_are_told(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"")
    chosen = tmp_path / names[0] if len(names) == 1 else tmp_path
    with pytest.raises(ImageFormatError, match=r"(is|are) empty\. Copy or download it again"):
        load_volume(chosen)


def test_an_archive_in_an_archive_is_named(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner.zip", tmp_path / "outer.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("IM1.dcm", b"x" * 200)
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "inner.zip")
    with pytest.raises(
        ImageFormatError, match=r"'outer' holds another archive, 'inner.zip'\. Unpack it first"
    ):
        load_volume(outer)
