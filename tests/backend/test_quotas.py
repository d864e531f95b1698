"""What an owner's files take on disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from backend.services.quotas import folder_bytes


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    """Two uploads of 10 and 20 bytes."""
    for name, size in (("first", 10), ("second", 20)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "scan").write_bytes(bytes(size))
    return tmp_path


def test_files_count_with_all_below(uploads: Path) -> None:
    assert folder_bytes(uploads) == 30
    assert folder_bytes(uploads / "none") == 0


def test_an_upload_that_ends_while_it_is_counted_does_not_count(
    uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def ending(folder: Any) -> Any:
        if folder == os.fspath(uploads / "second"):
            shutil.rmtree(uploads / "second")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", ending)
    assert folder_bytes(uploads) == 10
