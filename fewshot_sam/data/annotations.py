"""The painted slices of one volume: the few shots that a method learns from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from fewshot_sam.data.planes import Plane, painted_indices, take_slice


@dataclass(frozen=True, eq=False)
class SparseAnnotations:
    """Label maps of some slices of one plane of a volume.

    Attributes:
        plane: the plane of the slices.
        slices: canonical slice index to a 2D label map (canonical axis order, see
            :func:`fewshot_sam.data.planes.take_slice`), unsigned integer, 0 is background. A slice
            that is all 0 was reviewed and holds nothing.

    Example:
        >>> import numpy as np
        >>> from fewshot_sam.data.annotations import SparseAnnotations
        >>> from fewshot_sam.data.planes import Plane
        >>> label_map = np.zeros((16, 16, 9), np.uint8)
        >>> label_map[4:9, 5:11, 3] = 1  # label 1 is painted on axial slice 3
        >>> annotations = SparseAnnotations.from_label_map(label_map, Plane.AXIAL, reviewed=[0])
        >>> sorted(annotations.slices), annotations.codes
        ([0, 3], (1,))
        >>> annotations.slices[3].shape, annotations.slices[3].dtype
        ((16, 16), dtype('uint8'))
    """

    plane: Plane
    slices: Mapping[int, np.ndarray]

    @classmethod
    def from_label_map(
        cls, label_map: np.ndarray, plane: Plane, reviewed: Iterable[int] = ()
    ) -> SparseAnnotations:
        """The slices of a label map that hold a label, and those that were reviewed.

        Args:
            label_map: canonical (X, Y, Z), any unsigned integer dtype, 0 is background.
            plane: the plane whose slices are taken.
            reviewed: canonical indices of slices to take too, although they may hold nothing.

        Returns:
            Copies of the slices, in the dtype of ``label_map``.
        """
        painted = {*painted_indices(label_map, plane), *reviewed}
        return cls(plane, {index: take_slice(label_map, plane, index).copy() for index in sorted(painted)})

    @property
    def codes(self) -> tuple[int, ...]:
        """The label codes painted on any slice, ascending, without background."""
        found: set[int] = set()
        for label_map in self.slices.values():
            found.update(np.unique(label_map).tolist())
        return tuple(sorted(found - {0}))
