"""A plug-in: a volumetric step that lets no slice but painted ones hold a label. Registered in the tests."""

from __future__ import annotations

from collections.abc import Callable

import torch

from fewshot_sam.volumetric.base import Problem, Region, VolumetricStep


class OnlyPainted(VolumetricStep):
    """Background is certain wherever nothing is painted."""

    joins_slices = True

    def refine(
        self, probabilities: torch.Tensor, region: Region, problem: Problem, report: Callable[[float], None]
    ) -> torch.Tensor:
        """(classes, slices, rows, columns) float16, see :class:`VolumetricStep`."""
        report(0.0)
        for place, index in enumerate(region.indices):
            if index not in problem.stack.painted:
                probabilities[:, place] = 0.0
                probabilities[0, place] = 1.0
        return probabilities
