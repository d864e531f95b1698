"""Which slices to paint next, told from the probabilities of a result.

Every voxel's probabilities say how likely it is wrong. The slice with most voxels that are likely wrong, its
two neighbours counted half, comes first; how this compares with other choices is in benchmarks/RESULTS.md.
A painted slice settles itself and, less and less, the slices around it as far as the next painted ones: so
the ones after the first are chosen from what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

MAX_SUGGESTIONS = 5
GOOD_ENOUGH_CHANGE = 0.01
"""If painting the best slice should change a smaller share of the labelled voxels, none is worth it."""
_MAX_PIXELS = 1 << 16
"""Of a slice, as many are looked at: sums over thousands of pixels need no more."""
_CHANGE = 1.4
"""Voxels that changed when a slice was added over those expected to, fitted to benchmarks/RESULTS.md."""
_UNCERTAIN = 0.2
_MAX_REACH_MM = 40.0
"""A painted slice settles nothing farther away."""


class SuggestionReason(StrEnum):
    """Why a slice is worth painting."""

    BETWEEN = "between"  # two labels are hard to tell apart there
    OUTLINE = "outline"  # the label's outline is uncertain
    END = "end"  # no painted slice beyond it holds the label


@dataclass(frozen=True)
class SliceSuggestion:
    """A slice to paint next.

    Attributes:
        slice_index: canonical, in the annotation plane.
        labels: codes of the one or two labels that it is about, the more uncertain one first.
        change: expected share of the labelled voxels that would change, 0..1.
    """

    slice_index: int
    labels: tuple[int, ...]
    reason: SuggestionReason
    change: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "labels": list(self.labels), "reason": self.reason.value}


@dataclass(frozen=True, eq=False)
class ExpectedErrors:
    """What the probabilities of a volume say of its own mistakes.

    Attributes:
        codes: the labels, without background.
        labelled: voxels that hold a label.
        wrong: (slices,) float64, expected number of voxels that hold a label and should not, or the other
            way round, summed over labels.
        between: (slices, classes, classes) float64, expected number of wrong voxels by the two likeliest
            classes, of uncertain voxels alone; background first, symmetric.
    """

    codes: tuple[int, ...]
    labelled: float
    wrong: np.ndarray
    between: np.ndarray

    @classmethod
    def of(cls, probabilities: np.ndarray, first: int, slices: int, codes: tuple[int, ...]) -> ExpectedErrors:
        """Count them.

        Args:
            probabilities: (classes, slices, rows, columns) float16 of some slices, background first.
            first: index of the first of them.
            slices: of the whole stack; the others hold nothing.
        """
        classes, labelled, wrong = len(probabilities), 0.0, np.zeros(slices)
        between = np.zeros((slices, classes, classes))
        stride = max(1, int(np.ceil(np.sqrt(np.prod(probabilities.shape[2:]) / _MAX_PIXELS))))
        for index in range(probabilities.shape[1]):
            seen = probabilities[:, index, ::stride, ::stride].reshape(classes, -1).astype(np.float32)
            best = seen.argmax(axis=0)
            labelled += float(np.count_nonzero(best) * stride**2)
            wrong[first + index] = _wrong(seen, best) * stride**2
            between[first + index] = _between(seen, best) * stride**2
        return cls(codes, labelled, wrong, between)


def _wrong(probabilities: np.ndarray, best: np.ndarray) -> float:
    """Of one slice, see :class:`ExpectedErrors`; (classes, pixels) float32 and (pixels,) integer."""
    labels = probabilities[1:]
    at = best == np.arange(1, len(probabilities))[:, None]
    return float(np.where(at, 1.0 - labels, labels).sum(dtype=np.float64))


def _between(probabilities: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Of one slice, see :class:`ExpectedErrors`; (classes, pixels) float32 and (pixels,) integer."""
    classes = len(probabilities)
    highest = np.take_along_axis(probabilities, best[None], axis=0)[0]
    uncertain = np.flatnonzero(highest < 1.0 - _UNCERTAIN)
    others = probabilities[:, uncertain]
    others[best[uncertain], np.arange(uncertain.size)] = -1.0
    pairs = best[uncertain] * classes + others.argmax(axis=0)
    found = np.bincount(pairs, weights=1.0 - highest[uncertain], minlength=classes**2)
    found = found.reshape(classes, classes)
    return (found + found.T) / 2


def suggest_slices(
    errors: ExpectedErrors, painted: Mapping[int, np.ndarray], slice_mm: float
) -> list[SliceSuggestion]:
    """The slices whose painting should help most, the best first; each as if those before it were painted.

    Args:
        painted: slice index to (rows, columns) integer label map.
        slice_mm: distance of slices in mm; infinite for unrelated pictures, none of which says anything of
            another.

    Returns:
        At most MAX_SUGGESTIONS; none where nothing is labelled or uncertain.
    """
    left, reviewed, related = errors.between.sum(axis=(1, 2)), list(painted), np.isfinite(slice_mm)
    found: list[SliceSuggestion] = []
    while errors.labelled and len(found) < MAX_SUGGESTIONS:
        joined = related and left.size > 2
        gain = np.convolve(left, [0.5, 1.0, 0.5], mode="same") if joined else left.copy()
        gain[reviewed] = 0.0
        best = int(gain.argmax())
        if gain[best] <= 0:
            break
        settled = _settled(best, reviewed, left.size, slice_mm)
        change = min(_CHANGE * float(settled @ errors.wrong) / errors.labelled, 1.0)
        found.append(SliceSuggestion(best, *_why(errors, best, painted if related else {}), round(change, 4)))
        left = left * (1.0 - settled)
        reviewed.append(best)
    return found


def _settled(index: int, reviewed: Collection[int], slices: int, slice_mm: float) -> np.ndarray:
    """(slices,) float64: which share of what may be wrong on each slice is settled by painting this one.

    All of it there, and less by how much nearer it is than the nearest painted slice.
    """
    places = np.arange(slices)
    before = np.full(slices, max(1.0, _MAX_REACH_MM / slice_mm))
    for each in reviewed:
        before = np.minimum(before, np.abs(places - each))
    after = np.minimum(before, np.abs(places - index))
    return np.divide(before - after, before, out=np.zeros(slices), where=before > 0)


def _why(
    errors: ExpectedErrors, index: int, painted: Mapping[int, np.ndarray]
) -> tuple[tuple[int, ...], SuggestionReason]:
    """The labels and the reason to name for a slice."""
    pairs = errors.between[max(0, index - 1) : index + 2].sum(axis=0)
    pairs = pairs if not errors.between[index].any() else errors.between[index]
    first, second = (int(each) for each in np.unravel_index(int(pairs.argmax()), pairs.shape))
    if first > 0:
        by_label = pairs.sum(axis=1)
        both = (first, second) if by_label[first] >= by_label[second] else (second, first)
        return (errors.codes[both[0] - 1], errors.codes[both[1] - 1]), SuggestionReason.BETWEEN
    code = errors.codes[second - 1]
    held = [at for at, image in painted.items() if (image == code).any()]
    beyond = bool(held) and not min(held) <= index <= max(held)
    return (code,), SuggestionReason.END if beyond else SuggestionReason.OUTLINE
