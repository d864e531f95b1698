"""No header, link or archive makes a reader return bytes of another file."""

from __future__ import annotations

import contextlib
import gzip
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.errors import GeometryError, ImageFormatError, SeriesChoiceError
from fewshot_sam.io import load_volume
from tests.fewshot_sam.header_tricks import (
    CANARY,
    ENVIRONMENT,
    HOSTNAME,
    HeaderTrick,
    all_tricks,
    returns_canary,
)

TRICKS = all_tricks()


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file of another upload, plausible as voxels, packed too."""
    path = tmp_path / "uploads" / "another" / "voxels.raw"
    path.parent.mkdir(parents=True)
    path.write_bytes(CANARY)
    path.with_name("voxels.raw.gz").write_bytes(gzip.compress(CANARY))
    return path


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads" / "mine"
    folder.mkdir(parents=True)
    return folder


def canaries() -> list[bytes]:
    system = [Path(name) for name in (HOSTNAME, ENVIRONMENT, "/etc/passwd")]
    return [CANARY, *(path.read_bytes()[:64] for path in system if path.exists())]


def test_there_are_enough_tricks() -> None:
    assert len(TRICKS) >= 50
    assert len({trick.id for trick in TRICKS}) == len(TRICKS)


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.id)
@pytest.mark.parametrize("as_folder", [False, True], ids=["files", "folder"])
def test_no_canary_comes_back(trick: HeaderTrick, as_folder: bool, upload: Path, canary: Path) -> None:
    files = trick.write(upload, canary)
    source = upload if as_folder else files[0] if len(files) == 1 else files
    for series_uid in choices_of(source):
        check_no_canary(source, series_uid)


def choices_of(source: Path | list[Path]) -> list[str | None]:
    """What can be chosen of files that hold several volumes; None where there is nothing to choose."""
    try:
        load_volume(source)
    except SeriesChoiceError as asked:
        return [choice.series_uid for choice in asked.choices]
    except (ImageFormatError, GeometryError):
        pass
    return [None]


def check_no_canary(source: Path | list[Path], series_uid: str | None) -> None:
    try:
        volume = load_volume(source, series_uid=series_uid)
    except (ImageFormatError, GeometryError) as refused:
        assert CANARY[:8] not in str(refused).encode("utf-8", "replace")
        return
    for content in canaries():
        assert not returns_canary(volume.voxels, content)


class OpenedFiles:
    """Names of the files that Python opens while it records."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.recording = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.recording and event == "open" and isinstance(arguments[0], str | bytes):
            self.names.append(os.fsdecode(arguments[0]))

    @contextlib.contextmanager
    def record(self) -> Iterator[None]:
        self.names, self.recording = [], True
        try:
            yield
        finally:
            self.recording = False


@pytest.fixture(scope="module")
def opened() -> OpenedFiles:
    files = OpenedFiles()
    sys.addaudithook(files)  # stays for the process, and does nothing unless it records
    return files


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.id)
def test_header_alone(trick: HeaderTrick, upload: Path, canary: Path, opened: OpenedFiles) -> None:
    """The header opened by its path, as on the command line: nothing outside its folder is even opened."""
    header = trick.write(upload, canary)[0]
    volume = None
    with opened.record(), contextlib.suppress(ImageFormatError, GeometryError):
        for series_uid in choices_of(header):
            volume = load_volume(header, series_uid=series_uid)
    targets = {str(canary), f"{canary}.gz", HOSTNAME, os.path.realpath(ENVIRONMENT), "/etc/passwd"}
    assert str(header) in opened.names
    assert not targets & {os.path.realpath(name) for name in opened.names if name.startswith(os.sep)}
    for content in canaries():
        assert volume is None or not returns_canary(volume.voxels, content)


def test_nothing_is_written_outside(upload: Path, canary: Path, tmp_path: Path) -> None:
    for trick in TRICKS:
        if trick.id.startswith("zip"):
            files = trick.write(upload, canary)
            for series_uid in choices_of(files[0]):
                with contextlib.suppress(ImageFormatError, GeometryError):
                    load_volume(files[0], series_uid=series_uid)
    found = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"scan.zip", "voxels.raw", "voxels.raw.gz"}
    assert canary.read_bytes() == CANARY


def test_a_canary_that_came_back_would_be_seen(upload: Path) -> None:
    """The same header on a file that is the upload's own."""
    (upload / "image.mhd").write_text(
        "NDims = 3\nDimSize = 4 4 4\nElementType = MET_UCHAR\nElementDataFile = mine.raw\n"
    )
    (upload / "mine.raw").write_bytes(CANARY)
    assert returns_canary(load_volume(upload / "image.mhd").voxels, CANARY)
    assert not returns_canary(np.zeros((4, 4, 4), np.int16), CANARY)
