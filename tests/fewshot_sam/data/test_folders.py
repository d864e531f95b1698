"""Counting files while others delete them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fewshot_sam.data.folders import files_below
from tests.vanishing import delete_when_listed


def test_files_of_all_levels_are_told_and_none_where_there_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "one").write_bytes(bytes(10))
    (tmp_path / "below" / "two").write_bytes(bytes(20))
    assert sorted(file.st_size for file in files_below(tmp_path)) == [10, 20]
    assert list(files_below(tmp_path / "none")) == []


def test_a_folder_that_is_deleted_meanwhile_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "one").write_bytes(bytes(10))
    (tmp_path / "below" / "two").write_bytes(bytes(20))
    delete_when_listed(tmp_path / "below", monkeypatch)
    assert [file.st_size for file in files_below(tmp_path)] == [10]
