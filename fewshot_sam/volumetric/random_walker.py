"""Smoothing a prior over a volume along its edges: the random walker with a prior, as a linear system.

Grady, "Multilabel random walker image segmentation using prior models", CVPR 2005: (L + gamma I) x =
gamma p, where L is the Laplacian of the 6-neighbour grid with weights that fall where the image changes.
Memory is linear: three weights and four work arrays a voxel.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from fewshot_sam.embeddings.resize import reduce
from fewshot_sam.settings import PredictSettings
from fewshot_sam.volumetric.base import Problem, Region, VolumetricStep

_TOLERANCE = 1e-3
_MIN_WEIGHT = 1e-4
_LEARNT, _NOT_LEARNT = 0.1, 0.02
"""Cross-validated Dice from which a model is trusted fully, and up to which it is not trusted at all."""
_UNKNOWN = 0.0
"""Stands for the cross-validated Dice of labels painted on one slice."""


class RandomWalkerWeights(NamedTuple):
    """A label's weights in the random walker.

    Attributes:
        prior: gamma; more keeps closer to the prior.
        edge_contrast: beta; more stops sooner at edges of the image.
    """

    prior: float
    edge_contrast: float


def random_walker_weights(
    cross_validated_dice: float | None, settings: PredictSettings
) -> RandomWalkerWeights:
    """A label's weights, the prior's between learnt and not learnt on a logarithmic scale.

    A label that the model finds on painted slices it never saw is the model's to say; one that it
    does not find there is better carried along the scan's edges from where it is painted.
    """
    dice = _UNKNOWN if cross_validated_dice is None else cross_validated_dice
    share = float(np.clip((dice - _NOT_LEARNT) / (_LEARNT - _NOT_LEARNT), 0.0, 1.0))
    prior = settings.min_prior_weight ** (1 - share) * settings.prior_weight**share
    # One of two, so that no more than two systems are ever built.
    return RandomWalkerWeights(prior, settings.edge_contrast if share > 0.5 else settings.max_edge_contrast)


class RandomWalkerStep(VolumetricStep):
    """Smooths each label's probabilities along the image's edges; painted slices are fixed."""

    joins_slices = True

    def weights(self, problem: Problem) -> dict[int, RandomWalkerWeights]:
        """By label code: how far the model is trusted with each label.

        A label that is not painted here, or was not cross-validated, has nothing but the model to go by.
        """
        settings, dice = problem.settings, problem.cross_validated_dice
        trusted = RandomWalkerWeights(settings.prior_weight, settings.edge_contrast)
        judged = problem.stack.painted_codes & dice.keys()
        return {
            code: random_walker_weights(dice[code], settings) if code in judged else trusted
            for code in problem.stack.codes
        }

    def refine(
        self, probabilities: torch.Tensor, region: Region, problem: Problem, report: Callable[[float], None]
    ) -> torch.Tensor:
        """See :class:`VolumetricStep`; one linear system for each label."""
        stack, weights = problem.stack, self.weights(problem)
        walkers = _walkers(region, problem, {each.edge_contrast for each in weights.values()})
        labels, background = len(stack.codes), torch.ones(probabilities.shape[1:])
        for label, code in enumerate(stack.codes, start=1):
            start = probabilities[label].to(problem.device, torch.float32)
            solved = walkers[weights[code].edge_contrast].solve(
                start,
                weights[code].prior,
                problem.settings.iterations,
                partial(report, (label - 1) / labels),
            )
            probabilities[label] = solved.clamp_(0.0, 1.0)
            background -= probabilities[label]
        probabilities[0] = background.clamp_(0.0, 1.0)
        return probabilities


def _walkers(region: Region, problem: Problem, contrasts: set[float]) -> dict[float, RandomWalker]:
    """A system for each edge contrast."""
    stack, step = problem.stack, region.step
    image = torch.from_numpy(
        np.stack([reduce(stack.image(index)[region.box[1:]], step) for index in region.indices])
    ).to(problem.device)
    spacing = (stack.spacing_mm[0], stack.spacing_mm[1] * step, stack.spacing_mm[2] * step)
    fixed = np.array([index in stack.painted for index in region.indices])
    return {contrast: RandomWalker(image, fixed, spacing, contrast) for contrast in contrasts}


class RandomWalker:
    """The system of one image; solve it for each label in turn.

    Args:
        image: (slices, rows, columns) float32 in 0..1. The system is solved on its device.
        fixed: (slices,) bool: slices whose values are given and do not change.
        spacing_mm: of the three axes.
        beta: how fast weights fall with squared differences of the image.
    """

    def __init__(
        self,
        image: torch.Tensor,
        fixed: np.ndarray,
        spacing_mm: tuple[float, float, float],
        beta: float,
    ) -> None:
        smallest = min(spacing_mm)
        self._free = torch.from_numpy(~fixed)[:, None, None].to(image)
        self._weights = [
            torch.exp(-beta * torch.diff(image, dim=axis) ** 2).mul_((smallest / spacing) ** 2) + _MIN_WEIGHT
            for axis, spacing in enumerate(spacing_mm)
        ]
        self._degree = torch.zeros_like(image)
        for axis, weight in enumerate(self._weights):
            length = image.shape[axis]
            self._degree.narrow(axis, 0, length - 1).add_(weight)
            self._degree.narrow(axis, 1, length - 1).add_(weight)

    def solve(
        self, prior: torch.Tensor, gamma: float, iterations: int, tick: Callable[[], None]
    ) -> torch.Tensor:
        """Preconditioned conjugate gradients from the prior itself; fixed slices keep the prior.

        Args:
            prior: (slices, rows, columns) float32 in 0..1.
            gamma: weight of the prior.
            tick: called before each iteration; may raise to stop.

        Returns:
            (slices, rows, columns) float32.
        """
        x, diagonal = prior.clone(), self._degree + gamma
        residual = (gamma * prior - self._apply(x, gamma)).mul_(self._free)
        first = float(torch.linalg.vector_norm(residual))
        z = residual / diagonal
        direction = z.clone()
        rho = float(torch.sum(residual * z))
        for _ in range(iterations):
            tick()
            if float(torch.linalg.vector_norm(residual)) <= _TOLERANCE * max(first, 1e-12):
                break
            image = self._apply(direction, gamma).mul_(self._free)
            alpha = rho / float(torch.sum(direction * image))
            x.add_(direction, alpha=alpha)
            residual.sub_(image, alpha=alpha)
            z = residual / diagonal
            rho, before = float(torch.sum(residual * z)), rho
            direction.mul_(rho / before).add_(z)
        return x

    def _apply(self, x: torch.Tensor, gamma: float) -> torch.Tensor:
        """(L + gamma I) x."""
        result = (self._degree + gamma) * x
        for axis, weight in enumerate(self._weights):
            length = x.shape[axis]
            low, high = x.narrow(axis, 0, length - 1), x.narrow(axis, 1, length - 1)
            result.narrow(axis, 0, length - 1).sub_(weight * high)
            result.narrow(axis, 1, length - 1).sub_(weight * low)
        return result
