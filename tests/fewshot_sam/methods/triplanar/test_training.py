"""Training on points of painted slices: a fold's network never sees its fold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fewshot_sam.errors import OperationCancelled
from fewshot_sam.methods.triplanar.head import TriplanarHead
from fewshot_sam.methods.triplanar.sampler import TrainingPoints
from fewshot_sam.methods.triplanar.settings import TriplanarSettings
from fewshot_sam.methods.triplanar.training import start_head, train_head
from fewshot_sam.progress import Stage, no_progress
from tests.fewshot_sam.methods.triplanar.toy_points import (
    FAST,
    collect,
)
from tests.fewshot_sam.toy_encoder import CHANNELS


def trained(
    points: TrainingPoints, steps: int = 15, settings: TriplanarSettings = FAST, seed: int = 0
) -> tuple[TriplanarHead, list[float]]:
    generator = torch.Generator().manual_seed(seed)
    head = start_head(points, 3, 3, settings, generator)
    return head, train_head(head, points, settings, steps, generator, no_progress)


def member(head: TriplanarHead, number: int) -> torch.Tensor:
    """All weights of one member."""
    count = head.members + head.folds
    first = head.planes.data.view(3, count, -1)[:, number]
    own = [head.local, head.bias, head.hidden, head.hidden_bias, head.out, head.out_bias]
    return torch.cat([first.flatten(), *(part.data.reshape(count, -1)[number] for part in own)])


def test_a_head_begins_with_standardised_points(tmp_path: Path) -> None:
    points = collect(tmp_path)
    head = start_head(points, 3, 3, FAST, torch.Generator().manual_seed(0))
    seen = head.standardise(points.embeddings.float())
    torch.testing.assert_close(seen.mean(0), torch.zeros(3, CHANNELS), atol=1e-3, rtol=0)
    torch.testing.assert_close(seen.std(dim=(0, 2)), torch.ones(3), atol=1e-2, rtol=0)


@pytest.mark.parametrize("fold", [0, 1, 2])
def test_a_folds_member_never_sees_its_folds_points(tmp_path: Path, fold: int) -> None:
    """Whatever stands on the fold's slices, its member comes out the same; every other one does not."""
    points = collect(tmp_path)
    mine = points.folds == fold
    poisoned = replace(
        points,
        embeddings=torch.where(mine[:, None, None], points.embeddings.flip(0), points.embeddings),
        local=torch.where(mine[:, None], -7.0, points.local),
        classes=torch.where(mine, points.classes[mine].roll(40).repeat(3), points.classes),
        other_slices_odds=torch.where(mine[:, None], 5.0, points.other_slices_odds),
    )
    assert torch.equal(poisoned.classes.bincount(), points.classes.bincount())  # points are drawn alike
    heads = []
    for shown in (points, poisoned):
        generator = torch.Generator().manual_seed(0)
        head = start_head(points, 3, 3, FAST, generator)
        train_head(head, shown, FAST, 10, generator, no_progress)
        heads.append(head)
    same = [torch.equal(*(member(head, number) for head in heads)) for number in range(4)]
    assert same == [number == 1 + fold for number in range(4)]


def test_it_learns(tmp_path: Path) -> None:
    points = collect(tmp_path)
    head, losses = trained(points, 60)
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])
    with torch.inference_mode():
        logits = head(
            head.standardise(points.embeddings.float()), points.local, torch.ones(len(points.local), 3), 0.0
        )
    assert (logits[0].argmax(1) == points.classes).float().mean() > 0.9


def test_the_seed_tells_the_head(tmp_path: Path) -> None:
    points = collect(tmp_path)
    (first, losses), (second, again), (other, _) = (trained(points, seed=seed) for seed in (0, 0, 1))
    assert losses == again
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name])
    assert not torch.equal(first.out, other.out)


def test_training_does_not_depend_on_torchs_own_generator(tmp_path: Path) -> None:
    points = collect(tmp_path)
    torch.manual_seed(1)
    first = trained(points)[1]
    torch.manual_seed(2)
    assert trained(points)[1] == first


@pytest.mark.parametrize("steps", [1, 2, 3, 9, 10, 11, 20])
def test_any_number_of_steps(tmp_path: Path, steps: int) -> None:
    head, losses = trained(collect(tmp_path), steps)
    assert len(losses) == steps
    assert np.isfinite(losses).all()
    assert not head.training


def test_a_class_that_only_one_fold_holds(tmp_path: Path) -> None:
    """The member of that fold sees no point of the class, and its loss stays finite."""
    points = collect(tmp_path)
    rare = replace(points, classes=torch.where(points.folds == 1, points.classes, points.classes * 0))
    head, losses = trained(rare)
    assert np.isfinite(losses).all()
    assert all(torch.isfinite(tensor).all() for tensor in head.state_dict().values())


def test_training_stops_at_the_step_it_is_told_to(tmp_path: Path) -> None:
    calls: list[dict[str, Any]] = []

    def stop(stage: str, fraction: float, **details: Any) -> None:
        assert stage == Stage.FIT
        assert fraction == details["step"] / 20
        calls.append(details)
        if len(calls) == 4:
            raise OperationCancelled

    points, generator = collect(tmp_path), torch.Generator().manual_seed(0)
    with pytest.raises(OperationCancelled):
        train_head(start_head(points, 3, 3, FAST, generator), points, FAST, 20, generator, stop)
    assert [call["step"] for call in calls] == [1, 2, 3, 4]
    assert all(np.isfinite(call["loss"]) for call in calls)
