"""Fitting the three-plane head, and what leaving painted slices out says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from fewshot_sam.data.painted_case import PaintedCase
from fewshot_sam.data.windowing import Window, default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.plan import encode_planes
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.methods.triplanar.head import PlanesHead
from fewshot_sam.methods.triplanar.local_features import LocalFeatures
from fewshot_sam.methods.triplanar.training import (
    MOST_POINTS,
    TrainingPoints,
    collect_points,
    join_points,
    start_head,
    train_head,
)
from fewshot_sam.progress import Progress
from fewshot_sam.settings import Settings
from fewshot_sam.volumetric.interpolation import distance_weight

_MOST_PIXELS = 256
"""Painted slices with more rows or columns are learnt from at half the resolution, or less."""
_POINTS_A_CHUNK = 20_000

Folds = dict[str, int]
"""Fold of each painted slice, by "case/slice"."""


@dataclass(frozen=True, eq=False)
class FittedHead:
    """A head and what was found out about it.

    Attributes:
        losses: of each step.
        folds: which painted slices each fold left out.
        left_out: by label code, Dice on the painted slices, each segmented by a member that never saw it;
            None where the label is painted in fewer than two folds.
    """

    head: PlanesHead
    losses: list[float]
    folds: Folds
    left_out: dict[int, float | None]


def fit_planes(
    cases: Sequence[PaintedCase],
    codes: tuple[int, ...],
    encoder: Encoder,
    cache: EmbeddingCache,
    window: Window | None,
    settings: Settings,
    earlier: FittedHead | None,
    generator: torch.Generator,
    device: torch.device,
    progress: Progress,
) -> FittedHead:
    """Train a head on painted slices; ``earlier`` is continued and its folds kept where that can be.

    Raises:
        OperationCancelled: from ``progress``.
    """
    fit = settings.fit
    folds = assign_folds(cases, fit.folds, earlier.folds if earlier else {})
    if earlier is not None and not _folds_fit(earlier, folds):
        earlier, folds = None, assign_folds(cases, fit.folds, {})
    draw = np.random.default_rng(int(torch.randint(2**31, (1,), generator=generator)))
    parts = []
    for number, case in enumerate(cases):
        shown = window or default_window(case.volume)
        planes = encode_planes(
            case.volume, case.plane, encoder, cache, window, progress, painted=sorted(case.display)
        )
        shape = next(iter(case.display.values())).shape
        local = LocalFeatures(case.volume, case.plane, shown, max(1, -(-max(shape) // _MOST_PIXELS)))
        mine = {index: folds[f"{number}/{index}"] for index in case.display}
        parts.append(
            collect_points(
                case,
                codes,
                planes,
                local,
                mine,
                _left_out_weight(case, settings),
                MOST_POINTS // len(cases),
                draw,
            )
        )
    points = join_points(parts)
    if earlier is not None:
        head, steps = _copy(earlier.head).to(device), fit.head_warm_steps
    else:
        count = len(set(folds.values()))
        head = start_head(points, 1 + len(codes), count if count > 1 else 0, fit, generator).to(device)
        steps = min(fit.head_steps + fit.head_volume_steps * (len(cases) - 1), fit.head_most_steps)
    losses = train_head(head, points, fit, steps, generator, progress)
    left_out = _leave_out(head, points, settings.predict.score_weight, alone=len(cases) > 1)
    return FittedHead(head, losses, folds, dict(zip(codes, left_out, strict=True)))


def assign_folds(cases: Sequence[PaintedCase], most: int, earlier: Folds) -> Folds:
    """A fold for each painted slice; of several cases whole cases, so that patients are left out.

    Slices that had a fold keep it, new ones join the smallest.
    """
    if len(cases) > 1:
        return {f"{n}/{index}": n % most for n, case in enumerate(cases) for index in case.display}
    names = [f"0/{index}" for index in sorted(cases[0].display)]
    folds = {name: earlier[name] for name in names if name in earlier}
    count = max(earlier.values()) + 1 if earlier else min(most, len(names))
    for name in names:
        if name not in folds:
            used = list(folds.values())
            folds[name] = min(range(count), key=lambda fold: (used.count(fold), fold))
    return folds


def _folds_fit(earlier: FittedHead, folds: Folds) -> bool:
    """Whether each fold has a member of the earlier head, and that member never saw its slices."""
    if any(earlier.folds.get(name, fold) != fold for name, fold in folds.items()):
        return False
    if _by_case(earlier.folds) != _by_case(folds):
        return False
    return max(folds.values()) < earlier.head.folds or len(folds) == 1


def _by_case(folds: Folds) -> bool:
    """Whether the slices are of several cases."""
    return len({name.split("/")[0] for name in folds}) > 1


def empty_head(state: dict[str, torch.Tensor], answering: int) -> PlanesHead:
    """A head of the size of a stored state."""
    members, hidden, classes = state["out"].shape
    local, channels = state["local"].shape[1], state["planes"].shape[2]
    return PlanesHead(classes, channels, local, answering, members - answering, hidden)


def _copy(head: PlanesHead) -> PlanesHead:
    copy = empty_head(dict(head.state_dict()), head.answering)
    copy.load_state_dict(head.state_dict())
    return copy


def _left_out_weight(case: PaintedCase, settings: Settings) -> float:
    """Of interpolated distances where every other slice is left out, so that gaps are twice as wide."""
    if settings.predict.distance_weight is not None:
        return settings.predict.distance_weight
    return distance_weight(list(case.display), 2 * case.volume.spacing_mm[case.plane.axis])


def _leave_out(
    head: PlanesHead, points: TrainingPoints, score_weight: float, alone: bool
) -> list[float | None]:
    """Each label's Dice with every painted slice segmented by the member that never saw it.

    Args:
        alone: without the other slices' interpolated distances, as on scans without paint.
    """
    labels = range(1, head.out.shape[2])
    if head.folds == 0:
        return [None for _ in labels]
    scores = score_weight * _left_out_log_probabilities(head, points)
    classes = (scores if alone else scores + points.left_out_odds).argmax(1)
    return [_dice(classes, points, label) for label in labels]


@torch.inference_mode()
def _left_out_log_probabilities(head: PlanesHead, points: TrainingPoints) -> torch.Tensor:
    """(N, classes) of the member that never saw the point's slice."""
    found = torch.empty(len(points.classes), head.out.shape[2])
    for fold in range(head.folds):
        member = slice(head.answering + fold, head.answering + fold + 1)
        mine = torch.nonzero(points.folds == fold)[:, 0]
        for start in range(0, len(mine), _POINTS_A_CHUNK):
            part = mine[start : start + _POINTS_A_CHUNK]
            embeddings = points.embeddings[part].to(head.bias.device)
            planes = [head.project(embeddings[:, plane].T[..., None], plane, member) for plane in range(3)]
            local = points.local[part].to(head.bias.device).T[..., None]
            found[part] = head.answer(planes[0] + planes[1] + planes[2], local, member)[..., 0].T.cpu()
    return found


def _dice(found: torch.Tensor, points: TrainingPoints, label: int) -> float | None:
    wanted = points.classes == label
    if len(torch.unique(points.folds[wanted])) < 2:
        return None
    mine, weights = found == label, points.weights
    common = float(weights[mine & wanted].sum())
    return 2 * common / max(float(weights[mine].sum() + weights[wanted].sum()), 1e-9)
