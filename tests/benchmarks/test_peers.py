"""Peers on a slanted tube: each must find what lies between two painted slices."""

from itertools import pairwise

import numpy as np
import pytest

from benchmarks.peers import PEERS
from benchmarks.protocol import annotate
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window

CODE = 300
WINDOW = Window(0.0, 100.0)


def tube(plane: Plane) -> tuple[Volume, np.ndarray]:
    """A bright square that moves one pixel a slice, and its label map; slices along the plane's axis."""
    label_map = np.zeros((9, 28, 32), np.uint16)
    for index in range(1, 8):
        label_map[index, 6 + index : 16 + index, 8:18] = CODE
    label_map = np.moveaxis(label_map, 0, plane.axis)
    voxels = np.where(label_map > 0, 80, 10).astype(np.int16)
    x, y, z = voxels.shape
    return Volume(voxels, SourceGrid((x, y, z), np.eye(4))), label_map


def dice(found: np.ndarray, wanted: np.ndarray) -> float:
    common = ((found == CODE) & (wanted == CODE)).sum()
    return float(2 * common / ((found == CODE).sum() + (wanted == CODE).sum()))


@pytest.mark.parametrize("plane", list(Plane))
@pytest.mark.parametrize(
    ("name", "min_dice"),
    [("signed_distance", 0.8), ("signed_distance_extended", 0.8), ("random_walker", 0.95)],
)
def test_fills_between_painted_slices(name: str, min_dice: float, plane: Plane) -> None:
    volume, reference = tube(plane)
    painted = annotate(reference, plane, (2, 6))
    found = PEERS[name].segment(volume, WINDOW, painted, (CODE,))
    assert found.shape == volume.shape
    assert found.dtype == np.uint16
    assert set(np.unique(found)) == {0, CODE}
    assert dice(found, reference) > min_dice


@pytest.mark.parametrize("name", ["signed_distance", "signed_distance_extended", "random_walker"])
def test_painted_slices_come_back_unchanged(name: str) -> None:
    volume, reference = tube(Plane.AXIAL)
    found = PEERS[name].segment(volume, WINDOW, annotate(reference, Plane.AXIAL, (1, 4, 7)), (CODE,))
    for index in (1, 4, 7):
        np.testing.assert_array_equal(found[:, :, index], reference[:, :, index])


def test_morphological_fills_between_painted_slices() -> None:
    pytest.importorskip("itk", reason="benchmarks/requirements.txt is not installed")
    volume, reference = tube(Plane.CORONAL)
    painted = annotate(reference, Plane.CORONAL, (2, 6))
    found = PEERS["morphological"].segment(volume, WINDOW, painted, (CODE,))
    assert dice(found, reference) > 0.75
    assert not found[:, 0].any()


@pytest.mark.parametrize("plane", [Plane.AXIAL, Plane.SAGITTAL])
def test_sam_box_follows_its_oracle_on_every_slice(plane: Plane) -> None:
    volume, reference = tube(plane)
    everything = annotate(reference, plane, tuple(range(9)))
    found = PEERS["sam_box"].segment(volume, WINDOW, everything, (CODE,))
    assert dice(found, reference) > 0.9


def test_sam_point_asks_at_the_thickest_place() -> None:
    from benchmarks.peers.sam_prompts import inner_points, tight_box

    mask = np.zeros((20, 20), bool)
    mask[4:9, 6:11] = True
    assert inner_points(mask).points == ((8.5, 6.5, True),)  # the centre of pixel (8, 6)
    assert tight_box(mask).box == (6.0, 4.0, 11.0, 9.0)


def test_further_points_keep_away_from_the_border_and_from_each_other() -> None:
    from benchmarks.peers.sam_prompts import inner_points

    mask = np.zeros((12, 40), bool)
    mask[2:9, 2:37] = True  # 7 rows: as deep as can be in row 5
    points = inner_points(mask, 3).points
    assert len(set(points)) == 3 and all(inside for _, _, inside in points)
    assert {row for _, row, _ in points} == {5.5}
    columns = sorted(column for column, _, _ in points)
    assert min(after - before for before, after in pairwise(columns)) >= 4
    mask[:] = False
    mask[3, 4:6] = True
    assert inner_points(mask, 5).points == ((4.5, 3.5, True), (5.5, 3.5, True))


def test_the_noise_floor_is_the_reference_but_for_its_surface() -> None:
    volume, reference = tube(Plane.AXIAL)
    reference[20, 25, 4] = 9  # a single voxel is no match for a blur
    found = PEERS["noise_floor"].segment(
        volume, WINDOW, annotate(reference, Plane.AXIAL, tuple(range(9))), (CODE, 9)
    )
    assert 0.8 < dice(found, reference) < 1.0
    assert set(np.unique(found)) == {0, CODE}
    half = np.zeros((12, 12, 12), np.uint16)
    half[:6], half[6:] = 1, 2  # two labels that meet stay where they are
    whole = annotate(half, Plane.AXIAL, tuple(range(12)))
    volume = Volume(half.astype(np.int16), SourceGrid((12, 12, 12), np.eye(4)))
    np.testing.assert_array_equal(PEERS["noise_floor"].segment(volume, WINDOW, whole, (1, 2)), half)


def test_an_unpainted_label_stays_empty() -> None:
    volume, reference = tube(Plane.AXIAL)
    painted = SparseAnnotations(Plane.AXIAL, {4: reference[:, :, 4]})
    for name in ("signed_distance", "random_walker"):
        assert not (PEERS[name].segment(volume, WINDOW, painted, (CODE, 9)) == 9).any()
