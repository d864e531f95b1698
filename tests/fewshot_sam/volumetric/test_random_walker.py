"""The random walker against a dense solution of the same system."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fewshot_sam.errors import OperationCancelled
from fewshot_sam.volumetric.random_walker import RandomWalker

NOTHING_FIXED = np.zeros(4, bool)


def tick() -> None:
    """Never stops."""


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def dense_solution(
    image: np.ndarray, prior: np.ndarray, spacing_mm: tuple[float, ...], beta: float, gamma: float
) -> np.ndarray:
    """(L + gamma I) x = gamma p of Grady 2005, voxel by voxel."""
    index = np.arange(image.size).reshape(image.shape)
    matrix = np.eye(image.size) * gamma
    for axis, spacing in enumerate(spacing_mm):
        weights = np.exp(-beta * np.diff(image, axis=axis) ** 2) * (min(spacing_mm) / spacing) ** 2 + 1e-4
        low = np.take(index, range(image.shape[axis] - 1), axis).ravel()
        high = np.take(index, range(1, image.shape[axis]), axis).ravel()
        for i, j, weight in zip(low, high, weights.ravel(), strict=True):
            matrix[[i, j], [i, j]] += weight
            matrix[[i, j], [j, i]] -= weight
    return np.linalg.solve(matrix, gamma * prior.ravel()).reshape(image.shape)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (5.0, 0.8, 1.1)])
@pytest.mark.parametrize("gamma", [0.1, 2.0])
def test_it_solves_the_system(spacing_mm: tuple[float, float, float], gamma: float) -> None:
    image, prior = random(4, 5, 6), random(4, 5, 6, seed=1)
    walker = RandomWalker(image, NOTHING_FIXED, spacing_mm, 30.0)
    wanted = dense_solution(image.double().numpy(), prior.double().numpy(), spacing_mm, 30.0, gamma)
    np.testing.assert_allclose(walker.solve(prior, gamma, 200, tick), wanted, rtol=0, atol=0.01)


def test_fixed_slices_keep_their_values_and_pull_their_neighbours() -> None:
    fixed, prior = np.array([False, True, False, False]), torch.zeros(4, 5, 6)
    prior[1] = 1.0
    walker = RandomWalker(torch.zeros(4, 5, 6), fixed, (1.0, 1.0, 1.0), 30.0)
    solved = walker.solve(prior, 0.5, 100, tick)
    assert torch.equal(solved[1], prior[1])
    assert solved[0].min() > 0.3
    assert solved[2].min() > solved[3].max() > 0.0


def test_one_system_is_solved_with_several_weights_of_the_prior() -> None:
    """What one solution leaves behind does not show in the next."""
    image, prior, spacing = random(4, 5, 6), random(4, 5, 6, seed=1), (1.0, 1.0, 1.0)
    walker = RandomWalker(image, NOTHING_FIXED, spacing, 30.0)
    close, far = walker.solve(prior, 2.0, 200, tick), walker.solve(prior, 0.1, 200, tick)
    assert torch.equal(far, RandomWalker(image, NOTHING_FIXED, spacing, 30.0).solve(prior, 0.1, 200, tick))
    assert (close - prior).abs().mean() < (far - prior).abs().mean()


def test_edges_stop_the_random_walker() -> None:
    image, prior = torch.zeros(4, 5, 6), torch.zeros(4, 5, 6)
    image[:, :, 3:] = 1.0
    prior[:, :, :3] = 0.6
    solved = RandomWalker(image, NOTHING_FIXED, (1.0, 1.0, 1.0), 100.0).solve(prior, 0.2, 100, tick)
    assert solved[:, :, :3].min() > 0.59
    assert solved[:, :, 3:].max() < 0.01


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_an_even_prior_stays_and_is_not_overwritten(value: float) -> None:
    prior = torch.full((4, 5, 6), value)
    solved = RandomWalker(random(4, 5, 6), NOTHING_FIXED, (2.0, 1.0, 1.0), 50.0).solve(prior, 0.5, 50, tick)
    torch.testing.assert_close(solved, torch.full((4, 5, 6), value), atol=1e-4, rtol=0)
    assert (prior == value).all()


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 5, 6), (4, 1, 6)])
def test_flat_volumes(shape: tuple[int, int, int]) -> None:
    walker = RandomWalker(random(*shape), np.zeros(shape[0], bool), (1.0, 1.0, 1.0), 30.0)
    assert torch.isfinite(walker.solve(random(*shape, seed=1), 0.5, 50, tick)).all()


def test_everything_fixed() -> None:
    prior = random(4, 5, 6, seed=1)
    walker = RandomWalker(random(4, 5, 6), np.ones(4, bool), (1.0, 1.0, 1.0), 30.0)
    assert torch.equal(walker.solve(prior, 0.5, 50, tick), prior)


def test_it_stops_when_told_to() -> None:
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OperationCancelled

    walker = RandomWalker(random(4, 5, 6), NOTHING_FIXED, (1.0, 1.0, 1.0), 30.0)
    with pytest.raises(OperationCancelled):
        walker.solve(random(4, 5, 6, seed=1), 0.1, 50, stop)
    assert calls == 2
