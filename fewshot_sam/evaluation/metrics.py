"""How close a mask is to a reference.

Surface distances after Maier-Hein et al., "Metrics reloaded", 2024: surface voxels are those of the mask
with a 6-neighbour outside it, distances in mm.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.ndimage import binary_erosion, distance_transform_edt

from fewshot_sam.data.boxes import box_around
from fewshot_sam.evaluation.tolerance import TOLERANCE_MM

Spacing = tuple[float, float, float]


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
    distances = _surface_distances(mask, reference, spacing_mm)
    return float(distances.mean()) if distances.size else 0.0


def hd95_mm(mask: np.ndarray, reference: np.ndarray, spacing_mm: Spacing) -> float:
    """95th percentile of the symmetric surface distances.

    Args:
        mask, reference: (X, Y, Z) bool.
        spacing_mm: voxel size along X, Y, Z.

    Returns:
        Millimetres; 0 where both are empty, infinite where one is.
    """
    return _hd95_mm(_surface_distances(mask, reference, spacing_mm))


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
    return share_within(_surface_distances(mask, reference, spacing_mm), tolerance_mm)


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
    if label_map.shape != reference.shape:
        raise ValueError(f"label maps must have one shape, got {label_map.shape} and {reference.shape}")
    if codes is None:
        codes = np.union1d(np.unique(label_map), np.unique(reference)).tolist()
    return {
        int(code): _scores(label_map == code, reference == code, spacing_mm, tolerance_mm)
        for code in codes
        if code != 0
    }


def _scores(
    mask: np.ndarray, reference: np.ndarray, spacing_mm: Spacing, tolerance_mm: float
) -> dict[str, float]:
    distances = _surface_distances(mask, reference, spacing_mm)
    return {
        "dice": dice(mask, reference),
        "iou": iou(mask, reference),
        "surface_dice": share_within(distances, tolerance_mm),
        "assd_mm": float(distances.mean()) if distances.size else 0.0,
        "hd95_mm": _hd95_mm(distances),
        "volume_ml": volume_ml(mask, spacing_mm),
        "reference_volume_ml": volume_ml(reference, spacing_mm),
    }


def share_within(distances: np.ndarray, tolerance_mm: float) -> float:
    """The surface Dice of (n,) float surface distances in mm, both ways together; 1 where there are none."""
    return float((distances <= tolerance_mm).mean()) if distances.size else 1.0


def _hd95_mm(distances: np.ndarray) -> float:
    if np.isinf(distances).any():  # of which numpy's interpolation makes nan
        return float("inf")
    return float(np.percentile(distances, 95)) if distances.size else 0.0


def _surface_distances(mask: np.ndarray, reference: np.ndarray, spacing_mm: Spacing) -> np.ndarray:
    """Distances of each surface's voxels to the other surface, both ways."""
    if not mask.any() and not reference.any():
        return np.empty(0)
    if not mask.any() or not reference.any():
        return np.array([np.inf])
    box = box_around(mask | reference)
    surfaces = [item & ~binary_erosion(item) for item in (mask[box], reference[box])]
    return np.concatenate(
        [
            distance_transform_edt(~other, sampling=spacing_mm)[surface]
            for surface, other in (surfaces, surfaces[::-1])
        ]
    )
