"""A few kills of server and worker; ``make torture`` does hundreds."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.torture.kills import kill_servers, kill_workers

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


def test_killed_servers_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    found = kill_servers(tmp_path, count=3, seed=0)
    assert found.faults == []
    assert "3 kills of the server" in found.figures


def test_killed_workers_leave_runs_in_a_clear_state(tmp_path: Path) -> None:
    found = kill_workers(tmp_path, count=6, seed=0)
    assert found.faults == []
