"""A prediction's canonical arrays, filled slice by slice."""

from __future__ import annotations

import numpy as np

from fewshot_sam.data.planes import Plane, from_display, take_slice, to_display
from fewshot_sam.data.volume import Volume

HALF_SURE = 127
"""As a confidence."""


class SliceCanvas:
    """Label map, confidence and, if asked for, probabilities of a volume; see ``segmenter.Prediction``."""

    def __init__(self, volume: Volume, plane: Plane, codes: tuple[int, ...], probabilities: bool) -> None:
        self.label_map = np.zeros(volume.shape, np.uint16)
        self.confidence = np.full(volume.shape, 255, np.uint8)
        self.probabilities = (
            {code: np.zeros(volume.shape, np.float16) for code in codes} if probabilities else None
        )
        self._plane = plane
        self._values = np.array((0, *codes), np.uint16)

    def put(self, index: int, probabilities: np.ndarray, box: tuple[slice, ...] = (slice(None),) * 2) -> None:
        """A slice's (classes, rows, columns), in display orientation, at ``box``."""
        best = probabilities.argmax(axis=0)
        sure = np.take_along_axis(probabilities, best[None], axis=0)[0]
        to_display(take_slice(self.label_map, self._plane, index))[box] = self._values[best]
        to_display(take_slice(self.confidence, self._plane, index))[box] = np.rint(255 * np.clip(sure, 0, 1))
        for channel, volume in enumerate((self.probabilities or {}).values(), start=1):
            to_display(take_slice(volume, self._plane, index))[box] = probabilities[channel]

    def put_background(self, where: np.ndarray) -> None:
        """Take the labels of (X, Y, Z) voxels away; half sure at most, since the model saw a label there."""
        self.label_map[where] = 0
        self.confidence[where] = np.minimum(self.confidence[where], HALF_SURE)

    def put_painted(self, index: int, image: np.ndarray) -> None:
        """A painted slice, (rows, columns) label map in display orientation."""
        take_slice(self.label_map, self._plane, index)[...] = from_display(image)
        take_slice(self.confidence, self._plane, index)[...] = 255
        for code, volume in (self.probabilities or {}).items():
            take_slice(volume, self._plane, index)[...] = from_display(image == code)
