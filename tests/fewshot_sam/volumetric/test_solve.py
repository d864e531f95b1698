"""Solving over the volume: painted slices stand, boxes hold all that is likely, large ones are reduced."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.methods.sam_decoder.inference import SamDecoderScores
from fewshot_sam.settings import PredictSettings, Settings
from fewshot_sam.volumetric.base import Problem, SliceStack
from fewshot_sam.volumetric.interpolation import DistanceInterpolation
from fewshot_sam.volumetric.random_walker import RandomWalkerStep, RandomWalkerWeights
from fewshot_sam.volumetric.solve import solve_volume

SHAPE = (9, 30, 40)
FRAMING = Framing((30, 40), (24, 32), (6, 8))
SETTINGS = Settings.for_method("sam_decoder").predict


def labels_of(index: int) -> np.ndarray:
    """A square of label 2 beside one of label 7, on slices 2 to 6."""
    image = np.zeros(SHAPE[1:], np.uint16)
    if 2 <= index <= 6:
        image[10:20, 12:20], image[10:20, 20:28] = 2, 7
    return image


def stack_of(painted: dict[int, np.ndarray]) -> SliceStack:
    return SliceStack(lambda index: labels_of(index) / np.float32(7), SHAPE, (3.0, 1.0, 1.0), painted, (2, 7))


def sure_logits() -> np.ndarray:
    """The truth as logits, from the pixels nearest to the mask's."""
    rows, columns = (np.arange(24) * 30 // 24), (np.arange(32) * 40 // 32)
    coarse = np.stack([labels_of(index)[np.ix_(rows, columns)] for index in range(SHAPE[0])])
    return np.stack([(coarse == code) * 12.0 - 6.0 for code in (0, 2, 7)], axis=1).astype(np.float16)


class FixedWeights(RandomWalkerStep):
    """The random walker with weights given."""

    def __init__(self, fixed: dict[int, RandomWalkerWeights]) -> None:
        self._fixed = fixed

    def weights(self, problem: Problem) -> dict[int, RandomWalkerWeights]:
        return self._fixed


def solve(
    painted: dict[int, np.ndarray],
    logits: np.ndarray | None = None,
    weights: dict[int, float] | None = None,
    settings: PredictSettings = SETTINGS,
) -> tuple[np.ndarray, tuple[slice, slice, slice]]:
    scores = SamDecoderScores(sure_logits() if logits is None else logits, FRAMING)
    walker = FixedWeights(
        {code: RandomWalkerWeights(gamma, 100.0) for code, gamma in (weights or {2: 0.25, 7: 0.25}).items()}
    )
    problem = Problem(stack_of(painted), settings)
    return solve_volume(scores, problem, [DistanceInterpolation(), walker])


def label_map(probabilities: np.ndarray, box: tuple[slice, slice, slice]) -> np.ndarray:
    result = np.zeros(SHAPE, np.uint16)
    result[box] = np.array([0, 2, 7])[probabilities.argmax(axis=0)]
    return result


def test_probabilities_of_every_class() -> None:
    probabilities, box = solve({3: labels_of(3), 5: labels_of(5)})
    assert probabilities.shape == (3, *(part.stop - part.start for part in box))
    assert probabilities.dtype == np.float16
    assert 0 <= probabilities.min() <= probabilities.max() <= 1
    found = label_map(probabilities, box)
    wanted = np.stack([labels_of(index) for index in range(SHAPE[0])])
    assert (found != wanted)[3:6].mean() < 0.01
    np.testing.assert_array_equal(found[[3, 5]], wanted[[3, 5]])


def test_the_box_holds_strokes_that_the_decoder_thinks_unlikely() -> None:
    stroke = labels_of(3)
    stroke[0, 0] = stroke[29, 39] = 7
    probabilities, box = solve({3: stroke})
    assert (box[1], box[2]) == (slice(0, 30), slice(0, 40))
    np.testing.assert_array_equal(label_map(probabilities, box)[3], stroke)


def test_the_box_leaves_out_where_nothing_is_likely() -> None:
    _, box = solve({3: labels_of(3)})
    assert box[1].start > 0 and box[1].stop < 30
    assert box[2].start > 0 and box[2].stop < 40
    assert box[0].start <= 2 and box[0].stop >= 7


def test_a_painted_empty_slice_holds_nothing() -> None:
    probabilities, box = solve({3: labels_of(3), 4: np.zeros(SHAPE[1:], np.uint16)})
    assert not label_map(probabilities, box)[4].any()


@pytest.mark.parametrize("voxels", [2000, 500])
def test_large_boxes_are_solved_at_a_lower_resolution(voxels: int) -> None:
    painted = {3: labels_of(3), 5: labels_of(5)}
    full = label_map(*solve(painted))
    reduced, box = solve(painted, settings=replace(SETTINGS, max_cells=voxels))
    assert reduced.shape == (3, *(part.stop - part.start for part in box))
    assert (label_map(reduced, box) != full).mean() < 0.03


def test_nothing_painted_and_nothing_likely_is_nothing() -> None:
    empty = np.zeros((SHAPE[0], 3, 24, 32), np.float16)
    empty[:, 0] = 12.0
    for painted in ({}, {4: np.zeros(SHAPE[1:], np.uint16)}):
        probabilities, box = solve(painted, empty)
        assert not label_map(probabilities, box).any()


def test_without_paint_the_scores_alone_speak() -> None:
    wanted = np.stack([labels_of(index) for index in range(SHAPE[0])])
    assert (label_map(*solve({})) != wanted).mean() < 0.01


def test_a_label_of_little_weight_is_carried_on_from_where_it_is_painted() -> None:
    """The model says nothing of label 7 between its painted slices; the scan and the paint do."""
    logits = sure_logits()
    logits[4, 0], logits[4, 2] = np.maximum(logits[4, 0], logits[4, 2]), -6.0
    alone = PredictSettings(distance_weight=0.0)
    painted = {3: labels_of(3), 5: labels_of(5)}
    areas = {}
    for weight in (10.0, 0.003):
        probabilities, box = solve(painted, logits, {2: 10.0, 7: weight}, alone)
        found = label_map(probabilities, box)[4]
        areas[weight] = [int((found == code).sum()) for code in (2, 7)]
    assert areas[10.0][1] == 0
    assert areas[0.003][1] > 0.9 * 80
    assert areas[10.0][0] == areas[0.003][0]


def test_each_label_stops_at_edges_of_its_own_contrast() -> None:
    scores, stack = SamDecoderScores(sure_logits(), FRAMING), stack_of({3: labels_of(3)})
    found = []
    for contrast in (100.0, 1.0):
        walker = FixedWeights({2: RandomWalkerWeights(0.25, 100.0), 7: RandomWalkerWeights(0.01, contrast)})
        steps = [DistanceInterpolation(), walker]
        found.append(solve_volume(scores, Problem(stack, SETTINGS), steps)[0])
    np.testing.assert_array_equal(found[0][1], found[1][1])
    assert np.abs(found[0][2].astype(float) - found[1][2]).max() > 0.05


def test_progress_grows_to_1() -> None:
    fractions: list[float] = []

    def progress(stage: str, fraction: float, **details: object) -> None:
        assert stage == "Solving the volume"
        fractions.append(fraction)

    problem = Problem(stack_of({3: labels_of(3)}), SETTINGS, progress=progress)
    steps = [DistanceInterpolation(), RandomWalkerStep()]
    solve_volume(SamDecoderScores(sure_logits(), FRAMING), problem, steps)
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)


def test_without_steps_the_scores_are_the_result() -> None:
    scores = SamDecoderScores(sure_logits(), FRAMING)
    probabilities, box = solve_volume(scores, Problem(stack_of({})), [])
    wanted = np.stack([labels_of(index) for index in range(SHAPE[0])])
    assert (label_map(probabilities, box) != wanted).mean() < 0.01
