"""Every write while the disk is full, cannot be written, or the database is locked by another program."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.torture import disk_faults

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


def test_every_write_is_refused_with_a_sentence_and_done_afterwards(tmp_path: Path) -> None:
    kinds = ("disk full", "read-only")  # the database locked for 32 s is for the long version
    found = disk_faults.fail_writes(tmp_path, count=1, seed=0, kinds=kinds)
    assert found.faults == []
    assert "disk full: " in found.figures
