"""How the command line names the slice to paint next."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewshot_sam.cli.next_slice import domain_shift, next_slice, say, sentence, shift_sentence
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.prediction import Prediction
from fewshot_sam.data.volume import Volume

NAMED = {"slice_index": 7, "labels": [5, 1], "reason": "between", "change": 0.03}


def volume(step_mm: float) -> Volume:
    grid = SourceGrid((4, 5, 20), np.diag([1.0, 1.0, step_mm, 1.0]))
    return Volume(np.zeros((4, 5, 20), np.int16), grid, "CT")


def suggested(named: list[dict[str, Any]] | None, step_mm: float = 2.0) -> dict[str, Any] | None:
    report = {} if named is None else {"next_slices": named}
    prediction = Prediction(np.zeros((4, 5, 20), np.uint16), report=report)
    return next_slice(prediction, volume(step_mm), Plane.AXIAL)


@pytest.mark.parametrize(("step_mm", "stored"), [(2.0, 7), (-2.0, 12)])
def test_slices_are_counted_as_the_file_stores_them(step_mm: float, stored: int) -> None:
    found = suggested([NAMED, {**NAMED, "slice_index": 3}], step_mm)
    assert found == {
        "slice": stored, "labels": [5, 1], "reason": "between", "change": 0.03, "good_enough": False
    }  # fmt: skip
    assert NAMED["slice_index"] == 7


@pytest.mark.parametrize("named", [None, []])
def test_without_a_suggestion_nothing_is_said(
    named: list[dict[str, Any]] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    say(suggested(named))
    assert suggested(named) is None
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({}, "Paint next: slice 7; labels 5 and 1 are hard to tell apart."),
        (
            {"labels": [5], "reason": "outline"},
            "Paint next: slice 7; the outline of label 5 is uncertain.",
        ),
        ({"labels": [5], "reason": "end"}, "Paint next: slice 7; no painted slice shows the end of label 5."),
        ({"change": 0.004}, "Good enough: another slice would change less than 1%."),
    ],
)
def test_it_is_said_in_one_line_and_on_a_terminal_only(
    patch: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = suggested([{**NAMED, **patch}])
    assert found is not None
    assert sentence(found) == words
    say(found)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    say(found)
    assert capsys.readouterr().err == words + "\n"


@pytest.mark.parametrize(("step_mm", "stored"), [(2.0, [7, 11]), (-2.0, [8, 12])])
def test_slices_of_a_scan_that_differs_are_counted_as_the_file_stores_them(
    step_mm: float, stored: list[int]
) -> None:
    said = {"reasons": ["nothing"], "slices": [7, 11], "sentence": "The model found nothing in this scan."}
    prediction = Prediction(np.zeros((4, 5, 20), np.uint16), report={"domain_shift": said})
    shift = domain_shift(prediction, volume(step_mm), Plane.AXIAL)
    assert shift == {**said, "slices": stored}
    assert shift_sentence(shift) == (
        f"The model found nothing in this scan. Paint slices {stored[0]} and {stored[1]} of it and fit again "
        "with both scans."
    )


def test_without_a_comparison_nothing_is_said_of_a_shift() -> None:
    prediction = Prediction(np.zeros((4, 5, 20), np.uint16))
    assert domain_shift(prediction, volume(2.0), Plane.AXIAL) is None
