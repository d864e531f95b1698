"""Applying the triplanar head to a volume: fitted on it, or another patient's, scanner's or field of view.

Each rule for other volumes was measured across patients (benchmarks/RESULTS.md); all it needs is the scan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.stack import StackAxes, depth_mm
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.encode import PlaneEmbeddings
from fewshot_sam.embeddings.painted_region import Spans
from fewshot_sam.encoders.numerics import autocast, in_threads
from fewshot_sam.methods.triplanar.features import LocalFeatures, VectorField
from fewshot_sam.methods.triplanar.head import TriplanarHead
from fewshot_sam.progress import Progress, Stage

_MIN_DEPTH_RATIO = 0.5
"""Of the thinnest fitted volume: of a slab below it, the other two planes look like nothing seen before."""
_IMPOSSIBLE = -20.0
"""Log-probability of labels where they are not looked for."""


@dataclass(frozen=True)
class InferenceOptions:
    """How a head is applied to a volume.

    Attributes:
        fold_networks: the networks of the folds join the ensemble; for a fitted volume they would be guessing
            at slices that the members have seen.
        orthogonal: use the embeddings of the other two planes.
        recentre: take away the volume's own mean embedding, not the fitted volumes'.
    """

    fold_networks: bool = False
    orthogonal: bool = True
    recentre: bool = False


FITTED = InferenceOptions()
"""Of a volume that the head was fitted on."""


def inference_options(volume: Volume, plane: Plane, fitted: Mapping[str, float]) -> InferenceOptions:
    """How to apply a head to a volume, by its domain shift from those it was fitted on.

    Args:
        fitted: content hash to depth in mm of the fitted volumes.
    """
    if volume.content_hash in fitted or not fitted:
        return FITTED
    orthogonal = depth_mm(volume, plane) >= _MIN_DEPTH_RATIO * min(fitted.values())
    # One volume alone does not show the head how much its mean may differ; several do.
    return InferenceOptions(fold_networks=True, orthogonal=orthogonal, recentre=len(fitted) == 1)


class TriplanarScores:
    """Of the triplanar head, whose first layer is applied to the cells of all planes at once.

    Args:
        planes: the annotation plane's slices, and those of the other two unless ``options`` leave
            them out.
        spans: of the canonical axes, where labels are looked for; None for the whole volume.
    """

    def __init__(
        self,
        head: TriplanarHead,
        planes: list[PlaneEmbeddings],
        volume: Volume,
        plane: Plane,
        window: Window,
        progress: Progress,
        options: InferenceOptions = FITTED,
        spans: Spans | None = None,
    ) -> None:
        self._head, self._volume, self._plane, self._window = head, volume, plane, window
        members = head.members + (head.folds if options.fold_networks else 0)
        self._members, self._progress, self._recentre = slice(0, members), progress, options.recentre
        self._axes = StackAxes.of(volume, plane)
        self._near = None if spans is None else _near_axes(spans, self._axes)
        self._cells = planes[0].embeddings.key.embedding_shape[1:]
        self._local: dict[int, LocalFeatures] = {}
        self._whole: dict[int, list[torch.Tensor]] = {}
        self._fields = [self._project(number, planes) for number in range(len(planes))]

    def likely(self) -> np.ndarray:
        """See :class:`SliceScores`; (slices, h, w) float32, about as fine as the embedding cells."""
        rows, columns = (slice(0, length) for length in self._axes.shape[1:])
        step = max(
            1, *(length // cells for length, cells in zip(self._axes.shape[1:], self._cells, strict=True))
        )
        count = self._axes.shape[0]
        self.prepare(step)

        def one(index: int) -> torch.Tensor:
            return self.log_probabilities(index, rows, columns, step).half()

        slices: list[torch.Tensor] = []
        for each in in_threads(one, range(count)):
            self._progress(Stage.SCORE, 0.5 + 0.5 * len(slices) / count)
            slices.append(each)
        self._whole = {step: slices}
        return 1.0 - torch.stack([each[0] for each in slices]).float().exp().numpy()

    @torch.inference_mode()
    def log_probabilities(self, index: int, rows: slice, columns: slice, step: int) -> torch.Tensor:
        """See :class:`SliceScores`; (classes, rows / step, columns / step) float32."""
        local = self.prepare(step)
        rows, columns = (slice(part.start // step, -(-part.stop // step)) for part in (rows, columns))
        if step in self._whole:
            return self._whole[step][index][:, rows, columns].float()
        places = local.coordinates(rows, columns)
        if self._near is not None and not self._near[0][index]:
            return _nothing(torch.zeros(self._head.out.shape[2], *map(len, places)))
        projected = self._fields[0].read(index, *places)
        for field in self._fields[1:]:
            projected = projected + field.read(index, *places)
        device = self._head.bias.device
        seen = local.read(index, rows, columns).to(device)
        with autocast(device):
            found = self._head.answer(projected, seen, self._members).cpu()
        if self._near is not None:
            rows_near, columns_near = (
                torch.from_numpy(near[np.rint(place).astype(int).clip(0, len(near) - 1)])
                for near, place in zip(self._near[1:], places, strict=True)
            )
            found = torch.where(rows_near[:, None] & columns_near, found, _nothing(torch.zeros_like(found)))
        return found

    def prepare(self, step: int) -> LocalFeatures:
        """See :class:`SliceScores`; forgets what was found at another step."""
        if step not in self._local:
            self._whole = {}
            self._local = {step: LocalFeatures(self._volume, self._plane, self._window, step)}
        return self._local[step]

    def _project(self, number: int, planes: list[PlaneEmbeddings]) -> VectorField:
        """The first layer's share of one plane, on all its encoded slices."""
        plane, device = planes[number], self._head.bias.device
        total = sum(len(each.indices) for each in planes)
        before = sum(len(each.indices) for each in planes[:number])

        @torch.inference_mode()
        def one(count: int) -> torch.Tensor:
            embedding = plane.read(count).to(device)
            with autocast(device):
                return self._head.project(embedding, number, self._members).half()

        projected: list[torch.Tensor] = []
        for each in in_threads(one, range(len(plane.indices))):
            self._progress(Stage.SCORE, 0.5 * (before + len(projected)) / total)
            projected.append(each)
        cells = torch.stack(projected)
        if self._recentre:
            cells -= cells.mean((0, 1, 2), dtype=torch.float32).half()
        return VectorField(cells, plane.plane, plane.indices, self._axes)


def _near_axes(spans: Spans, axes: StackAxes) -> list[np.ndarray]:
    """For slices, rows and columns of the stack: (length,) bool, whether labels are looked for there."""
    near = []
    for place, (axis, length) in enumerate(zip(axes.order, axes.shape, strict=True)):
        here = np.zeros(length, bool)
        here[spans[axis].start : spans[axis].stop] = True
        near.append(here if place == 0 else here[::-1].copy())  # rows and columns of a display run backwards
    return near


def _nothing(log_probabilities: torch.Tensor) -> torch.Tensor:
    """(classes, rows, columns) float32 that say background everywhere; written over what is given."""
    log_probabilities.fill_(_IMPOSSIBLE)[0] = 0.0
    return log_probabilities
