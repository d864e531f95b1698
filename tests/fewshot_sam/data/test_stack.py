"""Stacks of displayed slices."""

from __future__ import annotations

import pytest

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.stack import StackAxes, depth_mm
from tests.fewshot_sam.toy_encoder import truth, volume_of

SPACING_MM = (1.0, 2.0, 3.0)
VOLUME = volume_of(truth((12, 10, 8)), SPACING_MM)


@pytest.mark.parametrize("plane", Plane)
def test_a_stack_has_the_axes_of_displayed_slices(plane: Plane) -> None:
    axes = StackAxes.of(VOLUME, plane)
    displayed = to_display(take_slice(VOLUME.voxels, plane, 0))
    assert axes.shape == (VOLUME.slice_count(plane), *displayed.shape)
    assert axes.order[0] == plane.axis
    assert axes.spacing_mm(VOLUME) == tuple(SPACING_MM[axis] for axis in axes.order)


@pytest.mark.parametrize(
    ("plane", "length_mm"), [(Plane.SAGITTAL, 12), (Plane.CORONAL, 20), (Plane.AXIAL, 24)]
)
def test_depth_is_the_length_across_the_slices(plane: Plane, length_mm: float) -> None:
    assert depth_mm(VOLUME, plane) == length_mm
