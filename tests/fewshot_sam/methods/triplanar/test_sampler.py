"""Points of painted slices: which are drawn, and what they hold."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import binary_dilation

from fewshot_sam.data.painted_case import painted_case
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.stack import StackAxes
from fewshot_sam.data.windowing import default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_planes
from fewshot_sam.embeddings.painted_region import PaintedRegion
from fewshot_sam.embeddings.resize import label_shares
from fewshot_sam.methods.triplanar.features import COUNT, LocalFeatures, VectorField
from fewshot_sam.methods.triplanar.sampler import TrainingPoints, collect_points, join_points
from fewshot_sam.progress import no_progress
from fewshot_sam.volumetric.distance_weights import DistanceWeights
from fewshot_sam.volumetric.interpolation import DistanceInterpolator
from tests.fewshot_sam.methods.triplanar.toy_points import (
    CODES,
    PAINTED,
    VOLUME,
    WEIGHTS,
    case_of,
    collect,
    planes_of,
)
from tests.fewshot_sam.toy_encoder import CHANNELS, SHAPE, ToyEncoder, painted, volume_of


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("step", [1, 2])
def test_all_points_of_painted_slices_where_they_fit(tmp_path: Path, plane: Plane, step: int) -> None:
    case = case_of(plane=plane)
    points = collect(tmp_path, case, step=step)
    shape = tuple(-(-length // step) for length in StackAxes.of(VOLUME, plane).shape[1:])
    count = 3 * shape[0] * shape[1]
    assert points.embeddings.shape == (count, 3, CHANNELS)
    assert points.local.shape == (count, COUNT)
    assert points.other_slices_odds.shape == (count, 3)
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
    region = PaintedRegion.of(VOLUME, plane, case.display)
    planes = encode_planes(VOLUME, plane, ToyEncoder(), EmbeddingCache(tmp_path), None, no_progress, region)
    for place, index in enumerate(PAINTED):
        mine = points.folds == place
        for number, each in enumerate(planes):
            vectors = torch.stack([each.read(count) for count in range(len(each.indices))])
            field = VectorField(vectors.movedim(1, 3), each.plane, each.indices, axes)
            wanted = field.read(index, rows, columns).flatten(0, 1)
            torch.testing.assert_close(points.embeddings[mine, number].float(), wanted, atol=2e-3, rtol=0)


def test_other_slices_odds_are_of_the_other_painted_slices(tmp_path: Path) -> None:
    case = case_of()
    weights = DistanceWeights(np.array([2.0, 0.5]), np.array([0.0, 1.0]))
    points = collect(tmp_path, case, weights=weights)
    spacing = StackAxes.of(VOLUME, Plane.AXIAL).spacing_mm(VOLUME)
    for fold, index in enumerate(PAINTED):
        others = {other: image for other, image in case.display.items() if other != index}
        distances = DistanceInterpolator(others, CODES, spacing[1:], spacing[0])
        wanted = distances.weighted_log_odds(index, weights)
        found = points.other_slices_odds[points.folds == fold].numpy().T.reshape(wanted.shape)
        np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("max_points", [90, 300, 1200, 1400])
def test_of_too_many_points_some_stand_for_the_others(tmp_path: Path, max_points: int) -> None:
    points = collect(tmp_path, max_points=max_points)
    assert len(points.classes) <= max_points
    assert len(points.classes) > max_points - 3
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
    points = collect_points(case, CODES, planes_of(case, tmp_path), local, {1: 0}, WEIGHTS, 600, draw)
    near = int(binary_dilation(labels[:, :, 1] > 0, iterations=6).sum())
    assert len(points.classes) == 600
    assert int((points.classes > 0).sum()) == 4 * 5
    assert int((points.weights == 1).sum()) == near
    assert points.weights.sum() == pytest.approx(60 * 50, rel=1e-5)


def test_points_without_labels_near_them_are_drawn_too(tmp_path: Path) -> None:
    """A slice that was reviewed and found empty has points as well."""
    case = case_of()
    display = {**case.display, 8: np.zeros_like(case.display[2])}
    points = collect(tmp_path, replace(case, display=display), max_points=400)
    empty = points.folds == 3
    assert int(empty.sum()) == 100
    assert not points.classes[empty].any()
    assert points.weights[empty].sum() == pytest.approx(SHAPE[0] * SHAPE[1], rel=1e-5)


def test_the_seed_tells_which_points_are_drawn(tmp_path: Path) -> None:
    first, second, other = (collect(tmp_path, max_points=300, seed=seed) for seed in (0, 0, 1))
    for field in fields(TrainingPoints):
        assert torch.equal(getattr(first, field.name), getattr(second, field.name))
    assert not torch.equal(first.local, other.local)


def test_points_of_several_cases_are_joined(tmp_path: Path) -> None:
    first, second = collect(tmp_path), collect(tmp_path, case_of((3,)))
    both = join_points([first, second])
    assert torch.equal(both.embeddings, torch.cat([first.embeddings, second.embeddings]))
    assert len(both.weights) == len(both.folds) == 4 * SHAPE[0] * SHAPE[1]
