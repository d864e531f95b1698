"""Some broken data folders; ``make torture`` breaks hundreds."""

from __future__ import annotations

from pathlib import Path

from benchmarks.torture.corruptions import start_corrupted


def test_broken_folders_are_told_and_not_changed(tmp_path: Path) -> None:
    found = start_corrupted(tmp_path, count=12, seed=0)
    assert found.faults == []
