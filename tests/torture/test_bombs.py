"""Every kind of bomb, to one server."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.torture.bombs import BOMBS_BY_NAME, send_bombs

pytestmark = pytest.mark.slow


def test_bombs_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    found = send_bombs(tmp_path, count=len(BOMBS_BY_NAME), seed=0)
    timed = " took "  # how long it takes says the long version, on a quiet machine
    assert [fault for fault in found.faults if timed not in fault] == []
