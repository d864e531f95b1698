"""Fraction, remaining time and loss curve of a run."""

from __future__ import annotations

from typing import Any

import pytest

from backend.jobs.progress import Phase, RunProgress
from fewshot_sam.errors import OperationCancelled


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def written() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def progress(clock: Clock, written: list[dict[str, Any]]) -> RunProgress:
    phases = [
        Phase("Reading", 10.0, {"Encoding": (0.0, 1.0)}),
        Phase("Learning", 30.0, {"Fine-tuning": (0.1, 1.0)}),
    ]
    return RunProgress(phases, lambda **values: written.append(values), lambda: None, clock)


def test_the_fraction_never_goes_back_and_ends_below_one(
    progress: RunProgress, clock: Clock, written: list[dict[str, Any]]
) -> None:
    progress.begin(0)
    for fraction in (0.5, 0.2, 1.0):
        clock.now += 1
        progress("Encoding", fraction)
    progress.begin(1)
    for fraction in (0.0, 0.5, 1.0):
        clock.now += 1
        progress("Fine-tuning", fraction, loss=1.0 - fraction, step=int(fraction * 10))
    fractions = [values["fraction"] for values in written]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 0.99  # 1 is said only when results are stored
    assert written[-1]["loss"] == [[0, 1.0], [5, 0.5], [10, 0.0]]
    assert written[-1]["stage"] == "Learning"


def test_remaining_time_follows_what_is_measured(
    progress: RunProgress, clock: Clock, written: list[dict[str, Any]]
) -> None:
    progress.begin(0)
    assert written[-1]["eta_s"] == 40.0
    clock.now = 4.0
    progress("Encoding", 0.5)
    assert written[-1]["eta_s"] == 4.0 + 30.0


def test_writes_are_few(progress: RunProgress, clock: Clock, written: list[dict[str, Any]]) -> None:
    progress.begin(0)
    for step in range(1000):
        clock.now += 0.001
        progress("Encoding", step / 1000)
    assert len(written) <= 6


def test_an_unknown_stage_moves_nothing(
    progress: RunProgress, clock: Clock, written: list[dict[str, Any]]
) -> None:
    progress.begin(0)
    clock.now += 1
    progress("Something new", 1.0)
    assert written[-1]["fraction"] == 0.0


def test_it_stops_when_told() -> None:
    def check() -> None:
        raise OperationCancelled("cancelled")

    progress = RunProgress([Phase("Reading", 1.0, {})], lambda **values: None, check)
    progress.begin(0)
    with pytest.raises(OperationCancelled, match="cancelled"):
        progress("Encoding", 0.5)
