"""Is the method right about itself? Expected Dice against the true one, confidence against being right."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import protocol
from benchmarks.markdown import table
from benchmarks.results import Result

if TYPE_CHECKING:
    from benchmarks.methods import Task

BINS = 10
BONES = "ct_abdomen_bones"
MAX_DISTANCE, MAX_DISTANCE_BONES, MAX_CALIBRATION_ERROR = 0.03, 0.06, 0.05
Bins = list[list[float]]
"""By confidence in tenths: voxels, the sum of their confidences, and how many are right."""


def reliability(task: Task, label_map: np.ndarray, confidence: np.ndarray) -> dict[str, Bins]:
    """Bins over the unpainted slices of the scored extent: "all" voxels, and "foreground", where the mask or
    the reference has a label.

    Args:
        label_map: canonical (X, Y, Z) uint16.
        confidence: canonical (X, Y, Z) uint8, probability times 255 that ``label_map`` is right.
    """
    plane = task.case.plane
    scored = protocol.scored_slices(task.reference, task.annotations)
    found, wanted, shown_confidence = (
        np.take(array, scored, axis=plane.axis) for array in (label_map, task.reference, confidence)
    )
    right, probability = found == wanted, shown_confidence.astype(np.float64) / 255
    foreground = (found != 0) | (wanted != 0)
    return {
        "all": _bins(probability.ravel(), right.ravel()),
        "foreground": _bins(probability[foreground], right[foreground]),
    }


def _bins(probability: np.ndarray, right: np.ndarray) -> Bins:
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    sums = [np.bincount(place, weights, BINS) for weights in (None, probability, right.astype(np.float64))]
    return [[round(float(value), 3) for value in row] for row in zip(*sums, strict=True)]


def expected_error(bins: Bins) -> float:
    """Expected calibration error (Guo et al. 2017): mean distance of confidence and accuracy."""
    total = sum(count for count, _, _ in bins)
    return sum(abs(confidence - right) for _, confidence, right in bins) / total if total else 0.0


def calibration_text(results: Sequence[Result]) -> str:
    """The tables in Markdown; empty if no result tells anything."""
    parts = [_expected_table(results), _error_table(results), _curve(results)]
    parts = [part for part in parts if part]
    return "\n\n".join(["### What the method says of itself", *parts]) if parts else ""


def _groups(results: Sequence[Result]) -> dict[str, list[Result]]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(f"{result.case}, {result.budget}", []).append(result)
    return groups


def _pairs(results: Sequence[Result]) -> list[tuple[float, float]]:
    """Expected and true Dice of every label that has an expectation."""
    found = []
    for result in results:
        for code, about in result.details.get("report", {}).get("quality", {}).items():
            if about["expected_dice"] is not None and code in result.labels:
                found.append((about["expected_dice"], result.labels[code]["dice"] or 0.0))
    return found


def _totals(results: Sequence[Result]) -> dict[str, list[Result]]:
    """What has a target: all cases, and bones."""
    bones = [result for result in results if result.case == BONES]
    others = [result for result in results if result.case != BONES]
    return {
        f"bones (target {MAX_DISTANCE_BONES})": bones,
        "all but bones": others,
        f"all (target {MAX_DISTANCE})": list(results),
    }


def _expected_table(results: Sequence[Result]) -> str:
    rows = []
    for name, group in {**_groups(results), **_totals(results)}.items():
        pairs = _pairs(group)
        if pairs:
            off = [told - true for told, true in pairs]
            rows.append(
                [
                    *(name, str(len(pairs)), f"{fmean(told for told, _ in pairs):.3f}"),
                    *(f"{fmean(true for _, true in pairs):.3f}", f"{fmean(off):+.3f}"),
                    f"{fmean(map(abs, off)):.3f}",
                ]
            )
    if not rows:
        return ""
    head = ["case, slices", "labels x seeds", "expected Dice", "true Dice", "difference", "mean distance"]
    return (
        "Expected Dice, from painted slices left out, against the Dice on unpainted slices. The targets are "
        "for the mean distance. Labels painted in one fold alone have no expectation.\n\n" + table(head, rows)
    )


def _error_table(results: Sequence[Result]) -> str:
    rows: list[list[str]] = []
    worst = (0.0, "")
    for name, group in _groups(results).items():
        told = [result.details["reliability"] for result in group if "reliability" in result.details]
        if told:
            errors = [fmean(expected_error(each[part]) for each in told) for part in ("all", "foreground")]
            rows.append([name, *(f"{error:.3f}" for error in errors)])
            worst = max(worst, (errors[1], name))
    if not rows:
        return ""
    rows.append([f"worst (target {MAX_CALIBRATION_ERROR})", "", f"{worst[0]:.3f} ({worst[1]})"])
    return (
        "Expected calibration error of the confidence stored with the mask, on the unpainted slices: of all "
        "voxels, and of those where mask or reference has a label.\n\n"
        + table(["case, slices", "all voxels", "where there is a label"], rows)
    )


def _curve(results: Sequence[Result]) -> str:
    """Reliability curve over all results, where there is a label."""
    told = [
        result.details["reliability"]["foreground"] for result in results if "reliability" in result.details
    ]
    if not told:
        return ""
    rows = []
    for number, (count, confidence, right) in enumerate(np.sum(told, axis=0)):
        if count:
            low, high = number / BINS, (number + 1) / BINS
            span = f"{low:.1f} to {high:.1f}"
            rows.append([span, f"{count:.0f}", f"{confidence / count:.3f}", f"{right / count:.3f}"])
    head = ["confidence", "voxels", "mean confidence", "right"]
    return "Reliability where there is a label, all cases, budgets and seeds together:\n\n" + table(
        head, rows
    )
