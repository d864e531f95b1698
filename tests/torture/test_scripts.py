"""Some scripts as names in a real browser; ``make torture`` takes all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks.torture.scripts import show_in

pytestmark = [pytest.mark.thorough, pytest.mark.slow, pytest.mark.e2e]


def test_no_script_is_run(tmp_path: Path, browser: Browser) -> None:
    found = show_in(browser, tmp_path, count=3, seed=0)
    assert found.faults == []
