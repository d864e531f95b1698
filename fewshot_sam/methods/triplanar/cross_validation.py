"""Folds of painted slices, and what the networks that left a fold out say of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from fewshot_sam.data.painted_case import PaintedCase
from fewshot_sam.methods.triplanar.head import TriplanarHead
from fewshot_sam.methods.triplanar.sampler import TrainingPoints

_CHUNK_POINTS = 20_000

Folds = dict[str, int]
"""Fold of each painted slice, by "case/slice"."""


def assign_folds(cases: Sequence[PaintedCase], max_folds: int, earlier: Folds) -> Folds:
    """A fold for each painted slice; of several cases whole cases, so that patients are left out.

    Slices that had a fold keep it, new ones join the smallest.
    """
    if len(cases) > 1:
        return {f"{n}/{index}": n % max_folds for n, case in enumerate(cases) for index in case.display}
    names = [f"0/{index}" for index in sorted(cases[0].display)]
    folds = {name: earlier[name] for name in names if name in earlier}
    count = max(earlier.values()) + 1 if earlier else min(max_folds, len(names))
    for name in names:
        if name not in folds:
            used = list(folds.values())
            folds[name] = min(range(count), key=lambda fold: (used.count(fold), fold))
    return folds


def folds_continue(head: TriplanarHead, earlier: Folds, folds: Folds) -> bool:
    """Whether each fold has a network of the earlier head, and that network never saw its slices."""
    if any(earlier.get(name, fold) != fold for name, fold in folds.items()):
        return False
    if _by_case(earlier) != _by_case(folds):
        return False
    return max(folds.values()) < head.folds or len(folds) == 1


def _by_case(folds: Folds) -> bool:
    """Whether the slices are of several cases."""
    return len({name.split("/")[0] for name in folds}) > 1


def cross_validated_dice(
    head: TriplanarHead, points: TrainingPoints, score_weight: float, alone: bool
) -> list[float | None]:
    """Each label's Dice with every painted slice segmented by the network that never saw it.

    Args:
        alone: without the other slices' interpolated distances, as on scans without paint.

    Returns:
        By label, without background; None where it is painted in fewer than two folds.
    """
    labels = range(1, head.out.shape[2])
    if head.folds == 0:
        return [None for _ in labels]
    scores = score_weight * _log_probabilities(head, points)
    classes = (scores if alone else scores + points.other_slices_odds).argmax(1)
    return [_dice(classes, points, label) for label in labels]


@torch.inference_mode()
def _log_probabilities(head: TriplanarHead, points: TrainingPoints) -> torch.Tensor:
    """(N, classes) float32 of the network that never saw the point's slice."""
    found = torch.empty(len(points.classes), head.out.shape[2])
    for fold in range(head.folds):
        network = slice(head.members + fold, head.members + fold + 1)
        mine = torch.nonzero(points.folds == fold)[:, 0]
        for start in range(0, len(mine), _CHUNK_POINTS):
            part = mine[start : start + _CHUNK_POINTS]
            embeddings = points.embeddings[part].to(head.bias.device)
            planes = [head.project(embeddings[:, plane].T[..., None], plane, network) for plane in range(3)]
            local = points.local[part].to(head.bias.device).T[..., None]
            found[part] = head.answer(planes[0] + planes[1] + planes[2], local, network)[..., 0].T.cpu()
    return found


def _dice(found: torch.Tensor, points: TrainingPoints, label: int) -> float | None:
    """Dice of (N,) int64 classes; points count as often as the points they stand for."""
    wanted = points.classes == label
    if len(torch.unique(points.folds[wanted])) < 2:
        return None
    mine, weights = found == label, points.weights
    common = float(weights[mine & wanted].sum())
    return 2 * common / max(float(weights[mine].sum() + weights[wanted].sum()), 1e-9)
