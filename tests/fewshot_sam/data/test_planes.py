"""Planes, canonical orientation and the way slices are shown."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fewshot_sam.data import planes as geometry
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import GeometryError
from tests.fewshot_sam.synthetic_files import all_axis_orientations, axis_affine


def test_planes_and_axes() -> None:
    assert [Plane.of_axis(axis) for axis in range(3)] == [Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL]
    assert all(Plane.of_axis(plane.axis) is plane for plane in Plane)
    assert Plane("axial") is Plane.AXIAL
    assert f"{Plane.CORONAL}" == "coronal"


@pytest.mark.parametrize(("plane", "shape"), [("axial", (2, 3)), ("coronal", (2, 4)), ("sagittal", (3, 4))])
def test_slices_are_views_in_canonical_axis_order(plane: str, shape: tuple[int, int]) -> None:
    array = np.arange(24).reshape(2, 3, 4)
    image = geometry.take_slice(array, Plane(plane), 1)
    assert image.shape == shape
    assert np.shares_memory(image, array)


def positions_along(axis: int, shape: tuple[int, int, int] = (3, 4, 5)) -> np.ndarray:
    return np.broadcast_to(np.arange(shape[axis]).reshape([-1 if a == axis else 1 for a in range(3)]), shape)


@pytest.mark.parametrize(
    ("plane", "row_axis", "column_axis"),
    [("axial", 1, 0), ("coronal", 2, 0), ("sagittal", 2, 1)],
)
def test_screen_orientation_is_radiological(plane: str, row_axis: int, column_axis: int) -> None:
    """Down is posterior or inferior, rightwards is the patient's left or posterior: coordinates fall."""
    rows = geometry.to_display(geometry.take_slice(positions_along(row_axis), Plane(plane), 0))
    columns = geometry.to_display(geometry.take_slice(positions_along(column_axis), Plane(plane), 0))
    assert (np.diff(rows, axis=0) == -1).all()
    assert (np.diff(columns, axis=1) == -1).all()


@pytest.mark.parametrize("plane", list(Plane))
def test_a_stack_holds_the_slices_as_they_are_shown(plane: Plane) -> None:
    array = np.arange(24).reshape(2, 3, 4)
    stack = geometry.stack_view(array, plane)
    assert np.shares_memory(stack, array)
    assert len(stack) == array.shape[plane.axis]
    for index, image in enumerate(stack):
        np.testing.assert_array_equal(image, geometry.to_display(geometry.take_slice(array, plane, index)))


@given(st.tuples(st.integers(1, 9), st.integers(1, 9)))
def test_display_is_invertible(shape: tuple[int, int]) -> None:
    image = np.arange(shape[0] * shape[1]).reshape(shape)
    np.testing.assert_array_equal(geometry.from_display(geometry.to_display(image)), image)
    np.testing.assert_array_equal(geometry.to_display(geometry.from_display(image)), image)


@pytest.mark.parametrize("codes", all_axis_orientations())
def test_canonical_grid_agrees_with_nibabel(codes: str) -> None:
    stored = np.arange(24).reshape(2, 3, 4)
    affine = axis_affine(codes)
    orientation = geometry.canonical_orientation(affine)
    expected = nib.as_closest_canonical(nib.Nifti1Image(stored.astype(np.int16), affine))
    np.testing.assert_array_equal(geometry.to_canonical(stored, orientation), np.asarray(expected.dataobj))
    found = geometry.canonical_affine(affine, stored.shape, orientation)
    np.testing.assert_allclose(found, expected.affine, atol=1e-9)
    canonical = geometry.to_canonical(stored, orientation)
    np.testing.assert_array_equal(geometry.from_canonical(canonical, orientation), stored)


@pytest.mark.parametrize(
    "affine",
    [
        np.zeros((4, 4)),
        np.diag([1.0, 1.0, 0.0, 1.0]),
        np.diag([1.0, np.nan, 1.0, 1.0]),
        np.array([[1.0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    ],
    ids=["zero", "flat", "nan", "coplanar"],
)
def test_affines_without_three_directions(affine: np.ndarray) -> None:
    with pytest.raises(GeometryError, match="must be finite and invertible"):
        geometry.canonical_orientation(affine)


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1e3])
def test_voxel_size_does_not_matter_for_orientation(scale: float) -> None:
    """Microscopy in metres has voxels of a millionth."""
    affine = np.diag([-scale, scale, scale, 1.0])
    np.testing.assert_array_equal(geometry.canonical_orientation(affine), [[0, -1], [1, 1], [2, 1]])
