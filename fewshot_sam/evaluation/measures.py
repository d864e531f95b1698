"""What a label measures on a scan: volume, intensity, extent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import find_objects

from fewshot_sam.data.volume import Volume
from fewshot_sam.evaluation.metrics import volume_ml


@dataclass(frozen=True)
class LabelMeasures:
    """Of one label.

    Attributes:
        mean, standard_deviation: of the voxels' intensities, in HU in CT, also where its values are stored
            above them, else in the scan's units; None where the label is nowhere. The deviation is the
            population's.
        extent_mm: of the box around the label along the canonical axes: right, anterior, superior.
    """

    voxels: int
    volume_ml: float
    mean: float | None
    standard_deviation: float | None
    extent_mm: tuple[float, float, float]


def label_measures(label_map: np.ndarray, volume: Volume, codes: list[int]) -> Mapping[int, LabelMeasures]:
    """Measure labels.

    Args:
        label_map: canonical (X, Y, Z) unsigned integer, 0 is background.
        codes: the labels to measure.

    Returns:
        Code to measures, in the order of ``codes``.

    Raises:
        ValueError: if the label map has another shape than the volume.

    Example:
        >>> import numpy as np
        >>> from fewshot_sam.data.grid import SourceGrid
        >>> voxels = np.arange(8, dtype=np.int16).reshape(2, 2, 2)
        >>> volume = Volume(voxels, SourceGrid((2, 2, 2), np.diag([1.0, 1.0, 5.0, 1.0])), "CT")
        >>> label_measures((voxels >= 6).astype(np.uint8), volume, [1])[1]
        LabelMeasures(voxels=2, volume_ml=0.01, mean=6.5, standard_deviation=0.5, extent_mm=(1.0, 1.0, 10.0))
    """
    if label_map.shape != volume.shape:
        raise ValueError(f"the label map must have shape {volume.shape}, got {label_map.shape}")
    boxes = find_objects(label_map)
    return {
        code: _measures(label_map, volume, code, boxes[code - 1] if code <= len(boxes) else None)
        for code in codes
    }


def _measures(
    label_map: np.ndarray, volume: Volume, code: int, box: tuple[slice, slice, slice] | None
) -> LabelMeasures:
    if box is None:
        return LabelMeasures(0, 0.0, None, None, (0.0, 0.0, 0.0))
    mask = label_map[box] == code
    values = volume.voxels[box][mask].astype(np.float64)
    x, y, z = ((part.stop - part.start) * mm for part, mm in zip(box, volume.spacing_mm, strict=True))
    return LabelMeasures(
        voxels=int(mask.sum()),
        volume_ml=volume_ml(mask, volume.spacing_mm),
        mean=float(values.mean()) - (volume.hounsfield_offset if volume.modality == "CT" else 0),
        standard_deviation=float(values.std()),
        extent_mm=(x, y, z),
    )
