"""Metrics against values worked out by hand."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fewshot_sam.evaluation import metrics

SPACING_MM = (2.0, 3.0, 5.0)


def box(*spans: tuple[int, int], shape: tuple[int, int, int] = (10, 9, 8)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[tuple(slice(*span) for span in spans)] = True
    return mask


EMPTY = box((0, 0), (0, 0), (0, 0))
VOXEL = box((2, 3), (2, 3), (2, 3))


def test_overlap_of_two_boxes() -> None:
    mask, reference = box((0, 4), (0, 2), (0, 1)), box((2, 6), (0, 2), (0, 1))
    assert metrics.dice(mask, reference) == pytest.approx(2 * 4 / 16)
    assert metrics.iou(mask, reference) == pytest.approx(4 / 12)


def test_overlap_with_empty_masks() -> None:
    assert metrics.dice(EMPTY, EMPTY) == metrics.iou(EMPTY, EMPTY) == 1.0
    assert metrics.dice(VOXEL, EMPTY) == metrics.iou(EMPTY, VOXEL) == 0.0


@pytest.mark.parametrize(("axis", "distance_mm"), [(0, 2 * 2.0), (1, 2 * 3.0), (2, 2 * 5.0)])
def test_surface_distance_of_two_voxels_is_in_mm(axis: int, distance_mm: float) -> None:
    moved = np.roll(VOXEL, 2, axis=axis)
    assert metrics.assd_mm(VOXEL, moved, SPACING_MM) == pytest.approx(distance_mm)
    assert metrics.hd95_mm(VOXEL, moved, SPACING_MM) == pytest.approx(distance_mm)


def test_average_and_percentile_of_surface_distances() -> None:
    """A row of 3 voxels against its first: distances 0, 1, 2 one way and 0 the other, times 2 mm."""
    row = box((2, 5), (2, 3), (2, 3))
    assert metrics.assd_mm(row, VOXEL, SPACING_MM) == pytest.approx((0 + 2 + 4 + 0) / 4)
    assert metrics.hd95_mm(row, VOXEL, SPACING_MM) == pytest.approx(np.percentile([0, 2, 4, 0], 95))


def test_the_inside_of_a_mask_is_no_surface() -> None:
    """5 x 5 x 5 against its middle voxel: 98 surface voxels one way, 1 voxel the other."""
    cube, middle = box((0, 5), (0, 5), (0, 5)), box((2, 3), (2, 3), (2, 3))
    offsets = np.argwhere(cube & ~box((1, 4), (1, 4), (1, 4))) - 2
    there = np.linalg.norm(offsets * SPACING_MM, axis=1)
    assert len(there) == 98
    expected = (there.sum() + 2 * 2.0) / 99  # the middle's nearest surface voxel: 2 voxels of 2 mm
    assert metrics.assd_mm(cube, middle, SPACING_MM) == pytest.approx(expected)


def test_surface_distances_with_empty_masks() -> None:
    for distance in (metrics.assd_mm, metrics.hd95_mm):
        assert distance(EMPTY, EMPTY, SPACING_MM) == 0.0
        assert distance(VOXEL, EMPTY, SPACING_MM) == np.inf
        assert distance(EMPTY, VOXEL, SPACING_MM) == np.inf


def test_volume() -> None:
    assert metrics.volume_ml(box((0, 10), (0, 9), (0, 8)), SPACING_MM) == pytest.approx(720 * 30 / 1000)
    assert metrics.volume_ml(EMPTY, SPACING_MM) == 0.0


def test_evaluate_scores_each_label() -> None:
    label_map = np.where(VOXEL, 7, 0).astype(np.uint16)
    reference = np.where(np.roll(VOXEL, 1, axis=0), 7, 0).astype(np.uint16)
    reference[0, 0, 0] = 300
    scores = metrics.evaluate(label_map, reference, SPACING_MM)
    assert sorted(scores) == [7, 300]
    assert scores[7] == {
        "dice": 0.0,
        "iou": 0.0,
        "surface_dice": 1.0,
        "assd_mm": 2.0,
        "hd95_mm": 2.0,
        "volume_ml": pytest.approx(0.03),
        "reference_volume_ml": pytest.approx(0.03),
    }
    assert (scores[300]["dice"], scores[300]["assd_mm"], scores[300]["volume_ml"]) == (0.0, np.inf, 0.0)


def test_evaluate_only_what_is_asked_for() -> None:
    label_map = np.where(VOXEL, 7, 0).astype(np.uint16)
    scores = metrics.evaluate(label_map, label_map, SPACING_MM, [0, 7, 9])
    assert sorted(scores) == [7, 9]
    assert scores[7]["dice"] == scores[9]["dice"] == 1.0
    assert scores[9]["hd95_mm"] == 0.0


def test_evaluate_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match=r"one shape, got \(2, 2, 2\) and \(3, 3, 3\)"):
        metrics.evaluate(np.zeros((2, 2, 2), int), np.zeros((3, 3, 3), int), SPACING_MM)


@given(st.integers(0, 2**27 - 1), st.integers(0, 2**27 - 1))
def test_metrics_are_symmetric_and_perfect_on_themselves(first: int, second: int) -> None:
    masks = [
        np.array([value >> bit & 1 for bit in range(27)], bool).reshape(3, 3, 3) for value in (first, second)
    ]
    for metric in (metrics.dice, metrics.iou, partial(metrics.surface_dice, spacing_mm=SPACING_MM)):
        assert metric(*masks) == metric(*masks[::-1])
        assert 0 <= metric(*masks) <= 1 == metric(masks[0], masks[0])
    for distance in (metrics.assd_mm, metrics.hd95_mm):
        assert distance(*masks, SPACING_MM) == pytest.approx(distance(*masks[::-1], SPACING_MM))
        assert distance(masks[0], masks[0], SPACING_MM) == 0.0
    assert metrics.dice(*masks) == pytest.approx(2 * metrics.iou(*masks) / (1 + metrics.iou(*masks)))
