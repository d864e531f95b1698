"""The stages' names and the one timer of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fewshot_sam import progress
from fewshot_sam.progress import Stage, StageTimer


def test_a_timer_adds_up_each_stage_and_passes_calls_on(monkeypatch: pytest.MonkeyPatch) -> None:
    now: Iterator[float] = iter([1.0, 3.0, 10.0, 14.0, 20.0, 21.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    calls: list[tuple[Stage, float, dict[str, Any]]] = []
    timer = StageTimer(lambda stage, fraction, **details: calls.append((stage, fraction, details)))
    for stage in (Stage.ENCODE, Stage.ENCODE, Stage.FIT, Stage.FIT, Stage.ENCODE, Stage.ENCODE):
        timer(stage, 0.5, step=3)
    assert timer.seconds == {Stage.ENCODE: 3.0, Stage.FIT: 4.0}
    assert calls[2] == (Stage.FIT, 0.5, {"step": 3})
    assert len(calls) == 6


def test_stages_are_named_once_for_every_reader() -> None:
    assert [str(stage) for stage in Stage] == [
        "Downloading model", "Encoding slices", "Fine-tuning", "Segmenting slices", "Solving the volume",
    ]  # fmt: skip
