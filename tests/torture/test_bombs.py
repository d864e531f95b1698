"""The bombs that are quickly made, to one server; ``make torture`` sends all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.torture import bombs

pytestmark = [pytest.mark.slow, pytest.mark.thorough]
QUICKLY_MADE = ("PNG", "TIFF", "overlapping", "zips in zips")


def test_bombs_are_refused_and_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {
        name: make for name, make in bombs.BOMBS_BY_NAME.items() if any(word in name for word in QUICKLY_MADE)
    }
    monkeypatch.setattr(bombs, "BOMBS_BY_NAME", chosen)
    found = bombs.send_bombs(tmp_path, count=len(chosen), seed=0)
    # How long it takes says the long version, on a quiet machine.
    assert [fault for fault in found.faults if " took " not in fault] == []
    assert len(chosen) == len(QUICKLY_MADE)
