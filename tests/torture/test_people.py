"""Eight people for some seconds; ``make torture`` takes ten minutes and the real worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.torture.people import save_together

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


def test_eight_people_lose_nothing_and_meet_no_lock(tmp_path: Path) -> None:
    found = save_together(tmp_path, seconds=8, seed=0, toy=True)
    assert found.faults == []
    assert "0 busy" in found.figures
