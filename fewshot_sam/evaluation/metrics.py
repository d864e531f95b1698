"""How close a mask is to a reference.

Surface distances after Maier-Hein et al., "Metrics reloaded", 2024: surface voxels are those of the mask
with a 6-neighbour outside it, distances in mm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import find_objects

from fewshot_sam.evaluation.surfaces import Spacing, surface_distances_mm
from fewshot_sam.evaluation.tolerance import TOLERANCE_MM


def dice(mask: np.ndarray, reference: np.ndarray) -> float:
    """Dice coefficient, 2 |A and B| / (|A| + |B|).

    Args:
        mask, reference: bool arrays of one shape, such as (X, Y, Z).

    Returns:
        0..1; 1 where both are empty.

    Example:
        >>> import numpy as np
        >>> dice(np.array([True, True, False]), np.array([True, False, False]))
        0.6666666666666666
    """
    total = int(mask.sum()) + int(reference.sum())
    return 2.0 * int((mask & reference).sum()) / total if total else 1.0


def iou(mask: np.ndarray, reference: np.ndarray) -> float:
    """Intersection over union, |A and B| / |A or B|.

    Args:
        mask, reference: bool arrays of one shape, such as (X, Y, Z).

    Returns:
        0..1; 1 where both are empty.

    Example:
        >>> import numpy as np
        >>> iou(np.array([True, True, False]), np.array([True, False, False]))
        0.5
    """
    union = int((mask | reference).sum())
    return int((mask & reference).sum()) / union if union else 1.0


def assd_mm(mask: np.ndarray, reference: np.ndarray, spacing_mm: Spacing) -> float:
    """Average symmetric surface distance.

    Args:
        mask, reference: (X, Y, Z) bool.
        spacing_mm: voxel size along X, Y, Z.

    Returns:
        Millimetres; 0 where both are empty, infinite where one is.

    Example:
        >>> import numpy as np
        >>> mask, reference = np.zeros((2, 5, 5, 5), bool)
        >>> mask[1], reference[3] = True, True
        >>> assd_mm(mask, reference, (2.5, 1.0, 1.0))
        5.0
    """
    distances = surface_distances_mm(mask, reference, spacing_mm)
    return float(distances.mean()) if distances.size else 0.0


def hd95_mm(mask: np.ndarray, reference: np.ndarray, spacing_mm: Spacing) -> float:
    """95th percentile of the symmetric surface distances.

    Args:
        mask, reference: (X, Y, Z) bool.
        spacing_mm: voxel size along X, Y, Z.

    Returns:
        Millimetres; 0 where both are empty, infinite where one is.
    """
    return percentile_95(surface_distances_mm(mask, reference, spacing_mm))


def surface_dice(
    mask: np.ndarray, reference: np.ndarray, spacing_mm: Spacing, tolerance_mm: float = TOLERANCE_MM
) -> float:
    """Share of both surfaces' voxels that lie within a tolerance of the other surface.

    The normalised surface distance of Metrics reloaded; surface voxels are counted, not weighted by area.

    Args:
        mask, reference: (X, Y, Z) bool.
        spacing_mm: voxel size along X, Y, Z.
        tolerance_mm: how far apart two observers may draw the same surface.

    Returns:
        0..1; 1 where both are empty, 0 where one is.

    Example:
        >>> import numpy as np
        >>> mask, reference = np.zeros((2, 5, 5, 5), bool)
        >>> mask[1], reference[3] = True, True
        >>> [surface_dice(mask, reference, (1.0, 1.0, 1.0), tolerance_mm) for tolerance_mm in (1.0, 2.0)]
        [0.0, 1.0]
    """
    return share_within(surface_distances_mm(mask, reference, spacing_mm), tolerance_mm)


def volume_ml(mask: np.ndarray, spacing_mm: Spacing) -> float:
    """Volume of a label.

    Args:
        mask: (X, Y, Z) bool.
        spacing_mm: voxel size along X, Y, Z.

    Returns:
        Millilitres.

    Example:
        >>> import numpy as np
        >>> volume_ml(np.ones((10, 10, 10), bool), (1.0, 1.0, 2.0))
        2.0
    """
    return float(mask.sum()) * float(np.prod(spacing_mm)) / 1000.0


@dataclass(frozen=True, eq=False)
class LabelAgreement:
    """How far two masks of one label agree.

    Attributes:
        distances_mm: (N,) float, of both surfaces, see :mod:`fewshot_sam.evaluation.surfaces`.
    """

    dice: float
    iou: float
    volume_ml: float
    reference_volume_ml: float
    distances_mm: np.ndarray

    @property
    def hd95_mm(self) -> float:
        """The 95th percentile of the distances; infinite where one mask is empty."""
        return percentile_95(self.distances_mm)

    @property
    def mean_distance_mm(self) -> float:
        """The mean of the distances; infinite where one mask is empty."""
        return float(self.distances_mm.mean()) if self.distances_mm.size else 0.0

    def scores(self, tolerance_mm: float = TOLERANCE_MM) -> dict[str, float]:
        """By name: dice, iou, surface_dice, assd_mm, hd95_mm, volume_ml, reference_volume_ml."""
        return {
            "dice": self.dice,
            "iou": self.iou,
            "surface_dice": share_within(self.distances_mm, tolerance_mm),
            "assd_mm": self.mean_distance_mm,
            "hd95_mm": self.hd95_mm,
            "volume_ml": self.volume_ml,
            "reference_volume_ml": self.reference_volume_ml,
        }


def evaluate(
    label_map: np.ndarray,
    reference: np.ndarray,
    spacing_mm: Spacing,
    codes: Iterable[int] | None = None,
    tolerance_mm: float = TOLERANCE_MM,
) -> dict[int, dict[str, float]]:
    """All metrics per label.

    Args:
        label_map, reference: (X, Y, Z) integer arrays of one shape, 0 is background.
        spacing_mm: voxel size along X, Y, Z.
        codes: the labels to score; default all in either.
        tolerance_mm: of the surface Dice.

    Returns:
        code to {"dice", "iou", "surface_dice", "assd_mm", "hd95_mm", "volume_ml", "reference_volume_ml"}.

    Raises:
        ValueError: if the shapes differ.

    Example:
        >>> import numpy as np
        >>> reference = np.zeros((8, 8, 8), np.uint8)
        >>> reference[2:6, 2:6, 2:6] = 3
        >>> label_map = np.where(np.arange(8) < 5, reference, 0)  # the last slice of label 3 is missing
        >>> scores = evaluate(label_map, reference, (1.0, 1.0, 2.0))
        >>> sorted(scores), round(scores[3]["dice"], 3), scores[3]["volume_ml"]
        ([3], 0.857, 0.096)
    """
    if codes is None:
        codes = np.union1d(np.unique(label_map), np.unique(reference)).tolist()
    wanted = [int(code) for code in codes if code != 0]
    nowhere = LabelAgreement(1.0, 1.0, 0.0, 0.0, np.empty(0))
    found = agreements(label_map, reference, spacing_mm, wanted)
    return {code: (found[code] or nowhere).scores(tolerance_mm) for code in wanted}


def agreements(
    label_map: np.ndarray,
    reference: np.ndarray,
    spacing_mm: Spacing,
    codes: Iterable[int],
    counted: np.ndarray | None = None,
) -> dict[int, LabelAgreement | None]:
    """Compare labels, each in the box around it alone: a whole volume is never copied.

    Args:
        label_map, reference: (X, Y, Z) unsigned integer arrays of one shape, 0 is background.
        spacing_mm: voxel size along X, Y, Z.
        codes: the labels to compare.
        counted: bool, broadcastable to (X, Y, Z), False on slices that are left out; None counts all.

    Returns:
        By code; None for a label that neither holds on a counted slice.

    Raises:
        ValueError: if the shapes differ.
    """
    if label_map.shape != reference.shape:
        raise ValueError(f"label maps must have one shape, got {label_map.shape} and {reference.shape}")
    boxes = [find_objects(each) for each in (label_map, reference)]
    whole = None if counted is None else np.broadcast_to(counted, label_map.shape)
    found: dict[int, LabelAgreement | None] = {}
    for code in codes:
        held = [box for each in boxes if code <= len(each) and (box := each[code - 1]) is not None]
        found[code] = None
        if held:
            around = _union(held)
            pair = (label_map[around] == code, reference[around] == code)
            found[code] = _agreement(*pair, spacing_mm, None if whole is None else whole[around])
    return found


def share_within(distances: np.ndarray, tolerance_mm: float) -> float:
    """The surface Dice of (n,) float surface distances in mm, both ways together; 1 where there are none."""
    return float((distances <= tolerance_mm).mean()) if distances.size else 1.0


def percentile_95(distances: np.ndarray) -> float:
    """The HD95 of (n,) float surface distances in mm, both ways together; 0 where there are none."""
    if np.isinf(distances).any():  # of which numpy's interpolation makes nan
        return float("inf")
    return float(np.percentile(distances, 95)) if distances.size else 0.0


def _union(boxes: list[tuple[slice, ...]]) -> tuple[slice, ...]:
    spans = zip(*boxes, strict=True)
    return tuple(slice(min(each.start for each in span), max(each.stop for each in span)) for span in spans)


def _agreement(
    mask: np.ndarray, reference: np.ndarray, spacing_mm: Spacing, counted: np.ndarray | None
) -> LabelAgreement | None:
    seen, wanted = (mask, reference) if counted is None else (mask & counted, reference & counted)
    if not (seen.any() or wanted.any()):
        return None
    return LabelAgreement(
        dice=dice(seen, wanted),
        iou=iou(seen, wanted),
        volume_ml=volume_ml(seen, spacing_mm),
        reference_volume_ml=volume_ml(wanted, spacing_mm),
        distances_mm=surface_distances_mm(mask, reference, spacing_mm, counted),
    )
