"""Points of painted slices, and training on them: a fold's member never sees its fold."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import binary_dilation

from fewshot_sam.data.painted_case import PaintedCase, painted_case
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.windowing import default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.plan import PlaneEmbeddings, StackAxes, VectorField, encode_planes
from fewshot_sam.errors import OperationCancelled
from fewshot_sam.methods.triplanar.head import PlanesHead
from fewshot_sam.methods.triplanar.local_features import COUNT, LocalFeatures, label_shares
from fewshot_sam.methods.triplanar.training import (
    TrainingPoints,
    collect_points,
    join_points,
    start_head,
    train_head,
)
from fewshot_sam.progress import no_progress
from fewshot_sam.settings import FitSettings
from fewshot_sam.volumetric.interpolation import DistanceInterpolator
from tests.fewshot_sam.toy_encoder import CHANNELS, SHAPE, ToyEncoder, painted, truth, volume_of

CODES = (3, 700)
LABELS = truth(codes=CODES)
VOLUME = volume_of(LABELS)
FAST = FitSettings(points=256)
PAINTED = (2, 4, 6)


def case_of(indices: tuple[int, ...] = PAINTED, plane: Plane = Plane.AXIAL) -> PaintedCase:
    return painted_case(VOLUME, painted(LABELS, indices, plane))


def planes_of(case: PaintedCase, folder: Path) -> list[PlaneEmbeddings]:
    indices = sorted(case.display)
    cache = EmbeddingCache(folder)
    return encode_planes(case.volume, case.plane, ToyEncoder(), cache, None, no_progress, painted=indices)


def collect(
    folder: Path,
    case: PaintedCase | None = None,
    most: int = 60_000,
    step: int = 1,
    seed: int = 0,
    weight: float = 1.0,
) -> TrainingPoints:
    """Each slice a fold of its own."""
    case = case or case_of()
    local = LocalFeatures(case.volume, case.plane, default_window(case.volume), step)
    folds = {index: fold for fold, index in enumerate(sorted(case.display))}
    draw = np.random.default_rng(seed)
    return collect_points(case, CODES, planes_of(case, folder), local, folds, weight, most, draw)


def trained(
    points: TrainingPoints, steps: int = 15, settings: FitSettings = FAST, seed: int = 0
) -> tuple[PlanesHead, list[float]]:
    generator = torch.Generator().manual_seed(seed)
    head = start_head(points, 3, 3, settings, generator)
    return head, train_head(head, points, settings, steps, generator, no_progress)


def member(head: PlanesHead, number: int) -> torch.Tensor:
    """All weights of one member."""
    count = head.answering + head.folds
    first = head.planes.data.view(3, count, -1)[:, number]
    own = [head.local, head.bias, head.hidden, head.hidden_bias, head.out, head.out_bias]
    return torch.cat([first.flatten(), *(part.data.reshape(count, -1)[number] for part in own)])


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("step", [1, 2])
def test_all_points_of_painted_slices_where_they_fit(tmp_path: Path, plane: Plane, step: int) -> None:
    case = case_of(plane=plane)
    points = collect(tmp_path, case, step=step)
    shape = tuple(-(-length // step) for length in StackAxes.of(VOLUME, plane).shape[1:])
    count = 3 * shape[0] * shape[1]
    assert points.embeddings.shape == (count, 3, CHANNELS)
    assert points.local.shape == (count, COUNT)
    assert points.left_out_odds.shape == (count, 3)
    assert torch.equal(points.weights, torch.ones(count))
    assert points.folds.tolist() == np.repeat([0, 1, 2], shape[0] * shape[1]).tolist()
    wanted = [label_shares(image, CODES, step).argmax(0) for _, image in sorted(case.display.items())]
    np.testing.assert_array_equal(points.classes.numpy().reshape(3, *shape), np.stack(wanted))


@pytest.mark.parametrize("plane", Plane)
def test_points_hold_what_is_read_on_their_voxels(tmp_path: Path, plane: Plane) -> None:
    """The same vectors as prediction reads them, with all slices of the annotation plane encoded."""
    case = case_of(plane=plane)
    points = collect(tmp_path, case)
    axes = StackAxes.of(VOLUME, plane)
    rows, columns = (np.arange(length) for length in axes.shape[1:])
    planes = encode_planes(VOLUME, plane, ToyEncoder(), EmbeddingCache(tmp_path), None, no_progress)
    for place, index in enumerate(PAINTED):
        mine = points.folds == place
        for number, each in enumerate(planes):
            vectors = torch.stack([each.read(count) for count in range(len(each.indices))])
            field = VectorField(vectors.movedim(1, 3), each.plane, each.indices, axes)
            wanted = field.read(index, rows, columns).flatten(0, 1)
            torch.testing.assert_close(points.embeddings[mine, number].float(), wanted, atol=2e-3, rtol=0)


def test_left_out_odds_are_of_the_other_painted_slices(tmp_path: Path) -> None:
    case = case_of()
    points = collect(tmp_path, case, weight=2.0)
    spacing = StackAxes.of(VOLUME, Plane.AXIAL).spacing_mm(VOLUME)
    for fold, index in enumerate(PAINTED):
        others = {other: image for other, image in case.display.items() if other != index}
        distances = DistanceInterpolator(others, CODES, spacing[1:], spacing[0])
        wanted = distances.weighted_log_odds(index, 2.0)
        found = points.left_out_odds[points.folds == fold].numpy().T.reshape(wanted.shape)
        np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("most", [90, 300, 1200, 1400])
def test_of_too_many_points_some_stand_for_the_others(tmp_path: Path, most: int) -> None:
    points = collect(tmp_path, most=most)
    assert len(points.classes) <= most
    assert len(points.classes) > most - 3
    pixels = SHAPE[0] * SHAPE[1]
    for fold in range(3):
        assert points.weights[points.folds == fold].sum() == pytest.approx(pixels, rel=1e-5)
    assert (points.weights >= 1).all()


def test_points_near_a_small_label_are_all_kept(tmp_path: Path) -> None:
    labels = np.zeros((60, 50, 3), np.uint16)
    labels[20:24, 30:35] = 3
    volume = volume_of(labels)
    case = painted_case(volume, painted(labels, (1,)))
    local = LocalFeatures(volume, Plane.AXIAL, default_window(volume), 1)
    draw = np.random.default_rng(0)
    points = collect_points(case, CODES, planes_of(case, tmp_path), local, {1: 0}, 1.0, 600, draw)
    near = int(binary_dilation(labels[:, :, 1] > 0, iterations=6).sum())
    assert len(points.classes) == 600
    assert int((points.classes > 0).sum()) == 4 * 5
    assert int((points.weights == 1).sum()) == near
    assert points.weights.sum() == pytest.approx(60 * 50, rel=1e-5)


def test_points_without_labels_near_them_are_drawn_too(tmp_path: Path) -> None:
    """A slice that was looked at and found empty has points as well."""
    case = case_of()
    display = {**case.display, 8: np.zeros_like(case.display[2])}
    points = collect(tmp_path, replace(case, display=display), most=400)
    empty = points.folds == 3
    assert int(empty.sum()) == 100
    assert not points.classes[empty].any()
    assert points.weights[empty].sum() == pytest.approx(SHAPE[0] * SHAPE[1], rel=1e-5)


def test_the_seed_tells_which_points_are_drawn(tmp_path: Path) -> None:
    first, second, other = (collect(tmp_path, most=300, seed=seed) for seed in (0, 0, 1))
    for field in fields(TrainingPoints):
        assert torch.equal(getattr(first, field.name), getattr(second, field.name))
    assert not torch.equal(first.local, other.local)


def test_points_of_several_cases_are_joined(tmp_path: Path) -> None:
    first, second = collect(tmp_path), collect(tmp_path, case_of((3,)))
    both = join_points([first, second])
    assert torch.equal(both.embeddings, torch.cat([first.embeddings, second.embeddings]))
    assert len(both.weights) == len(both.folds) == 4 * SHAPE[0] * SHAPE[1]


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
        left_out_odds=torch.where(mine[:, None], 5.0, points.left_out_odds),
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
        assert stage == "Fine-tuning"
        assert fraction == details["step"] / 20
        calls.append(details)
        if len(calls) == 4:
            raise OperationCancelled

    points, generator = collect(tmp_path), torch.Generator().manual_seed(0)
    with pytest.raises(OperationCancelled):
        train_head(start_head(points, 3, 3, FAST, generator), points, FAST, 20, generator, stop)
    assert [call["step"] for call in calls] == [1, 2, 3, 4]
    assert all(np.isfinite(call["loss"]) for call in calls)
