"""Smoothing a prior over a volume along its edges: a random walk with restarts, solved as a linear system.

Grady, "Multilabel random walker image segmentation using prior models", CVPR 2005: (L + gamma I) x =
gamma p, where L is the Laplacian of the 6-neighbour grid with weights that fall where the image changes.
Memory is linear: three weights and four work arrays a voxel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

_TOLERANCE = 1e-3
_LEAST_WEIGHT = 1e-4


class WalkWeights(NamedTuple):
    """How a label walks.

    Attributes:
        prior: gamma; more keeps closer to the prior.
        edge_contrast: beta; more stops sooner at edges of the image.
    """

    prior: float
    edge_contrast: float


class RandomWalk:
    """The system of one image; solve it for each label in turn.

    Args:
        image: (slices, rows, columns) float32 in 0..1.
            The system is solved on its device.
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
            torch.exp(-beta * torch.diff(image, dim=axis) ** 2).mul_((smallest / spacing) ** 2)
            + _LEAST_WEIGHT
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
