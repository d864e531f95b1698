"""Counting files while others delete them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from fewshot_sam.data.folders import files_below


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
    scandir = os.scandir

    def deleting(folder: Any) -> Any:
        if folder == os.fspath(tmp_path / "below"):
            shutil.rmtree(tmp_path / "below")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", deleting)
    assert [file.st_size for file in files_below(tmp_path)] == [10]
