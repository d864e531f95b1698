"""What a fitted model says of a volume's slices, in the form the volumetric step reads it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.plan import PlaneEmbeddings, StackAxes, VectorField
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.encoders.numerics import autocast, in_threads
from fewshot_sam.methods.sam_decoder.inference import log_probabilities
from fewshot_sam.methods.triplanar.domain_shift import FITTED, Reading
from fewshot_sam.methods.triplanar.head import PlanesHead
from fewshot_sam.methods.triplanar.local_features import LocalFeatures, reduce
from fewshot_sam.progress import Progress, Stage


class SliceScores(Protocol):
    """Log-probabilities of any part of any slice; rows and columns are of the display orientation."""

    def likely(self) -> np.ndarray:
        """(slices, h, w) float: probability of any label, at any resolution."""

    def prepare(self, step: int) -> object:
        """Make what all slices share at this step, before threads ask for slices."""

    def log_probabilities(self, index: int, rows: slice, columns: slice, step: int) -> torch.Tensor:
        """(classes, rows / step, columns / step) float32 of a slice; ``rows`` and ``columns`` are voxels
        that start at a multiple of ``step``, and every result stands for step x step of them."""


class DecoderScores:
    """Of the decoder's low resolution logits.

    Args:
        logits: (slices, classes, 4h, 4w) float16.
    """

    def __init__(self, logits: np.ndarray, framing: Framing) -> None:
        self._logits, self._framing = logits, framing

    def likely(self) -> np.ndarray:
        """See :class:`SliceScores`."""
        return np.stack(
            [1.0 - F.softmax(torch.from_numpy(item).float(), dim=0)[0].numpy() for item in self._logits]
        )

    def prepare(self, step: int) -> None:
        """See :class:`SliceScores`."""

    def log_probabilities(self, index: int, rows: slice, columns: slice, step: int) -> torch.Tensor:
        """See :class:`SliceScores`."""
        whole = log_probabilities(self._logits[index], self._framing)[:, rows, columns]
        return torch.from_numpy(np.stack([reduce(image, step) for image in whole.numpy()]))


class HeadScores:
    """Of the three-plane head, whose first layer is applied to the cells of all planes at once.

    Args:
        planes: the annotation plane's slices, and those of the other two unless ``reading`` leaves them out.
    """

    def __init__(
        self,
        head: PlanesHead,
        planes: list[PlaneEmbeddings],
        volume: Volume,
        plane: Plane,
        window: Window,
        progress: Progress,
        reading: Reading = FITTED,
    ) -> None:
        self._head, self._volume, self._plane, self._window = head, volume, plane, window
        answering = head.answering + (head.folds if reading.every_member else 0)
        self._members, self._progress, self._recentre = slice(0, answering), progress, reading.recentre
        self._axes = StackAxes.of(volume, plane)
        self._cells = planes[0].embeddings.key.embedding_shape[1:]
        self._local: dict[int, LocalFeatures] = {}
        self._whole: dict[int, list[torch.Tensor]] = {}
        self._fields = [self._project(number, planes) for number in range(len(planes))]

    def likely(self) -> np.ndarray:
        """See :class:`SliceScores`; about as fine as the embedding cells."""
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
        """See :class:`SliceScores`."""
        local = self.prepare(step)
        rows, columns = (slice(part.start // step, -(-part.stop // step)) for part in (rows, columns))
        if step in self._whole:
            return self._whole[step][index][:, rows, columns].float()
        places = local.coordinates(rows, columns)
        projected = self._fields[0].read(index, *places)
        for field in self._fields[1:]:
            projected = projected + field.read(index, *places)
        device = self._head.bias.device
        seen = local.read(index, rows, columns).to(device)
        with autocast(device):
            return self._head.answer(projected, seen, self._members).cpu()

    def prepare(self, step: int) -> LocalFeatures:
        """See :class:`SliceScores`; forgets what was found at another step."""
        if step not in self._local:
            self._whole = {}
            self._local = {step: LocalFeatures(self._volume, self._plane, self._window, step)}
        return self._local[step]

    def _project(self, number: int, planes: list[PlaneEmbeddings]) -> VectorField:
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
