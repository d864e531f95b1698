"""What an owner's files take on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.services.quotas import folder_bytes
from tests.vanishing import delete_when_listed


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
    delete_when_listed(uploads / "second", monkeypatch)
    assert folder_bytes(uploads) == 10
