"""The size of each label in a mask: voxels and millilitres."""

from __future__ import annotations

from typing import Any

import numpy as np


def mask_labels(label_map: np.ndarray, labels: list[dict[str, Any]], voxel_ml: float) -> list[dict[str, Any]]:
    """Labels (value, code, name, color) with ``voxels`` and ``volume_ml`` of a uint8 label map.

    A value in the map that is none of ``labels`` gets an entry of its own.
    """
    counts = np.bincount(label_map.ravel(order="K"), minlength=256)
    known = {label["value"]: label for label in labels}
    for value in np.flatnonzero(counts).tolist():
        if value and value not in known:
            known[value] = {"value": value, "code": value, "name": f"label {value}", "color": "#bbbbbb"}
    return [
        {
            **{key: label[key] for key in ("value", "code", "name", "color")},
            "voxels": int(counts[value]),
            "volume_ml": round(float(counts[value]) * voxel_ml, 4),
        }
        for value, label in sorted(known.items())
    ]
