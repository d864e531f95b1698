"""Where labels are looked for: around what is painted, on all three axes."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.embeddings.painted_region import PaintedRegion
from tests.fewshot_sam.toy_encoder import volume_of

SHAPE, SPACING_MM = (200, 150, 100), (1.0, 2.0, 4.0)


def region_of(labels: np.ndarray, plane: Plane, slices: tuple[int, ...]) -> PaintedRegion:
    scan = volume_of(labels, SPACING_MM)
    painted = {index: to_display(take_slice(labels, plane, index)) for index in slices}
    return PaintedRegion.of(scan, plane, painted)


@pytest.fixture
def labels() -> np.ndarray:
    labels = np.zeros(SHAPE, np.uint16)
    labels[90:110, 60:71, 40:61] = 3
    return labels


@pytest.mark.parametrize("plane", Plane)
def test_it_reaches_40_mm_around_what_is_painted(labels: np.ndarray, plane: Plane) -> None:
    held = {Plane.AXIAL: (40, 50, 60), Plane.CORONAL: (60, 65, 70), Plane.SAGITTAL: (90, 100, 109)}[plane]
    region = region_of(labels, plane, held)
    assert region.slices == held
    wanted = [range(50, 150), range(40, 91), range(30, 71)]
    if plane == Plane.AXIAL:  # 1.5 gaps of 10 slices are more than 40 mm
        wanted[2] = range(25, 76)
    assert region.spans == tuple(wanted)


def test_it_ends_where_the_volume_does(labels: np.ndarray) -> None:
    labels[:, :, 40:61] = 3
    spans = region_of(labels, Plane.AXIAL, (40, 50, 60)).spans
    assert spans is not None
    assert spans[:2] == (range(200), range(150))


@pytest.mark.parametrize("slices", [(), (50,), (50, 90)])
def test_one_slice_does_not_tell_how_far_labels_go(labels: np.ndarray, slices: tuple[int, ...]) -> None:
    """The slice 90 holds nothing."""
    assert region_of(labels, Plane.AXIAL, slices) == PaintedRegion(slices)


def test_reviewed_slices_without_labels_do_not_widen_it(labels: np.ndarray) -> None:
    with_empty = region_of(labels, Plane.AXIAL, (5, 40, 50, 60))
    assert with_empty.slices == (5, 40, 50, 60)
    assert with_empty.spans == region_of(labels, Plane.AXIAL, (40, 50, 60)).spans
    assert with_empty.everywhere() == PaintedRegion((5, 40, 50, 60))
