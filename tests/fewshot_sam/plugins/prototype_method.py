"""A plug-in: a method that knows each label by its mean embedding. Registered by one line in the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field, StrictFloat

from fewshot_sam.embeddings.encode import encode_volume
from fewshot_sam.embeddings.resize import Framing, one_hot_at, reduce
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.methods.base import FitTask, MethodContext, MethodState, ScoreTask, settings_of
from fewshot_sam.methods.settings import MethodSettings
from fewshot_sam.progress import Stage


@dataclass(frozen=True)
class PrototypeSettings(MethodSettings):
    """The confidence of the nearest prototype."""

    method: ClassVar[str] = "prototype"

    sharpness: Annotated[StrictFloat, Field(ge=0.1, le=100.0, description="of the softmax")] = 4.0


class PrototypeScores:
    """Scores of (slices, classes, h, w) float32 log-probabilities."""

    def __init__(self, cells: torch.Tensor, framing: Framing) -> None:
        self._cells, self._framing = cells, framing

    def likely(self) -> np.ndarray:
        """(slices, h, w) float32."""
        return 1.0 - self._cells[:, 0].exp().numpy()

    def prepare(self, step: int) -> None:
        """Nothing."""

    def log_probabilities(self, index: int, rows: slice, columns: slice, step: int) -> torch.Tensor:
        """(classes, rows / step, columns / step) float32."""
        whole = F.interpolate(self._cells[index][None], self._framing.slice_size, mode="bilinear")[0]
        return torch.from_numpy(np.stack([reduce(image, step) for image in whole[:, rows, columns].numpy()]))


class PrototypeMethod:
    """(classes, C) float32 prototypes."""

    solves_without_paint: ClassVar[bool] = False

    def __init__(self, prototypes: torch.Tensor, sharpness: float) -> None:
        self.prototypes, self.sharpness = prototypes, sharpness
        self.cross_validated_dice: Mapping[int, float | None] = {}

    @classmethod
    def fit(
        cls, task: FitTask, context: MethodContext, earlier: PrototypeMethod | None
    ) -> tuple[PrototypeMethod, list[float]]:
        """Average the embeddings under each label's mask."""
        total = torch.zeros(1 + len(task.codes), context.encoder.channels)
        for case in task.cases:
            embeddings = encode_volume(
                case.volume, case.plane, context.encoder, context.cache, slices=case.display
            )
            grid = Framing.of(case.volume, case.plane, context.encoder).grid_size
            for index, image in case.display.items():
                shares = one_hot_at(image, task.codes, grid)
                embedding = torch.from_numpy(np.array(embeddings.read(index))).float()
                total += torch.einsum("khw,chw->kc", shares, embedding)
        context.progress(Stage.FIT, 1.0, loss=0.0, step=1)
        return cls(F.normalize(total), settings_of(task, PrototypeSettings).sharpness), [0.0]

    def score_slices(self, task: ScoreTask, context: MethodContext) -> PrototypeScores:
        """Cosine similarity of each cell with each prototype."""
        embeddings = encode_volume(task.volume, task.plane, context.encoder, context.cache)
        cells = torch.from_numpy(np.stack([embeddings.read(i) for i in range(len(embeddings))])).float()
        similarity = torch.einsum("kc,nchw->nkhw", self.prototypes, F.normalize(cells, dim=1))
        framing = Framing.of(task.volume, task.plane, context.encoder)
        return PrototypeScores(F.log_softmax(self.sharpness * similarity, dim=1), framing)

    def state(self) -> MethodState:
        """The prototypes."""
        return MethodState({"prototypes": self.prototypes}, {"sharpness": self.sharpness})

    @classmethod
    def from_state(
        cls, state: MethodState, codes: tuple[int, ...], encoder: Encoder, device: torch.device
    ) -> PrototypeMethod:
        """Inverse of :meth:`state`."""
        return cls(state.tensors["prototypes"], state.about["sharpness"])
