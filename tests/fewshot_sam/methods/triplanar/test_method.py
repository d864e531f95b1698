"""Fitting the triplanar method, and what cross-validation says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fewshot_sam.data.painted_case import PaintedCase, painted_case
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.methods.base import FitTask, MethodContext
from fewshot_sam.methods.triplanar.head import TriplanarHead
from fewshot_sam.methods.triplanar.method import TriplanarMethod
from fewshot_sam.methods.triplanar.settings import TriplanarSettings
from fewshot_sam.progress import no_progress
from fewshot_sam.settings import Settings
from tests.fewshot_sam.toy_encoder import SHAPE, ToyEncoder, painted, truth, volume_of

CODES = (3, 700)
LABELS = truth(codes=CODES)
FAST = Settings(TriplanarSettings(head_steps=40, head_warm_steps=10, points=256))


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path)


def case_of(
    indices: tuple[int, ...] = (2, 3, 4, 5, 6), labels: np.ndarray = LABELS, seed: int = 0
) -> PaintedCase:
    return painted_case(volume_of(labels, seed=seed), painted(labels, indices))


@dataclass
class Fit:
    """What a fit gave."""

    method: TriplanarMethod
    losses: list[float]

    @property
    def head(self) -> TriplanarHead:
        return self.method.head

    @property
    def dice(self) -> Mapping[int, float | None]:
        return self.method.cross_validated_dice


def fit(
    cache: EmbeddingCache,
    cases: list[PaintedCase],
    codes: tuple[int, ...] = CODES,
    earlier: Fit | None = None,
    settings: Settings = FAST,
    seed: int = 0,
) -> Fit:
    context = MethodContext(ToyEncoder(), cache, torch.device("cpu"), no_progress)
    task = FitTask(cases, codes, None, settings, seed)
    return Fit(*TriplanarMethod.fit(task, context, earlier.method if earlier else None))


def test_an_easy_shape_is_found_on_held_out_slices(cache: EmbeddingCache) -> None:
    fitted = fit(cache, [case_of()])
    assert set(fitted.dice) == set(CODES)
    assert min(fitted.dice[code] or 0.0 for code in CODES) > 0.8
    assert (fitted.head.members, fitted.head.folds) == (1, 3)
    assert len(fitted.losses) == FAST.fit.head_steps


def test_an_easy_shape_is_found_in_the_held_out_case(cache: EmbeddingCache) -> None:
    fitted = fit(cache, [case_of((3, 5), seed=seed) for seed in range(2)])
    assert fitted.head.folds == 2
    assert min(fitted.dice[code] or 0.0 for code in CODES) > 0.8


def test_paint_that_means_nothing_is_not_found_on_held_out_slices(cache: EmbeddingCache) -> None:
    """Every slice has a label somewhere else, where the scan shows nothing."""
    labels, random = np.zeros(SHAPE, np.uint16), np.random.default_rng(0)
    for index in range(SHAPE[2]):
        x, y = random.integers(0, SHAPE[0] - 5), random.integers(0, SHAPE[1] - 5)
        labels[x : x + 4, y : y + 4, index] = 3
    noise = volume_of(np.zeros(SHAPE, np.uint16), seed=3)
    fitted = fit(cache, [painted_case(noise, painted(labels, (0, 2, 4, 6, 8)))], (3,))
    dice = fitted.dice[3]
    assert dice is not None
    assert dice < 0.3


def test_a_label_on_one_slice_has_no_cross_validated_dice(cache: EmbeddingCache) -> None:
    labels = LABELS.copy()
    labels[:, :, [2, 3, 5, 6]] = np.where(labels[:, :, [2, 3, 5, 6]] == 700, 0, labels[:, :, [2, 3, 5, 6]])
    fitted = fit(cache, [case_of(labels=labels)])
    assert fitted.dice[700] is None
    assert (fitted.dice[3] or 0.0) > 0.8


def test_a_label_in_one_fold_has_no_cross_validated_dice(cache: EmbeddingCache) -> None:
    """Slices 2 and 5 of five are left out together: no member that learnt the label is asked for it."""
    labels = LABELS.copy()
    labels[:, :, [3, 4, 6]] = np.where(labels[:, :, [3, 4, 6]] == 700, 0, labels[:, :, [3, 4, 6]])
    fitted = fit(cache, [case_of(labels=labels)])
    assert fitted.method.folds["0/2"] == fitted.method.folds["0/5"]
    assert fitted.dice[700] is None


def test_one_painted_slice_leaves_nothing_out(cache: EmbeddingCache) -> None:
    fitted = fit(cache, [case_of((4,))])
    assert fitted.head.folds == 0
    assert fitted.dice == {3: None, 700: None}


def test_an_earlier_head_is_continued_and_left_alone(cache: EmbeddingCache) -> None:
    earlier = fit(cache, [case_of((2, 4, 6))])
    before = {name: tensor.clone() for name, tensor in earlier.head.state_dict().items()}
    later = fit(cache, [case_of((2, 3, 4, 6))], earlier=earlier)
    assert len(later.losses) == FAST.fit.head_warm_steps
    assert later.losses[0] < earlier.losses[0] / 2
    assert later.method.folds == {**earlier.method.folds, "0/3": 0}
    for name, tensor in earlier.head.state_dict().items():
        assert torch.equal(tensor, before[name])


@pytest.mark.parametrize("count", [2, 3])
def test_a_head_of_other_cases_is_not_continued(cache: EmbeddingCache, count: int) -> None:
    """Its members saw slices of every case, or there are fewer members than cases."""
    earlier = fit(cache, [case_of((2, 4))])
    cases = [case_of((2, 4), seed=seed) for seed in range(count)]
    later = fit(cache, cases, earlier=earlier)
    assert len(later.losses) == FAST.fit.head_steps + (count - 1) * FAST.fit.head_volume_steps
    assert later.dice == fit(cache, cases).dice


@pytest.mark.parametrize(("count", "decides"), [(1, "plane_dropout"), (2, "volumes_plane_dropout")])
def test_planes_are_hidden_by_the_number_of_volumes(cache: EmbeddingCache, count: int, decides: str) -> None:
    """New patients are found better where planes are hidden more often, the volume's own slices worse."""
    cases = [case_of((2, 4), seed=seed) for seed in range(count)]
    as_it_is = fit(cache, cases).losses
    for name in ("plane_dropout", "volumes_plane_dropout"):
        other = fit(cache, cases, settings=replace(FAST, fit=replace(FAST.fit, **{name: 0.8}))).losses
        assert (other != as_it_is) == (name == decides)


