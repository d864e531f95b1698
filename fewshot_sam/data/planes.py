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
    """The canonical 2D slice ``index`` of a volume's array.

    Args:
        array: canonical (X, Y, Z) of any dtype.
        plane: the plane of the slice.
        index: along the plane's canonical axis, from 0.

    Returns:
        A view of the same dtype: axial (X, Y), coronal (X, Z), sagittal (Y, Z).
    """
    return array[tuple(index if axis == plane.axis else slice(None) for axis in range(3))]


def to_display(slice2d: np.ndarray) -> np.ndarray:
    """A canonical 2D slice as rows and columns of a screen, radiological convention.

    Args:
        slice2d: (A, B) of any dtype in canonical axis order, see :func:`take_slice`.

    Returns:
        (rows, columns) of the same dtype, a view; :func:`from_display` is the inverse. Row 0 is anterior
        (axial) or superior (coronal, sagittal); column 0 is the patient's right (axial, coronal) or
        anterior (sagittal).
    """
    return slice2d[::-1, ::-1].T


def from_display(image: np.ndarray) -> np.ndarray:
    """Inverse of :func:`to_display`: (rows, columns) of any dtype to the canonical (A, B) slice, a view."""
    return image.T[::-1, ::-1]


def stack_view(array: np.ndarray, plane: Plane) -> np.ndarray:
    """All slices of a plane as :func:`to_display` shows each.

    Args:
        array: canonical (X, Y, Z) of any dtype.

    Returns:
        (slices, rows, columns) of the same dtype, a view.
    """
    columns, rows = (axis for axis in range(3) if axis != plane.axis)
    return array.transpose(plane.axis, rows, columns)[:, ::-1, ::-1]


def canonical_orientation(affine: np.ndarray) -> np.ndarray:
    """The nibabel orientation that takes a grid to RAS+.

    Args:
        affine: (4, 4) float64, voxel index to world position in any unit, RAS+.

    Returns:
        (3, 2) float64: for each axis of the grid its canonical axis, and -1 where it is flipped, else 1.

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
    """Permute and flip an array to the canonical grid; no resampling.

    Args:
        array: (I, J, K) of any dtype on the source grid.
        orientation: (3, 2) float64 from :func:`canonical_orientation`.

    Returns:
        (X, Y, Z) of the same dtype, a view.
    """
    return nio.apply_orientation(array, orientation)


def from_canonical(array: np.ndarray, orientation: np.ndarray) -> np.ndarray:
    """Inverse of :func:`to_canonical`: (X, Y, Z) of any dtype to (I, J, K), a view.

    Args:
        array: on the canonical grid.
        orientation: (3, 2) float64, the same as for :func:`to_canonical`.
    """
    identity = np.array([[0, 1], [1, 1], [2, 1]])
    return nio.apply_orientation(array, nio.ornt_transform(identity, orientation))


def canonical_affine(affine: np.ndarray, shape: tuple[int, ...], orientation: np.ndarray) -> np.ndarray:
    """The affine of the canonical grid of a source grid.

    Args:
        affine: (4, 4) float64 of the source grid.
        shape: its voxels along (I, J, K).
        orientation: (3, 2) float64 from :func:`canonical_orientation`.

    Returns:
        (4, 4) float64 in the unit of ``affine``.
    """
    return affine @ nio.inv_ornt_aff(orientation, shape)


def painted_indices(label_map: np.ndarray, plane: Plane) -> list[int]:
    """Canonical indices of the slices that hold a label.

    Args:
        label_map: canonical (X, Y, Z), any integer dtype, 0 is background.
        plane: of the slices.
    """
    others = tuple(axis for axis in range(3) if axis != plane.axis)
    return np.flatnonzero((label_map != 0).any(axis=others)).tolist()
