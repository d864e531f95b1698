"""How close a mask is to a reference.

Surface distances after Maier-Hein et al., "Metrics reloaded", 2024: surface voxels are those of the mask
with a 6-neighbour outside it, distances in mm.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.ndimage import binary_erosion, distance_transform_edt

Spacing = tuple[float, float, float]


def dice(mask: np.ndarray, reference: np.ndarray) -> float:
    """2 |A and B| / (|A| + |B|) of two bool arrays, 0..1; 1 where both are empty."""
    total = int(mask.sum()) + int(reference.sum())
    return 2.0 * int((mask & reference).sum()) / total if total else 1.0


def iou(mask: np.ndarray, reference: np.ndarray) -> float:
    """|A and B| / |A or B| of two bool arrays, 0..1; 1 where both are empty."""
    union = int((mask | reference).sum())
    return int((mask & reference).sum()) / union if union else 1.0


def assd_mm(mask: np.ndarray, reference: np.ndarray, spacing_mm: Spacing) -> float:
    """Average symmetric surface distance in mm; 0 where both are empty, infinite where one is."""
    distances = _surface_distances(mask, reference, spacing_mm)
    return float(distances.mean()) if distances.size else 0.0


def hd95_mm(mask: np.ndarray, reference: np.ndarray, spacing_mm: Spacing) -> float:
    """95th percentile of the symmetric surface distances in mm; 0 or infinite as :func:`assd_mm`."""
    return _hd95_mm(_surface_distances(mask, reference, spacing_mm))


def volume_ml(mask: np.ndarray, spacing_mm: Spacing) -> float:
    """Volume of a bool array in mL."""
    return float(mask.sum()) * float(np.prod(spacing_mm)) / 1000.0


def evaluate(
    label_map: np.ndarray, reference: np.ndarray, spacing_mm: Spacing, codes: Iterable[int] | None = None
) -> dict[int, dict[str, float]]:
    """All metrics per label.

    Args:
        label_map, reference: integer arrays of one shape.
        codes: the labels to score; default all in either.

    Returns:
        code to {"dice", "iou", "assd_mm", "hd95_mm", "volume_ml", "reference_volume_ml"}.

    Raises:
        ValueError: if the shapes differ.
    """
    if label_map.shape != reference.shape:
        raise ValueError(f"label maps must have one shape, got {label_map.shape} and {reference.shape}")
    if codes is None:
        codes = np.union1d(np.unique(label_map), np.unique(reference)).tolist()
    return {
        int(code): _scores(label_map == code, reference == code, spacing_mm) for code in codes if code != 0
    }


def _scores(mask: np.ndarray, reference: np.ndarray, spacing_mm: Spacing) -> dict[str, float]:
    distances = _surface_distances(mask, reference, spacing_mm)
    return {
        "dice": dice(mask, reference),
        "iou": iou(mask, reference),
        "assd_mm": float(distances.mean()) if distances.size else 0.0,
        "hd95_mm": _hd95_mm(distances),
        "volume_ml": volume_ml(mask, spacing_mm),
        "reference_volume_ml": volume_ml(reference, spacing_mm),
    }


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
    box = _common_box(mask | reference)
    surfaces = [item & ~binary_erosion(item) for item in (mask[box], reference[box])]
    return np.concatenate(
        [
            distance_transform_edt(~other, sampling=spacing_mm)[surface]
            for surface, other in (surfaces, surfaces[::-1])
        ]
    )


def _common_box(mask: np.ndarray) -> tuple[slice, ...]:
    """The smallest box around a mask: distances inside it are those of the whole array, in less time."""
    spans = []
    for axis in range(mask.ndim):
        others = tuple(other for other in range(mask.ndim) if other != axis)
        found = np.flatnonzero(mask.any(axis=others))
        spans.append(slice(int(found[0]), int(found[-1]) + 1))
    return tuple(spans)
