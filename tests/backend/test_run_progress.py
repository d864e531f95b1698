"""Fraction, remaining time and loss curve of a run."""

from __future__ import annotations

from typing import Any

import pytest

from backend.jobs.run_progress import RunProgress, StageShare
from fewshot_sam.errors import OperationCancelled
from fewshot_sam.progress import Stage


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
    shares = [StageShare(Stage.ENCODE, 10.0), StageShare(Stage.FIT, 30.0)]
    return RunProgress(shares, lambda **values: written.append(values), lambda: None, clock)


def test_the_fraction_never_goes_back_and_ends_below_one(
    progress: RunProgress, clock: Clock, written: list[dict[str, Any]]
) -> None:
    progress.begin(Stage.ENCODE)
    for fraction in (0.5, 0.2, 1.0):
        clock.now += 1
        progress(Stage.ENCODE, fraction)
    progress.begin(Stage.FIT)
    for fraction in (0.0, 0.5, 1.0):
        clock.now += 1
        progress(Stage.FIT, fraction, loss=1.0 - fraction, step=int(fraction * 10))
    fractions = [values["fraction"] for values in written]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 0.99  # 1 is said only when results are stored
    assert written[-1]["loss"] == [[0, 1.0], [5, 0.5], [10, 0.0]]
    assert written[-1]["stage"] == "Fine-tuning"


def test_remaining_time_follows_what_is_measured(
    progress: RunProgress, clock: Clock, written: list[dict[str, Any]]
) -> None:
    progress.begin(Stage.ENCODE)
    assert written[-1]["eta_s"] == 40.0
    clock.now = 4.0
    progress(Stage.ENCODE, 0.5)
    assert written[-1]["eta_s"] == 4.0 + 30.0


def test_writes_are_few(progress: RunProgress, clock: Clock, written: list[dict[str, Any]]) -> None:
    progress.begin(Stage.ENCODE)
    for step in range(1000):
        clock.now += 0.001
        progress(Stage.ENCODE, step / 1000)
    assert len(written) <= 6


def test_a_stage_that_the_run_does_not_have_moves_nothing(
    progress: RunProgress, clock: Clock, written: list[dict[str, Any]]
) -> None:
    progress.begin(Stage.ENCODE)
    clock.now += 1
    progress(Stage.DOWNLOAD, 1.0)
    assert (written[-1]["fraction"], written[-1]["stage"]) == (0.0, "Encoding slices")


def test_a_stage_begins_with_its_first_report_and_does_not_come_back(
    progress: RunProgress, clock: Clock, written: list[dict[str, Any]]
) -> None:
    progress.begin(Stage.ENCODE)
    clock.now += 1
    progress(Stage.FIT, 0.5)
    clock.now += 1
    progress(Stage.ENCODE, 0.1)  # a fit reads the slices again, from the cache
    assert [values["stage"] for values in written] == ["Encoding slices", "Fine-tuning", "Fine-tuning"]
    assert written[-1]["fraction"] == (10 + 15) / 40


def test_it_stops_when_told() -> None:
    def check() -> None:
        raise OperationCancelled("cancelled")

    progress = RunProgress([StageShare(Stage.ENCODE, 1.0)], lambda **values: None, check)
    progress.begin(Stage.ENCODE)
    with pytest.raises(OperationCancelled, match="cancelled"):
        progress(Stage.ENCODE, 0.5)
