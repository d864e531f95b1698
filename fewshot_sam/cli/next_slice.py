"""What a run suggests to paint next, and whether the scan differs, in the file's own counting of slices."""

from __future__ import annotations

import sys
from typing import Any

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.prediction import Prediction
from fewshot_sam.data.volume import Volume
from fewshot_sam.evaluation.next_slice import GOOD_ENOUGH_CHANGE, SuggestionReason

_WHY = {
    SuggestionReason.BETWEEN: "labels {} and {} are hard to tell apart",
    SuggestionReason.OUTLINE: "the outline of label {} is uncertain",
    SuggestionReason.END: "no painted slice shows the end of label {}",
}


def next_slice(prediction: Prediction, volume: Volume, plane: Plane) -> dict[str, Any] | None:
    """The best suggestion: "slice" along the stored axis, "labels", "reason", "change", "good_enough".

    None where the method could not tell, or nothing is left to change.
    """
    found = prediction.report.get("next_slices")
    if not found:
        return None
    best = dict(found[0])
    # Counting from the other end, where an axis is flipped, is its own inverse.
    stored = volume.source.canonical_index(plane, best.pop("slice_index"))
    return {"slice": stored, **best, "good_enough": best["change"] < GOOD_ENOUGH_CHANGE}


def domain_shift(prediction: Prediction, volume: Volume, plane: Plane) -> dict[str, Any] | None:
    """The report's "domain_shift" with "slices" along the stored axis; None where nothing is said of it."""
    found = prediction.report.get("domain_shift")
    if found is None:
        return None
    return {**found, "slices": sorted(volume.source.canonical_index(plane, each) for each in found["slices"])}


def shift_sentence(shift: dict[str, Any]) -> str:
    """A scan that differs, in words, with the slices to paint."""
    slices = " and ".join(map(str, shift["slices"]))
    proposal = f" Paint slices {slices} of it and fit again with both scans." if slices else ""
    return f"{shift['sentence']}{proposal}"


def say(suggestion: dict[str, Any] | None) -> None:
    """One line about it on a terminal's standard error; elsewhere the command is quiet."""
    if suggestion is not None and sys.stderr.isatty():
        sys.stderr.write(sentence(suggestion) + "\n")


def sentence(suggestion: dict[str, Any]) -> str:
    """A suggestion of :func:`next_slice` in words."""
    if suggestion["good_enough"]:
        return f"Good enough: another slice would change less than {GOOD_ENOUGH_CHANGE:.0%}."
    why = _WHY[SuggestionReason(suggestion["reason"])].format(*suggestion["labels"])
    return f"Paint next: slice {suggestion['slice']}; {why}."
