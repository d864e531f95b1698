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

from fewshot_sam.data.painted_shapes import shape_overlap
from fewshot_sam.embeddings.resize import reduce
from fewshot_sam.settings import PredictSettings
from fewshot_sam.volumetric.base import Problem, Region, SliceStack, VolumetricStep
from fewshot_sam.volumetric.separability import separability

_TOLERANCE = 1e-3
_MIN_WEIGHT = 1e-4
_LEARNT, _NOT_LEARNT = 0.1, 0.02
"""Cross-validated Dice from which a model is trusted fully, and up to which it is not trusted at all."""
_UNKNOWN = 0.0
"""Stands for the cross-validated Dice of labels painted on one slice."""
_APART, _OVERLAPPING = 0.15, 0.2
"""Overlap of shapes on neighbouring painted slices: apart up to the first, not from the second."""
_CLEAR, _UNCLEAR = 0.86, 0.83
"""Separability from which edges delimit a label, and up to which they do not."""


class RandomWalkerWeights(NamedTuple):
    """A label's weights in the random walker.

    Attributes:
        prior: gamma; more keeps closer to the prior.
        edge_contrast: beta; more stops sooner at edges of the image.
    """

    prior: float
    edge_contrast: float


def random_walker_weights(trust: float, settings: PredictSettings) -> RandomWalkerWeights:
    """A label's weights, the prior's on a logarithmic scale between no trust in the model (0) and all (1)."""
    prior = settings.min_prior_weight ** (1 - trust) * settings.prior_weight**trust
    # One of two, so that no more than two systems are ever built.
    return RandomWalkerWeights(prior, settings.edge_contrast if trust > 0.5 else settings.max_edge_contrast)


def learnt_trust(cross_validated_dice: float | None) -> float:
    """How far a model that finds a label so well on painted slices it never saw is trusted with it, 0 to 1.

    What it finds there is the model's to say; what it does not find is better carried along the scan's edges
    from where it is painted.
    """
    dice = _UNKNOWN if cross_validated_dice is None else cross_validated_dice
    return float(np.clip((dice - _NOT_LEARNT) / (_LEARNT - _NOT_LEARNT), 0.0, 1.0))


def shape_trust(stack: SliceStack, code: int) -> float:
    """How far the model is trusted with a label of such shapes, 0 to 1; see :func:`learnt_trust`.

    One whose shapes on neighbouring painted slices hardly overlap, as a hip bone's on slices 80 mm apart,
    looks unlike anything painted in between. If it stands out clearly, its edges say more there.
    """
    overlap = shape_overlap(stack.painted, code)
    near = 1.0 if overlap is None else (overlap - _APART) / (_OVERLAPPING - _APART)
    if near >= 1.0:
        return 1.0
    unclear = (_CLEAR - separability(stack, code)) / (_CLEAR - _UNCLEAR)
    return float(np.clip(max(near, unclear), 0.0, 1.0))


class RandomWalkerStep(VolumetricStep):
    """Smooths each label's probabilities along the image's edges; painted slices are fixed."""

    joins_slices = True

    def weights(self, problem: Problem) -> dict[int, RandomWalkerWeights]:
        """By label code: how far the model is trusted with each label.

        A label that is not painted here, or was not cross-validated, has nothing but the model to go by.
        """
        stack, settings, dice = problem.stack, problem.settings, problem.cross_validated_dice
        trusted = RandomWalkerWeights(settings.prior_weight, settings.edge_contrast)
        judged = stack.painted_codes & dice.keys()
        return {
            code: random_walker_weights(min(learnt_trust(dice[code]), shape_trust(stack, code)), settings)
            if code in judged
            else trusted
            for code in stack.codes
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