def test_more_volumes_are_learnt_longer_up_to_a_limit(cache: EmbeddingCache) -> None:
    settings = Settings(replace(FAST.fit, head_volume_steps=15, head_max_steps=60))
    cases = [case_of((3, 5), seed=seed) for seed in range(3)]
    lengths = [len(fit(cache, cases[:count], settings=settings).losses) for count in (1, 2, 3)]
    assert lengths == [40, 55, 60]


def test_a_head_without_a_member_for_each_fold_is_not_continued(cache: EmbeddingCache) -> None:
    earlier = fit(cache, [case_of((4,))])
    later = fit(cache, [case_of((2, 4, 6))], earlier=earlier)
    assert later.head.folds == 3
    assert later.dice == fit(cache, [case_of((2, 4, 6))]).dice


def test_a_head_of_one_slice_is_continued_on_that_slice(cache: EmbeddingCache) -> None:
    earlier = fit(cache, [case_of((4,))])
    assert len(fit(cache, [case_of((4,))], earlier=earlier).losses) == FAST.fit.head_warm_steps


def test_the_seed_tells_everything(cache: EmbeddingCache) -> None:
    first, second, other = (fit(cache, [case_of()], seed=seed) for seed in (0, 0, 1))
    assert first.losses == second.losses
    assert first.dice == second.dice
    assert all(
        torch.equal(a, b)
        for a, b in zip(first.head.state_dict().values(), second.head.state_dict().values(), strict=True)
    )
    assert first.losses != other.losses


def test_large_slices_are_learnt_from_at_a_lower_resolution(cache: EmbeddingCache) -> None:
    labels = truth((270, 40, 4), CODES)
    fitted = fit(cache, [painted_case(volume_of(labels), painted(labels, (1, 2)))])
    assert min(fitted.dice[code] or 0.0 for code in CODES) > 0.8


def test_a_flat_volume(cache: EmbeddingCache) -> None:
    flat = Volume(np.zeros(SHAPE, np.int16), volume_of(LABELS).source, "CT")
    fitted = fit(cache, [painted_case(flat, painted(LABELS))])
    assert np.isfinite(fitted.losses).all()
