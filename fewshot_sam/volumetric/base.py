"""What a volumetric step is: what turns scores of single slices into one consistent volume."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np
import torch

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.stack import StackAxes
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, windowed_slice
from fewshot_sam.progress import Progress, no_progress
from fewshot_sam.settings import PredictSettings

Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class SliceStack:
    """A plane's slices as the steps see them, all in display orientation.

    Attributes:
        image: the windowed slice (rows, columns) float32 in 0..1 of an index.
        shape: (slices, rows, columns).
        spacing_mm: of these three axes.
        painted: slice index to (rows, columns) uint16 label map.
        codes: the labels, without background.
    """

    image: Callable[[int], np.ndarray]
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    painted: dict[int, np.ndarray]
    codes: tuple[int, ...]

    @classmethod
    def of(
        cls,
        volume: Volume,
        plane: Plane,
        window: Window,
        painted: dict[int, np.ndarray],
        codes: tuple[int, ...],
    ) -> SliceStack:
        """The stack of a volume; ``painted`` is (rows, columns) uint16 by slice index."""
        axes = StackAxes.of(volume, plane)
        image = partial(windowed_slice, volume, plane, window=window)
        return cls(image, axes.shape, axes.spacing_mm(volume), painted, codes)

    @property
    def painted_codes(self) -> set[int]:
        """Labels painted on any slice, without background."""
        return {int(value) for image in self.painted.values() for value in np.unique(image)} - {0}


@dataclass(frozen=True)
class Problem:
    """A volume to be solved.

    Attributes:
        cross_validated_dice: by label code, of the model; a label that is not in it was not cross-validated.
        device: where heavy steps compute; what they return is in main memory.
    """

    stack: SliceStack
    settings: PredictSettings = field(default_factory=PredictSettings)
    cross_validated_dice: Mapping[int, float | None] = field(default_factory=dict)
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    progress: Progress = no_progress


@dataclass(frozen=True)
class Region:
    """The part of the stack that is solved, and at which resolution.

    Attributes:
        box: in voxels of the stack; rows and columns start and end at whole blocks, or at the slice's end.
        step: blocks of step x step pixels of a slice are one cell.
    """

    box: Box
    step: int

    @property
    def indices(self) -> range:
        """The slices."""
        return range(self.box[0].start, self.box[0].stop)

    @property
    def size(self) -> tuple[int, int]:
        """(rows, columns) of the box in voxels."""
        return self.box[1].stop - self.box[1].start, self.box[2].stop - self.box[2].start


Evidence = Callable[[int], np.ndarray]
"""Of a slice's index: (classes, rows, columns) float32 log-odds of the whole slice, background first."""


class VolumetricStep:
    """One step from scores to a volume; it overrides the method for the part where it works.

    First the evidence of all steps is added to the model's log-probabilities slice by slice, then every step
    refines the probabilities of the whole region, in order, then each cleans up the label map.

    Attributes:
        joins_slices: whether it lets slices depend on each other; if no step does, there is no region and
            each slice's scores stand alone.
    """

    joins_slices: ClassVar[bool] = False

    def evidence(self, problem: Problem) -> Evidence | None:
        """What to add to the model's log-probabilities; None if nothing. Called from several threads."""
        return None

    def refine(
        self, probabilities: torch.Tensor, region: Region, problem: Problem, report: Callable[[float], None]
    ) -> torch.Tensor:
        """Better probabilities of a region.

        Args:
            probabilities: (classes, slices, rows, columns) float16 of the region's cells in main memory,
                background first; may be overwritten.
            report: to be called with the fraction done, 0 to 1; may raise to stop.

        Returns:
            The same shape and type.
        """
        return probabilities

    def remove(self, label_map: np.ndarray, problem: Problem) -> np.ndarray | None:
        """Voxels whose label is taken away in the end; called again for what has come in its place.

        Args:
            label_map: (slices, rows, columns) uint16 of the whole stack without painted slices put over it.
                Not to be written to.

        Returns:
            (slices, rows, columns) bool, or None for none.
        """
        return None
