"""How far the random walker trusts the model with a label."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.settings import PredictSettings
from fewshot_sam.volumetric.base import Problem, SliceStack
from fewshot_sam.volumetric.random_walker import (
    RandomWalkerStep,
    RandomWalkerWeights,
    learnt_trust,
    random_walker_weights,
    shape_trust,
)

SETTINGS = PredictSettings()
LEARNT = RandomWalkerWeights(SETTINGS.prior_weight, SETTINGS.edge_contrast)
NOT_LEARNT = RandomWalkerWeights(SETTINGS.min_prior_weight, SETTINGS.max_edge_contrast)


@pytest.mark.parametrize("dice", [0.25, 0.6, 1.0])
def test_a_label_found_on_slices_left_out_is_trusted_fully(dice: float) -> None:
    assert learnt_trust(dice) == 1.0


@pytest.mark.parametrize("dice", [0.0, None])
def test_a_label_not_found_there_or_never_left_out_is_not(dice: float | None) -> None:
    assert learnt_trust(dice) == 0.0


def test_trust_grows_with_the_dice() -> None:
    trust = [learnt_trust(dice) for dice in np.linspace(0, 1, 101)]
    assert trust == sorted(trust)
    assert len(set(trust)) > 3


def test_weights_go_from_those_of_no_trust_to_those_of_all() -> None:
    weights = [random_walker_weights(trust, SETTINGS) for trust in np.linspace(0, 1, 21)]
    priors, contrasts = zip(*weights, strict=True)
    assert list(priors) == sorted(priors)
    assert len(set(priors)) > 3
    assert weights[0] == pytest.approx(NOT_LEARNT) and weights[-1] == pytest.approx(LEARNT)
    assert list(contrasts) == sorted(contrasts, reverse=True)
    assert set(contrasts) == {LEARNT.edge_contrast, NOT_LEARNT.edge_contrast}


def stack_of(shift: int, brightness: float) -> SliceStack:
    """A square on one painted slice, ``shift`` columns away on the next, and noise of 0.1."""
    painted, images = {}, {}
    for index, place in ((0, 10), (8, 10 + shift)):
        painted[index] = np.zeros((40, 60), np.uint16)
        painted[index][10:20, place : place + 10] = 3
        noise = np.random.default_rng(index).normal(0.4, 0.1, (40, 60))
        images[index] = (noise + brightness * (painted[index] == 3)).astype(np.float32)
    return SliceStack(images.__getitem__, (9, 40, 60), (1.0, 1.0, 1.0), painted, (3,))


def test_a_label_that_is_elsewhere_on_the_next_painted_slice_and_stands_out_follows_its_edges() -> None:
    assert shape_trust(stack_of(20, 0.5), 3) == 0.0
    found = RandomWalkerStep().weights(Problem(stack_of(20, 0.5), SETTINGS, {3: 0.9}))
    assert found == {3: pytest.approx(NOT_LEARNT)}


@pytest.mark.parametrize(("shift", "brightness"), [(20, 0.02), (2, 0.5), (7, 0.5)])
def test_one_that_does_not_stand_out_or_overlaps_is_the_models_to_say(shift: int, brightness: float) -> None:
    assert shape_trust(stack_of(shift, brightness), 3) == 1.0


def test_a_label_on_no_two_slices_is_judged_by_its_dice_alone() -> None:
    stack = stack_of(0, 0.5)
    alone = SliceStack(stack.image, stack.shape, stack.spacing_mm, {0: stack.painted[0]}, (3,))
    assert shape_trust(alone, 3) == 1.0


def weights(painted: tuple[int, ...], dice: dict[int, float | None]) -> dict[int, RandomWalkerWeights]:
    image = np.array([[0, *painted]], np.uint16)
    stack = SliceStack(lambda index: image, (1, 1, 3), (1.0, 1.0, 1.0), {0: image}, (3, 700))
    return RandomWalkerStep().weights(Problem(stack, SETTINGS, dice))


def test_what_was_not_learnt_follows_edges_only_where_it_is_painted() -> None:
    """On a scan without its paint there is nothing to start from: it would dissolve."""
    unknown: dict[int, float | None] = {3: None, 700: None}
    assert weights((3, 700), unknown) == {3: NOT_LEARNT, 700: NOT_LEARNT}
    assert weights((3,), unknown) == {3: NOT_LEARNT, 700: LEARNT}
    assert weights((), unknown) == {3: LEARNT, 700: LEARNT}


def test_without_cross_validation_every_label_is_trusted() -> None:
    assert weights((3, 700), {}) == {3: LEARNT, 700: LEARNT}
