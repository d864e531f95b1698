"""A scalar volume on its canonical grid, with the source grid kept beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from fewshot_sam.data import planes as geometry
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import GeometryError

Modality = Literal["CT", "MR", "OT"]


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
    """

    shape: tuple[int, int, int]
    affine: np.ndarray
    spatial_unit: str = "mm"
    qform_code: int = 0
    sform_code: int = 2
    qform_affine: np.ndarray | None = None

    def to_dict(self) -> dict[str, Any]:
        """This grid as plain JSON values, exact; :meth:`from_dict` is the inverse."""
        return {
            "shape": list(self.shape),
            "affine": np.asarray(self.affine, np.float64).tolist(),
            "spatial_unit": self.spatial_unit,
            "qform_code": self.qform_code,
            "sform_code": self.sform_code,
            "qform_affine": None if self.qform_affine is None else np.asarray(self.qform_affine).tolist(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SourceGrid:
        """The grid that :meth:`to_dict` described."""
        i, j, k = values["shape"]
        qform = values.get("qform_affine")
        return cls(
            shape=(i, j, k),
            affine=np.array(values["affine"], np.float64),
            spatial_unit=values["spatial_unit"],
            qform_code=values["qform_code"],
            sform_code=values["sform_code"],
            qform_affine=None if qform is None else np.array(qform, np.float64),
        )

    @cached_property
    def orientation(self) -> np.ndarray:
        """(3, 2) nibabel orientation from this grid to the canonical one."""
        return geometry.canonical_orientation(self.affine)

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
        """(4, 4) affine of the canonical grid, in millimetres."""
        affine = geometry.canonical_affine(self.affine, self.shape, self.orientation)
        return np.diag([self.unit_mm] * 3 + [1.0]) @ affine

    def to_canonical(self, array: np.ndarray) -> np.ndarray:
        """An (I, J, K) array of this grid on the canonical (X, Y, Z) grid; a view.

        Raises:
            GeometryError: if the array's shape is not this grid's.
        """
        if array.shape != tuple(self.shape):
            raise GeometryError(f"The array must have the grid's shape {self.shape}, got {array.shape}.")
        return geometry.to_canonical(array, self.orientation)

    def from_canonical(self, array: np.ndarray) -> np.ndarray:
        """Inverse of :meth:`to_canonical`."""
        source = geometry.from_canonical(array, self.orientation)
        if source.shape != tuple(self.shape):
            raise GeometryError(f"The array must fill the grid's shape {self.shape}, got {source.shape}.")
        return source

    def canonical_index(self, plane: Plane, stored_index: int) -> int:
        """Canonical slice index of a 0-based index along the stored axis closest to the plane's normal."""
        stored_axis = self.stored_axis(plane)
        length = self.shape[stored_axis]
        if not 0 <= stored_index < length:
            raise GeometryError(f"Slice {stored_index} must be from 0 to {length - 1} in the {plane} plane.")
        flipped = self.orientation[stored_axis, 1] < 0
        return length - 1 - stored_index if flipped else stored_index

    def stored_axis(self, plane: Plane) -> int:
        """The stored axis (0, 1 or 2) closest to the plane's normal."""
        return int(np.flatnonzero(self.orientation[:, 0] == plane.axis)[0])


@dataclass(frozen=True, eq=False)
class Volume:
    """A scalar 3D image.

    Attributes:
        voxels: canonical (X, Y, Z), int16 where exact, else float32; CT in HU. Not to be written to.
        source: the grid the image was stored on.
        modality: "CT", "MR" or "OT" (other).
        name: what people call it, usually the file's name without its ending.
        acquisition_plane: the plane the slices were acquired in, None where the format does not say.
    """

    voxels: np.ndarray
    source: SourceGrid
    modality: Modality = "OT"
    name: str = "volume"
    acquisition_plane: Plane | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along Right, Anterior, Superior."""
        x, y, z = self.voxels.shape
        return x, y, z

    @cached_property
    def affine(self) -> np.ndarray:
        """(4, 4) float64: canonical voxel index to world position in mm, RAS+."""
        return self.source.canonical_affine

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Voxel size along the canonical axes in mm."""
        x, y, z = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(x), float(y), float(z)

    @property
    def default_plane(self) -> Plane:
        """The plane to annotate: acquired, else across a clearly coarser axis, else axial."""
        if self.acquisition_plane is not None:
            return self.acquisition_plane
        spacing = np.asarray(self.spacing_mm)
        coarsest = int(np.argmax(spacing))
        others = np.delete(spacing, coarsest)
        return Plane.of_axis(coarsest) if spacing[coarsest] > 1.5 * others.max() else Plane.AXIAL

    def slice_count(self, plane: Plane) -> int:
        """Number of slices stacked along the plane's normal."""
        return self.shape[plane.axis]

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) of voxels, dtype, shape and canonical affine; the key of caches.

        The voxels count in X-fastest order, so the memory layout does not matter, and volumes as
        the readers make them (Fortran order) are not copied.
        """
        digest = start_content_hash(self.voxels.dtype, self.shape, self.affine)
        for k in range(self.shape[2]):  # a slice at a time: another layout is not copied whole
            digest.update(np.ascontiguousarray(self.voxels[:, :, k].T).data)
        return digest.hexdigest()


def start_content_hash(dtype: np.dtype, shape: tuple[int, int, int], affine: np.ndarray) -> hashlib._Hash:
    """The digest behind :attr:`Volume.content_hash`, to be updated with the voxels, X fastest.

    Args:
        dtype, shape: of the voxels.
        affine: (4, 4) canonical voxel index to world position in mm.
    """
    digest = hashlib.sha256(f"{dtype.str}{shape}".encode())
    digest.update((np.round(affine, 6) + 0.0).astype("<f8").tobytes())
    return digest
