"""The result of a method for one volume."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

CERTAIN = 255
"""Confidence of painted slices."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """A segmented volume.

    Attributes:
        label_map: canonical (X, Y, Z) uint16, 0 is background.
        probabilities: code to canonical (X, Y, Z) float16 in 0..1; None unless asked for.
        report: JSON-able: seconds by stage, volume in mL by code, settings; where something was painted
            also "quality": code to "expected_dice" (0..1, None where it cannot be told) and "warning" (a
            sentence, or None); of a volume that the model was not fitted on "domain_shift", see
            :class:`fewshot_sam.evaluation.domain_shift.DomainShift`.
        confidence: canonical (X, Y, Z) uint8: calibrated probability, times 255, that ``label_map`` is
            right there; 255 on painted slices.
    """

    label_map: np.ndarray
    probabilities: dict[int, np.ndarray] | None = None
    report: dict[str, Any] = field(default_factory=dict)
    confidence: np.ndarray | None = None

    @cached_property
    def mean_confidence(self) -> float | None:
        """Of the voxels that hold a label, 0..1; None if none does, or where the method cannot tell."""
        labelled = self.label_map != 0
        if self.confidence is None or not labelled.any():
            return None
        return float(self.confidence[labelled].mean()) / 255.0
