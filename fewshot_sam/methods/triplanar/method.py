"""The triplanar method: a small head on the embeddings of three planes, cross-validated while it learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np
import torch
from pydantic import ConfigDict, Field, StrictInt, TypeAdapter, ValidationError

from fewshot_sam.data.painted_case import PaintedCase
from fewshot_sam.data.windowing import default_window
from fewshot_sam.embeddings.encode import encode_planes
from fewshot_sam.embeddings.painted_region import PaintedRegion
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.methods.base import (
    FitTask,
    MethodContext,
    MethodState,
    MethodStateError,
    ScoreTask,
    settings_of,
)
from fewshot_sam.methods.triplanar.cross_validation import (
    Folds,
    assign_folds,
    cross_validated_dice,
    folds_continue,
)
from fewshot_sam.methods.triplanar.features import LocalFeatures
from fewshot_sam.methods.triplanar.head import TriplanarHead, copy_head, empty_head
from fewshot_sam.methods.triplanar.inference import FITTED, TriplanarScores, inference_options
from fewshot_sam.methods.triplanar.sampler import MAX_POINTS, TrainingPoints, collect_points, join_points
from fewshot_sam.methods.triplanar.settings import TriplanarSettings
from fewshot_sam.methods.triplanar.training import start_head, train_head
from fewshot_sam.volumetric.distance_weights import distance_weights

_MAX_PIXELS = 256
"""Painted slices with more rows or columns are learnt from at half the resolution, or less."""
_Dice = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class TriplanarMethod:
    """A fitted head; see :class:`fewshot_sam.methods.base.Method`.

    Attributes:
        folds: which painted slices each fold left out.
    """

    solves_without_paint: ClassVar[bool] = True

    def __init__(
        self, head: TriplanarHead, folds: Folds, cross_validated_dice: Mapping[int, float | None]
    ) -> None:
        self.head, self.folds = head, folds
        self.cross_validated_dice = cross_validated_dice

    @classmethod
    def fit(
        cls, task: FitTask, context: MethodContext, earlier: TriplanarMethod | None
    ) -> tuple[TriplanarMethod, list[float]]:
        """Train a head on painted slices; ``earlier`` is continued and its folds kept where that can be."""
        settings = settings_of(task, TriplanarSettings)
        generator = torch.Generator().manual_seed(task.seed)
        folds, earlier = _folds(task, settings, earlier)
        draw = np.random.default_rng(int(torch.randint(2**31, (1,), generator=generator)))
        points = join_points(
            [_case_points(number, case, task, context, folds, draw) for number, case in enumerate(task.cases)]
        )
        if earlier is not None:
            head, steps = copy_head(earlier.head).to(context.device), settings.head_warm_steps
        else:
            count = len(set(folds.values()))
            classes, fold_networks = 1 + len(task.codes), count if count > 1 else 0
            head = start_head(points, classes, fold_networks, settings, generator).to(context.device)
            # A picture is no more to learn from than a slice is.
            further = [case for case in task.cases[1:] if not case.volume.pictures]
            more = settings.head_volume_steps * len(further)
            steps = min(settings.head_steps + more, settings.head_max_steps)
        if len(task.cases) > 1:
            settings = replace(settings, plane_dropout=settings.volumes_plane_dropout)
        losses = train_head(head, points, settings, steps, generator, context.progress)
        dice = cross_validated_dice(
            head, points, task.settings.predict.score_weight, alone=len(task.cases) > 1
        )
        return cls(head, folds, dict(zip(task.codes, dice, strict=True))), losses

    def score_slices(self, task: ScoreTask, context: MethodContext) -> TriplanarScores:
        """Encode what is missing of all planes and apply the head's first layer to it."""
        options = inference_options(task.volume, task.plane, task.fitted_volumes)
        painted = PaintedRegion.of(task.volume, task.plane, task.painted)
        if options is not FITTED:  # its paint is not what the head learnt from
            painted = painted.everywhere()
        planes = encode_planes(
            task.volume,
            task.plane,
            context.encoder,
            context.cache,
            task.window,
            context.progress,
            painted,
            orthogonal=options.orthogonal,
        )
        return TriplanarScores(
            self.head, planes, task.volume, task.plane, task.window, context.progress, options, painted.spans
        )

    def state(self) -> MethodState:
        """The head's tensors, its number of members, the folds and what they said."""
        dice = [[code, dice] for code, dice in self.cross_validated_dice.items()]
        about = {"members": self.head.members, "folds": self.folds, "cross_validated_dice": dice}
        return MethodState(self.head.state_dict(), about)

    @classmethod
    def from_state(
        cls, state: MethodState, codes: tuple[int, ...], encoder: Encoder, device: torch.device
    ) -> TriplanarMethod:
        """Inverse of :meth:`state`; any encoder will do."""
        try:
            about = _ABOUT.validate_python(state.about)
        except ValidationError as error:
            raise MethodStateError(".".join(map(str, error.errors(include_url=False)[0]["loc"]))) from error
        _require_bounded(state.tensors, about, codes)
        head = empty_head(state.tensors, about.members)
        head.load_state_dict(state.tensors)
        return cls(head.to(device).eval(), about.folds, dict(about.cross_validated_dice))


