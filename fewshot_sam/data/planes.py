"""Planes, canonical orientation, and the way slices are shown on a screen.

The canonical grid is the source grid with its axes permuted and flipped (never resampled) so
that axis 0 runs closest to Right, axis 1 to Anterior and axis 2 to Superior (RAS+).
"""

from __future__ import annotations

from enum import StrEnum

import nibabel.orientations as nio
import numpy as np

from fewshot_sam.errors import GeometryError


class Plane(StrEnum):
    """An anatomical plane, named by the canonical axis its slices are stacked along."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"

    @property
    def axis(self) -> int:
        """Canonical axis of the plane's normal: sagittal 0, coronal 1, axial 2."""
        return {"sagittal": 0, "coronal": 1, "axial": 2}[self.value]

    @classmethod
    def of_axis(cls, axis: int) -> Plane:
        """The plane whose normal is the canonical ``axis`` (0, 1 or 2)."""
        return (cls.SAGITTAL, cls.CORONAL, cls.AXIAL)[axis]


def take_slice(array: np.ndarray, plane: Plane, index: int) -> np.ndarray:
    """The canonical 2D slice ``index`` of a canonical (X, Y, Z) array; a view.

    Axis order of the result: axial (X, Y), coronal (X, Z), sagittal (Y, Z).
    """
    return array[tuple(index if axis == plane.axis else slice(None) for axis in range(3))]


def to_display(slice2d: np.ndarray) -> np.ndarray:
    """A canonical 2D slice as rows and columns of a screen, radiological convention.

    Row 0 is anterior (axial) or superior (coronal, sagittal); column 0 is the patient's right
    (axial, coronal) or anterior (sagittal). A view; :func:`from_display` is the inverse.
    """
    return slice2d[::-1, ::-1].T


def from_display(image: np.ndarray) -> np.ndarray:
    """Inverse of :func:`to_display`: screen rows and columns to the canonical 2D slice."""
    return image.T[::-1, ::-1]


def canonical_orientation(affine: np.ndarray) -> np.ndarray:
    """The (3, 2) nibabel orientation that takes a grid with this affine to RAS+.

    Raises:
        GeometryError: if the affine is not finite, or its axes do not span three directions.
    """
    if not np.isfinite(affine).all() or not _spans_space(affine[:3, :3]):
        raise GeometryError(
            "The image's affine must be finite and invertible, but it is not. "
            "Re-export the image with a valid position and orientation."
        )
    return nio.io_orientation(affine)


def _spans_space(axes: np.ndarray) -> bool:
    """Whether the columns are three different directions, whatever the voxel size."""
    lengths = np.linalg.norm(axes, axis=0)
    return bool((lengths > 0).all() and abs(np.linalg.det(axes / lengths)) > 1e-6)


def to_canonical(array: np.ndarray, orientation: np.ndarray) -> np.ndarray:
    """Permute and flip a source-grid (I, J, K) array to the canonical grid; no resampling."""
    return nio.apply_orientation(array, orientation)


def from_canonical(array: np.ndarray, orientation: np.ndarray) -> np.ndarray:
    """Inverse of :func:`to_canonical` for the same ``orientation``."""
    identity = np.array([[0, 1], [1, 1], [2, 1]])
    return nio.apply_orientation(array, nio.ornt_transform(identity, orientation))


def canonical_affine(affine: np.ndarray, shape: tuple[int, ...], orientation: np.ndarray) -> np.ndarray:
    """The (4, 4) affine of the canonical grid of a source grid with this affine and shape."""
    return affine @ nio.inv_ornt_aff(orientation, shape)
