"""Labels numbered from 1 without gaps, as nnU-Net and the Medical Segmentation Decathlon want them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fewshot_sam.data.file_names import free_name, numbered
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.io.training_sets.base import require_names

BACKGROUND = "background"
_RESERVED = (BACKGROUND, "ignore")
"""What nnU-Net takes for something else than a structure."""


class LabelIds:
    """The number of each code, ascending with it.

    Attributes:
        by_name: "background" 0, then each label's own name, no two alike; where names meet, or nnU-Net takes
            one for something else, a number is behind it.
        codes: the code of each number, by the same names.
    """

    def __init__(self, labels: Mapping[int, LabelName]) -> None:
        self._labels = labels
        self._codes = sorted(set(labels) - {0})
        taken = set(_RESERVED)
        names = [
            free_name(numbered(labels[code].name or f"Label {code}"), taken, compared=str)
            for code in self._codes
        ]
        self.by_name = {BACKGROUND: 0} | {name: number for number, name in enumerate(names, start=1)}
        self.codes = dict(zip(names, self._codes, strict=True))

    def apply(self, codes: np.ndarray) -> np.ndarray:
        """A label map's codes as numbers.

        Args:
            codes: unsigned integers of any shape.

        Returns:
            The same shape, uint8 or uint16.

        Raises:
            ImageFormatError: a code has no label.
        """
        require_names(codes, self._labels)
        lookup = np.zeros(int(codes.max(initial=0)) + 1, np.uint16)
        for number, code in enumerate(self._codes, start=1):
            if code < len(lookup):
                lookup[code] = number
        return lookup.astype(np.min_scalar_type(len(self._codes)))[codes]
