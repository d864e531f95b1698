"""How far the random walker trusts the model with a label."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.settings import PredictSettings
from fewshot_sam.volumetric.base import Problem, SliceStack
from fewshot_sam.volumetric.random_walker import (
    RandomWalkerStep,
    RandomWalkerWeights,
    random_walker_weights,
)

SETTINGS = PredictSettings()
LEARNT = RandomWalkerWeights(SETTINGS.prior_weight, SETTINGS.edge_contrast)
NOT_LEARNT = RandomWalkerWeights(SETTINGS.min_prior_weight, SETTINGS.max_edge_contrast)


@pytest.mark.parametrize("dice", [0.25, 0.6, 1.0])
def test_a_label_found_on_slices_left_out_is_trusted_fully(dice: float) -> None:
    assert random_walker_weights(dice, SETTINGS) == pytest.approx(LEARNT)


@pytest.mark.parametrize("dice", [0.0, None])
def test_a_label_not_found_there_or_never_left_out_is_not(dice: float | None) -> None:
    assert random_walker_weights(dice, SETTINGS) == pytest.approx(NOT_LEARNT)


def test_between_the_two_trust_grows_with_the_dice() -> None:
    weights = [random_walker_weights(dice, SETTINGS) for dice in np.linspace(0, 1, 101)]
    priors, contrasts = zip(*weights, strict=True)
    assert list(priors) == sorted(priors)
    assert (priors[0], priors[-1]) == pytest.approx((NOT_LEARNT.prior, LEARNT.prior))
    assert len(set(priors)) > 3
    assert list(contrasts) == sorted(contrasts, reverse=True)
    assert set(contrasts) == {LEARNT.edge_contrast, NOT_LEARNT.edge_contrast}


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
