"""Reading in a child process: same volumes, same errors, and an end to everything that does not end."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from fewshot_sam.errors import GeometryError, ImageFormatError, SeriesChoiceError
from fewshot_sam.io import load_volume, load_volume_isolated
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.sandbox import limits, process
from fewshot_sam.io.sandbox.limits import ChildLimits
from fewshot_sam.io.sandbox.private_folder import PREFIX
from fewshot_sam.io.sandbox.reading import read_volume
from tests.fewshot_sam.hostile_child import attempts_in_child
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


def test_voxels_take_no_more_disk_than_a_file_may_unpack_to(tmp_path: Path, temporary_folder: Path) -> None:
    """One byte a voxel in the file, four in the answer."""
    image = nib.Nifti1Image(np.zeros((64, 64, 64), np.int8), np.eye(4))
    image.header.set_slope_inter(0.5, 0)
    for name in ("image.nii", "image.nii.gz"):
        nib.save(image, tmp_path / name)
    read = ReadLimits(always_unpacked_bytes=2**19, unpacked_ratio=2)
    allowed = ChildLimits(read=read)
    with (
        pytest.raises(ImageFormatError, match=r"unpacks to 1 MiB, but the limit is 512 KiB"),
        read_volume(tmp_path / "image.nii.gz", limits=allowed),
    ):
        pass
    with read_volume(tmp_path / "image.nii", limits=allowed) as found:
        assert found.volume.shape == (64, 64, 64)
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
    with path.open("ab") as file:  # so large that it may unpack to that much
        file.write(os.urandom(2**21))
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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    """Killed without a chance to clean up, as by kill -9; the folder stays for the sweep at start."""
    os.mkfifo(tmp_path / "endless.dcm")
    script = (
        "import sys, pathlib; from fewshot_sam.io.sandbox.reading import read_volume\n"
        "with read_volume(sys.argv[1], temporary_folder=pathlib.Path(sys.argv[2])): pass"
    )
    home = tmp_path / "home"
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "endless.dcm"), str(home)])
    try:
        child = wait_for(lambda: child_that_reads(parent.pid))
    finally:
        parent.kill()
        parent.wait()
    wait_for(lambda: not is_running(child))
    (left,) = home.iterdir()
    assert left.name.startswith(PREFIX)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_a_child_started_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = tmp_path / "number"
    script = f"sleep 1000 & echo $! > {number}.new; mv {number}.new {number}"
    monkeypatch.setattr(process, "command", lambda folder: ["/bin/sh", "-c", script])
    with pytest.raises(ImageFormatError, match=r"answer\.json cannot be opened"):
        load_volume_isolated(tmp_path / "image.nii")
    wait_for(lambda: not is_running(int(number.read_text())))


@pytest.mark.parametrize(
    "script",
    [
        "head -c 40000000 /dev/zero > big; sleep 1000",
        "head -c 40000000 /dev/zero > big",
        "mkdir a; head -c 40000000 /dev/zero > a/voxels.npy; sleep 1000",
        "mkdir a; head -c 21000000 /dev/zero > a/1; head -c 21000000 /dev/zero > a/2; sleep 1000",
    ],
)
def test_temporary_disk_has_an_end(
    tmp_path: Path, temporary_folder: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr(process, "command", lambda folder: ["/bin/sh", "-c", script])
    path = write_nifti(tmp_path / "image.nii", random_voxels())
    with pytest.raises(ImageFormatError, match="took more than 20 MB of temporary disk and was stopped"):
        load_volume_isolated(path, timeout_s=60, memory_limit_mb=10)
    assert list(temporary_folder.iterdir()) == []


def test_a_nearly_full_disk_stops_the_child(
    tmp_path: Path, temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_FREE_DISK_BYTES", 2**62)
    path = write_nifti(tmp_path / "image.nii", random_voxels())
    with pytest.raises(OSError, match="No space left on device"):
        load_volume_isolated(path)
    assert list(temporary_folder.iterdir()) == []


def test_a_file_larger_than_allowed_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system ends the writing even between two looks at the folder."""
    attempts = {"file": "open(os.environ['TMPDIR'] + '/big', 'wb').truncate(1 << 40)"}
    path = write_nifti(tmp_path / "image.nii", random_voxels())
    assert attempts_in_child(monkeypatch, [path], attempts) == {"file": ["refused", "EFBIG"]}


def test_temporary_disk_follows_what_was_sent() -> None:
    """2 MB of zip wrote 2 GB before."""
    allowed = limits.ChildLimits(memory_mb=8000)
    assert allowed.disk_bytes(2_000_000) < 1.2e9
    assert allowed.disk_bytes(1_000_000_000) > 2e10
    assert allowed.file_bytes(2_000_000) == 8001 * 2**20


def test_the_default_memory_is_a_share_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "machine_memory_bytes", lambda: 16 * 2**30)
    assert limits.default_memory_mb() == 16 * 1024 * 35 // 100
    monkeypatch.setattr(limits, "machine_memory_bytes", lambda: 64 * 2**30)
    assert limits.default_memory_mb() == 8000
    monkeypatch.setattr(limits, "machine_memory_bytes", lambda: 2**30)
    assert limits.default_memory_mb() == 1000


def child_that_reads(parent: int) -> int | None:
    """The child of a process that has opened, or waits to open, its input."""
    for entry in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in entry.read_text().split():
            # It sets its limits after it has asked to end with its parent.
            if "Max open files            256" in Path(f"/proc/{child}/limits").read_text():
                return int(child)
    return None


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(found: Callable[[], Any]) -> Any:
    """What ``found`` returns once it is true."""
    for _ in range(2000):
        if result := found():
            return result
        time.sleep(0.01)
    raise TimeoutError("nothing happened in 20 s")
