"""All routes as somebody else."""

from __future__ import annotations

from pathlib import Path

from benchmarks.torture.strangers import walk_as_others


def test_what_belongs_to_another_does_not_exist(tmp_path: Path) -> None:
    found = walk_as_others(tmp_path, count=1, seed=0)
    assert found.faults == []
    assert int(found.figures.split()[0]) > 30