@dataclass(frozen=True)
class _About:
    """What :meth:`TriplanarMethod.state` says besides the tensors."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    members: Annotated[StrictInt, Field(ge=1)]
    folds: dict[str, Annotated[StrictInt, Field(ge=0, le=65535)]]
    cross_validated_dice: list[tuple[StrictInt, _Dice | None]]


_ABOUT = TypeAdapter(_About)


def _require_bounded(tensors: dict[str, torch.Tensor], about: _About, codes: tuple[int, ...]) -> None:
    """Let no shape in a file make a head larger than the file: nothing is allocated before this.

    Raises:
        ValueError: if the sizes contradict each other or the labels.
    """
    if tensors["out"].shape[2] != 1 + len(codes):
        raise ValueError("there must be a class for each label and one for the background")
    if {code for code, _ in about.cross_validated_dice} != set(codes):
        raise ValueError("there must be an accuracy, if only None, for each label")
    with torch.device("meta"):  # shapes without memory
        head = empty_head(tensors, about.members)
    if not 1 <= head.members <= len(head.hidden):
        raise ValueError("the ensemble's members must be some of the head's networks")
    shapes = {key: tensor.shape for key, tensor in head.state_dict().items()}
    if shapes != {key: tensor.shape for key, tensor in tensors.items()}:
        raise ValueError("the tensors' shapes contradict each other")


def _folds(
    task: FitTask, settings: TriplanarSettings, earlier: TriplanarMethod | None
) -> tuple[Folds, TriplanarMethod | None]:
    """The folds of the painted slices, and the earlier method if it can be continued with them."""
    if earlier is not None:
        head = earlier.head
        folds = assign_folds(task.cases, settings.folds, earlier.folds)
        same_size = (settings.members, settings.hidden) == (head.members, head.hidden_size)
        if same_size and folds_continue(head, earlier.folds, folds):
            return folds, earlier
    return assign_folds(task.cases, settings.folds, {}), None


def _case_points(
    number: int,
    case: PaintedCase,
    task: FitTask,
    context: MethodContext,
    folds: Folds,
    draw: np.random.Generator,
) -> TrainingPoints:
    """The points of the painted slices of the case ``number``."""
    planes = encode_planes(
        case.volume,
        case.plane,
        context.encoder,
        context.cache,
        task.window,
        context.progress,
        painted=PaintedRegion.of(case.volume, case.plane, case.display),
        whole=False,
    )
    shape = next(iter(case.display.values())).shape
    window = task.window or default_window(case.volume)
    local = LocalFeatures(case.volume, case.plane, window, max(1, -(-max(shape) // _MAX_PIXELS)))
    mine = {index: folds[f"{number}/{index}"] for index in case.display}
    slice_mm = 2 * case.volume.spacing_mm[case.plane.axis]  # with a slice left out gaps are twice as wide
    weights = distance_weights(case.display, task.codes, slice_mm, task.settings.predict.distance_weight)
    max_points = MAX_POINTS // len(task.cases)
    return collect_points(case, task.codes, planes, local, mine, weights, max_points, draw)
