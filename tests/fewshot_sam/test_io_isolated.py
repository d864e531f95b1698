"""Reading in a child process: same volumes, same errors, and an end to everything that does not end."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.errors import GeometryError, ImageFormatError, SeriesChoiceError
from fewshot_sam.io import load_volume, load_volume_isolated
from tests.fewshot_sam.synthetic_files import dicom_series, random_voxels, write_dicom, write_nifti


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything temporary lands here, so that tests can see whether it is gone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_same_volume_as_in_this_process(tmp_path: Path, temporary_folder: Path) -> None:
    folder = write_dicom(tmp_path / "ct", dicom_series(3))
    here, there = load_volume(folder), load_volume_isolated(folder)
    assert there.content_hash == here.content_hash
    assert there.source.to_dict() == here.source.to_dict()
    assert there.voxels.flags.f_contiguous
    assert not there.voxels.flags.writeable
    assert (there.modality, there.name, there.acquisition_plane, there.metadata) == (
        here.modality,
        here.name,
        here.acquisition_plane,
        here.metadata,
    )
    assert list(temporary_folder.iterdir()) == []


def test_user_errors_come_back_as_they_are(tmp_path: Path, temporary_folder: Path) -> None:
    path = write_nifti(tmp_path / "image.nii", random_voxels(), srow_x=(0, 0, 0, 0))
    with pytest.raises(GeometryError) as here:
        load_volume(path)
    with pytest.raises(GeometryError, match="must be finite and invertible") as there:
        load_volume_isolated([path])
    assert str(there.value) == str(here.value)
    assert list(temporary_folder.iterdir()) == []


def test_series_choices_come_back(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "pacs", dicom_series(3, series_uid="1.2.5"))
    write_dicom(folder / "more", dicom_series(2, series_uid="1.2.6"), start=50)
    with pytest.raises(SeriesChoiceError, match="hold 2 series") as caught:
        load_volume_isolated(sorted(folder.rglob("*.dcm")))
    assert [(choice.series_uid, choice.slices) for choice in caught.value.choices] == [
        ("1.2.5", 3),
        ("1.2.6", 2),
    ]
    assert load_volume_isolated(folder, series_uid="1.2.6").shape == (4, 5, 2)


def test_memory_has_an_end(tmp_path: Path, temporary_folder: Path) -> None:
    """A few megabytes that unpack to 800 MB."""
    empty = write_nifti(
        tmp_path / "image.nii", np.zeros((1, 1, 1), np.int16), dim=[3, 1024, 1024, 400, 1, 1, 1, 1]
    )
    path = tmp_path / "bomb.nii.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(empty.read_bytes()[:352])
        for _ in range(400):
            file.write(b"\0" * 2 * 1024 * 1024)
    with pytest.raises(
        ImageFormatError, match=r"more than the 700 MB of memory allowed|more memory than is allowed"
    ):
        load_volume_isolated(path, memory_limit_mb=700)
    assert list(temporary_folder.iterdir()) == []


def test_time_has_an_end(tmp_path: Path, temporary_folder: Path) -> None:
    """A pipe nobody writes to is read forever."""
    os.mkfifo(tmp_path / "endless.dcm")
    with pytest.raises(ImageFormatError, match=r"took longer than 0\.5 s and was stopped"):
        load_volume_isolated(tmp_path / "endless.dcm", timeout_s=0.5)
    assert list(temporary_folder.iterdir()) == []


def test_a_crash_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    path = write_nifti(tmp_path / "image.nii", random_voxels())
    with pytest.raises(ImageFormatError, match=r"Reading the files failed \(the reader ended with code 1\)"):
        load_volume_isolated(path)


def test_nested_sequences_without_end(tmp_path: Path) -> None:
    start = (
        b"\0" * 128 + b"DICM" + b"\x02\0\0\0UL\4\0\x1a\0\0\0" + b"\x02\0\x10\0UI\x12\x001.2.840.10008.1.2\0"
    )
    item = b"\x08\0\x40\x11\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\xff\xff\xff\xff"
    (tmp_path / "deep.dcm").write_bytes(start + item * 200_000)
    with pytest.raises(ImageFormatError, match=r"truncated or damaged|failed|no image"):
        load_volume_isolated(tmp_path / "deep.dcm", timeout_s=60)


def test_secrets_of_the_environment_stay_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}

    def start(command: list[str], *, env: dict[str, str], **options: object) -> None:
        seen.update(env)
        raise ImageFormatError("stop here")

    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/db")
    monkeypatch.setattr("fewshot_sam.io.sandbox.process.subprocess.Popen", start)
    with pytest.raises(ImageFormatError, match="stop here"):
        load_volume_isolated(tmp_path / "image.nii")
    assert "PATH" in seen
    assert "DATABASE_URL" not in seen


def test_unpacked_zip_goes_with_the_child(tmp_path: Path, temporary_folder: Path) -> None:
    folder = write_dicom(tmp_path / "ct", dicom_series(3))
    with zipfile.ZipFile(tmp_path / "ct.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    assert load_volume_isolated(tmp_path / "ct.zip").shape == (4, 5, 3)
    assert list(temporary_folder.iterdir()) == []
