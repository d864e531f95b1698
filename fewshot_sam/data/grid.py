"""The grid a volume was stored on, and its conversion to and from the canonical grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fewshot_sam.data import planes
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.resolution import half_shape
from fewshot_sam.errors import GeometryError


@dataclass(frozen=True, eq=False)
class SourceGrid:
    """The grid a volume was stored on, as exports must restore it.

    Attributes:
        shape: voxels along the stored axes (I, J, K).
        affine: (4, 4) float64, stored voxel index to world position (RAS+) in ``spatial_unit``.
        spatial_unit: NIfTI's "mm", "meter", "micron" or "unknown".
        qform_code, sform_code: the NIfTI codes to write back; 0 to 5. Both 0 means that the file
            states no orientation (see :mod:`fewshot_sam.io.formats.nifti`).
        qform_affine: (4, 4) what the file's qform says where that is not ``affine``; else None.
        nifti_placement: pixdim[0] to [3], quatern_b to _d, qoffset_x to _z, srow_x, _y and _z as a NIfTI file
            states them, written back as they are; None of other formats and volumes of earlier versions.
        full: the grid of the file where the volume was opened at half resolution, on which exports are; else
            None.
    """

    shape: tuple[int, int, int]
    affine: np.ndarray
    spatial_unit: str = "mm"
    qform_code: int = 0
    sform_code: int = 2
    qform_affine: np.ndarray | None = None
    nifti_placement: tuple[float, ...] | None = None
    full: SourceGrid | None = None

    def halved(self) -> SourceGrid:
        """The grid of half resolution: voxels of 2 x 2 x 2 of this one's, their centres between them."""
        shape = half_shape(self.shape)
        affine = np.array(self.affine, np.float64)
        for axis, length in enumerate(self.shape):
            if length > 1:
                affine[:3, 3] += affine[:3, axis] / 2
                affine[:3, axis] *= 2
        return SourceGrid(shape, affine, self.spatial_unit, self.qform_code, self.sform_code, full=self)

    @property
    def of_file(self) -> SourceGrid:
        """The grid of the file, which label maps and exports are on."""
        return self.full or self

    def to_dict(self) -> dict[str, Any]:
        """This grid as plain JSON values, exact; :meth:`from_dict` is the inverse."""
        return {
            "shape": list(self.shape),
            "affine": np.asarray(self.affine, np.float64).tolist(),
            "spatial_unit": self.spatial_unit,
            "qform_code": self.qform_code,
            "sform_code": self.sform_code,
            "qform_affine": None if self.qform_affine is None else np.asarray(self.qform_affine).tolist(),
            "nifti_placement": None if self.nifti_placement is None else list(self.nifti_placement),
            **({} if self.full is None else {"full": self.full.to_dict()}),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SourceGrid:
        """The grid that :meth:`to_dict` described."""
        if values.get("full"):
            return cls.from_dict(values["full"]).halved()
        i, j, k = values["shape"]
        qform, stated = values.get("qform_affine"), values.get("nifti_placement")
        return cls(
            shape=(i, j, k),
            affine=np.array(values["affine"], np.float64),
            spatial_unit=values["spatial_unit"],
            qform_code=values["qform_code"],
            sform_code=values["sform_code"],
            qform_affine=None if qform is None else np.array(qform, np.float64),
            nifti_placement=None if stated is None else tuple(stated),
        )

    @cached_property
    def orientation(self) -> np.ndarray:
        """(3, 2) float64, the nibabel orientation from this grid to the canonical one."""
        return planes.canonical_orientation(self.affine)

    @property
    def canonical_shape(self) -> tuple[int, int, int]:
        """Voxels along Right, Anterior, Superior of the canonical grid."""
        x, y, z = (self.shape[axis] for axis in np.argsort(self.orientation[:, 0]))
        return x, y, z

    @property
    def unit_mm(self) -> float:
        """Millimetres in one ``spatial_unit``; unknown counts as millimetres."""
        return {"meter": 1000.0, "micron": 1e-3}.get(self.spatial_unit, 1.0)

    @property
    def canonical_affine(self) -> np.ndarray:
        """(4, 4) float64: canonical voxel index to world position in mm, RAS+."""
        affine = planes.canonical_affine(self.affine, self.shape, self.orientation)
        return np.diag([self.unit_mm] * 3 + [1.0]) @ affine

    def to_canonical(self, array: np.ndarray) -> np.ndarray:
        """Permute and flip an array of this grid to the canonical one.

        Args:
            array: (I, J, K) of any dtype.

        Returns:
            (X, Y, Z) of the same dtype; a view.

        Raises:
            GeometryError: if the array's shape is not this grid's.
        """
        if array.shape != tuple(self.shape):
            raise GeometryError(f"The array must have the grid's shape {self.shape}, got {array.shape}.")
        return planes.to_canonical(array, self.orientation)

    def from_canonical(self, array: np.ndarray) -> np.ndarray:
        """Inverse of :meth:`to_canonical`: an (X, Y, Z) array of any dtype to a view of (I, J, K).

        Raises:
            GeometryError: if the array does not fill this grid.
        """
        source = planes.from_canonical(array, self.orientation)
        if source.shape != tuple(self.shape):
            raise GeometryError(f"The array must fill the grid's shape {self.shape}, got {source.shape}.")
        return source

    def canonical_index(self, plane: Plane, stored_index: int) -> int:
        """Canonical slice index of a 0-based index along the stored axis closest to the plane's normal.

        Raises:
            GeometryError: if there is no such slice.
        """
        stored_axis = self.stored_axis(plane)
        length = self.shape[stored_axis]
        if not 0 <= stored_index < length:
            raise GeometryError(f"Slice {stored_index} must be from 0 to {length - 1} in the {plane} plane.")
        flipped = self.orientation[stored_axis, 1] < 0
        return length - 1 - stored_index if flipped else stored_index

    def stored_axis(self, plane: Plane) -> int:
        """The stored axis (0, 1 or 2) closest to the plane's normal."""
        return int(np.flatnonzero(self.orientation[:, 0] == plane.axis)[0])
