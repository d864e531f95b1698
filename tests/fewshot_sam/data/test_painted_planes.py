"""The plane that was painted, told from the paint."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fewshot_sam.data.painted_planes import painted_plane, painted_planes
from fewshot_sam.data.planes import Plane, painted_indices
from fewshot_sam.errors import PlaneChoiceError

SHAPE = (40, 42, 44)
X, Y, Z = np.indices(SHAPE)
LIVER = ((X - 20) / 14) ** 2 + ((Y - 20) / 13) ** 2 + ((Z - 22) / 15) ** 2 < 1
KIDNEYS = (np.minimum(abs(X - 10), abs(X - 30)) / 6) ** 2 + ((Y - 20) / 7) ** 2 + ((Z - 22) / 12) ** 2 < 1
VESSELS = (X % 8 < 2) & (Y % 9 < 2) & (abs(X - 20) < 14) & (abs(Y - 20) < 14)


def painted(structure: np.ndarray, plane: Plane, indices: list[int]) -> np.ndarray:
    """A label map with some slices of a structure."""
    label_map = np.zeros(SHAPE, np.uint16)
    chosen = tuple(indices if axis == plane.axis else slice(None) for axis in range(3))
    label_map[chosen] = structure[chosen]
    return label_map


@pytest.mark.parametrize("plane", list(Plane))
@pytest.mark.parametrize("indices", [[20], [15, 25], [14, 18, 22, 26], [14, 15, 27, 28], [20, 21, 22]])
def test_slices_of_every_plane(plane: Plane, indices: list[int]) -> None:
    assert painted_planes(painted(LIVER, plane, indices)) == (plane,)


@pytest.mark.parametrize("indices", [[20], [15, 25], [14, 15, 27, 28], [20, 21, 22]])
def test_a_gap_between_structures_is_none_between_slices(indices: list[int]) -> None:
    assert painted_planes(painted(KIDNEYS, Plane.AXIAL, indices)) == (Plane.AXIAL,)


def test_thin_vessels_on_single_slices() -> None:
    assert painted_planes(painted(VESSELS, Plane.AXIAL, [8, 20, 33])) == (Plane.AXIAL,)


@pytest.mark.parametrize("structure", [LIVER, KIDNEYS], ids=["liver", "kidneys"])
def test_whole_structures_say_nothing_of_a_plane(structure: np.ndarray) -> None:
    assert painted_planes(structure.astype(np.uint8)) == ()
    assert painted_plane(structure.astype(np.uint8), Plane.CORONAL) == Plane.CORONAL


def test_single_voxels_and_nothing_say_nothing_either() -> None:
    label_map = np.zeros(SHAPE, np.uint8)
    assert painted_planes(label_map) == ()
    label_map[5, 6, 8] = label_map[9, 22, 30] = 1
    assert painted_planes(label_map) == ()


def crossed(label_map: np.ndarray) -> None:
    label_map[20], label_map[:, :, 20] = LIVER[20], LIVER[:, :, 20]


def rods(label_map: np.ndarray) -> None:
    label_map[5:30:6, 5:30:6, 8:30] = 3


def line(label_map: np.ndarray) -> None:
    label_map[5, 6, 8:30] = 1


@pytest.mark.parametrize(
    ("paint", "planes"),
    [
        (crossed, {Plane.AXIAL, Plane.SAGITTAL}),
        (rods, {Plane.CORONAL, Plane.SAGITTAL}),
        (line, {Plane.CORONAL, Plane.SAGITTAL}),
    ],
)
def test_paint_that_fits_two_planes(paint: Callable[[np.ndarray], None], planes: set[Plane]) -> None:
    label_map = np.zeros(SHAPE, np.uint8)
    paint(label_map)
    assert set(painted_planes(label_map)) == planes
    with pytest.raises(PlaneChoiceError, match=r"fits 2: .* slices?.* and .*--plane") as caught:
        painted_plane(label_map, Plane.AXIAL)
    assert {choice.plane for choice in caught.value.choices} == planes
    for choice in caught.value.choices:
        assert choice.slices == len(painted_indices(label_map, Plane(choice.plane)))


def test_the_label_map_is_not_changed() -> None:
    label_map = painted(LIVER, Plane.AXIAL, [3, 20])
    before = label_map.copy()
    painted_planes(label_map)
    np.testing.assert_array_equal(label_map, before)
