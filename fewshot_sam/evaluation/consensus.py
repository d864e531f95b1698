"""One label map of those that several people made of one scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewshot_sam.data.boxes import box_around
from fewshot_sam.evaluation.agreement import disputed

_HALF = 0.5
MAX_ROUNDS = 200
"""STAPLE ends here where its estimate has not settled before; without a limit it may never end."""


@dataclass(frozen=True)
class ReaderQuality:
    """How far a reader's label agrees with what STAPLE takes for true.

    Attributes:
        sensitivity: 0..1, the share of the true voxels that the reader labelled; None where none is true.
        specificity: 0..1, the share of the other voxels, in the box around all readers' labels and a voxel
            more, that the reader left out; None where there are none.
    """

    sensitivity: float | None
    specificity: float | None


@dataclass(frozen=True, eq=False)
class Consensus:
    """What came of a merge.

    Attributes:
        label_map: (X, Y, Z) uint8.
        disputed_voxels: on which the readers differ.
        readers: of STAPLE, by label code, one for each reader in their order; else empty.
    """

    label_map: np.ndarray
    disputed_voxels: int
    readers: dict[int, list[ReaderQuality]]


def majority(label_maps: Sequence[np.ndarray]) -> Consensus:
    """Each voxel gets the label that more than half of the readers gave it; without such a one it gets none.

    Of two readers that is what both agree on. Nobody's voice breaks a tie.

    Args:
        label_maps: (X, Y, Z) uint8 of one shape, 0 is background.

    Raises:
        ValueError: if there is none, or the shapes differ.

    Example:
        >>> import numpy as np
        >>> readers = [np.array([[[1, 1, 2]]], np.uint8), np.array([[[1, 0, 2]]], np.uint8)]
        >>> merged = majority(readers)
        >>> merged.label_map.tolist(), merged.disputed_voxels
        ([[[1, 0, 2]]], 1)
    """
    differ = disputed(label_maps)
    merged = label_maps[0].copy()
    votes_of = [each[differ] for each in label_maps]
    decided = np.zeros(votes_of[0].shape, merged.dtype)
    for code in _codes(votes_of):
        votes = sum((each == code).astype(np.uint8) for each in votes_of)
        decided[2 * votes > len(label_maps)] = code
    merged[differ] = decided
    return Consensus(merged, int(differ.sum()), {})


def staple(label_maps: Sequence[np.ndarray]) -> Consensus:
    """Simultaneous truth and performance level estimation (Warfield et al., 2004), label by label.

    Each label is estimated in the box around all readers' voxels of it and one more voxel, as the estimate
    depends on how much background is in sight. A voxel gets the label of the highest probability, if that is
    over a half. Where the readers agree they keep what they say.

    Args:
        label_maps: (X, Y, Z) uint8 of one shape, 0 is background.

    Raises:
        ValueError: if there is none, or the shapes differ.
    """
    differ = disputed(label_maps)
    merged = label_maps[0].copy()
    best = np.full(merged.shape, _HALF, np.float32)
    merged[differ] = 0
    readers = {}
    for code in _codes(label_maps):
        masks = [each == code for each in label_maps]
        union = np.logical_or.reduce(masks)
        box = box_around(union, (1,) * union.ndim)
        inside = [mask[box] for mask in masks]
        probability, readers[code] = _estimated(inside)
        wins = differ[box] & (probability > best[box])
        merged[box][wins] = code
        best[box][wins] = probability[wins]
    return Consensus(merged, int(differ.sum()), readers)


def _estimated(masks: Sequence[np.ndarray]) -> tuple[np.ndarray, list[ReaderQuality]]:
    """The probability that a voxel is the label's, float32, and how each of the (X, Y, Z) bool masks does."""
    if not disputed(masks).any():
        specificity = None if masks[0].all() else 1.0
        return masks[0].astype(np.float32), [ReaderQuality(1.0, specificity) for _ in masks]
    import SimpleITK as sitk  # noqa: N813 - takes a second to import

    estimate = sitk.STAPLEImageFilter()
    estimate.SetForegroundValue(1.0)
    estimate.SetMaximumIterations(MAX_ROUNDS)
    probability = estimate.Execute([sitk.GetImageFromArray(mask.astype(np.uint8)) for mask in masks])
    figures = zip(estimate.GetSensitivity(), estimate.GetSpecificity(), strict=True)
    quality = [ReaderQuality(_finite(first), _finite(second)) for first, second in figures]
    return np.nan_to_num(sitk.GetArrayFromImage(probability)).astype(np.float32), quality


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _codes(label_maps: Sequence[np.ndarray]) -> list[int]:
    found: set[int] = set()
    for each in label_maps:
        found.update(np.unique(each).tolist())
    return sorted(found - {0})
