"""Fitting the three-plane head to the painted slices; the encoder is never called."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import binary_dilation

from fewshot_sam.data.painted_case import PaintedCase
from fewshot_sam.embeddings.plan import PlaneEmbeddings, StackAxes, VectorField, read_side
from fewshot_sam.encoders.numerics import autocast
from fewshot_sam.methods.triplanar.head import PlanesHead
from fewshot_sam.methods.triplanar.local_features import LocalFeatures, label_shares, reduce
from fewshot_sam.progress import Progress, Stage
from fewshot_sam.settings import FitSettings
from fewshot_sam.volumetric.interpolation import DistanceInterpolator

MOST_POINTS = 60_000
_NEAR_POINTS = 6
"""Points this close to a label are all kept if they fit; of the rest as many at random."""
_WARM_UP = 0.1
_LOSS_MEMORY = 0.9


@dataclass(frozen=True, eq=False)
class TrainingPoints:
    """Points of the painted slices of all cases.

    Attributes:
        embeddings: (N, 3, C) float16; plane 0 is the annotation plane.
        local: (N, F) float32.
        classes: (N,) int64, 0 background.
        folds: (N,) int64, the fold of the point's slice.
        weights: (N,) float32, how many points of the slice this one stands for.
        left_out_odds: (N, classes) float32, weighted log-odds of the other slices' distances.
    """

    embeddings: torch.Tensor
    local: torch.Tensor
    classes: torch.Tensor
    folds: torch.Tensor
    weights: torch.Tensor
    left_out_odds: torch.Tensor


def collect_points(
    case: PaintedCase,
    codes: tuple[int, ...],
    planes: list[PlaneEmbeddings],
    local: LocalFeatures,
    folds: dict[int, int],
    distance_weight: float,
    most: int,
    generator: np.random.Generator,
) -> TrainingPoints:
    """Points of a case's painted slices, at most about ``most`` of them, near the labels first."""
    axes = StackAxes.of(case.volume, case.plane)
    sides = [read_side(plane, axes, sorted(case.display)) for plane in planes[1:]]
    rows, columns = (slice(0, length) for length in local.size)
    places = local.coordinates(rows, columns)
    spacing_mm = axes.spacing_mm(case.volume)
    distances = DistanceInterpolator(case.display, codes, spacing_mm[1:], spacing_mm[0])
    parts: list[tuple[torch.Tensor, ...]] = []
    for index, image in sorted(case.display.items()):
        classes = label_shares(image, codes, local.step).argmax(0).ravel()
        chosen, weights = _choose(classes.reshape(local.size), most // len(case.display), generator)
        odds = np.stack(
            [
                reduce(o, local.step)
                for o in distances.without(index).weighted_log_odds(index, distance_weight)
            ]
        )
        own = VectorField(_one(planes[0], index), case.plane, np.array([index]), axes)
        vectors = [field.read(index, *places).flatten(0, 1)[chosen].half() for field in (own, *sides)]
        parts.append(
            (
                torch.stack(vectors, 1),
                local.read(index, rows, columns).flatten(1).T[chosen],
                torch.from_numpy(classes[chosen]),
                torch.full((len(chosen),), folds[index]),
                torch.from_numpy(weights),
                torch.from_numpy(odds.reshape(len(odds), -1).T[chosen]),
            )
        )
    return TrainingPoints(*(torch.cat(part) for part in zip(*parts, strict=True)))


def join_points(parts: list[TrainingPoints]) -> TrainingPoints:
    """All points of several cases."""
    names = [field.name for field in fields(TrainingPoints)]
    return TrainingPoints(*(torch.cat([getattr(part, name) for part in parts]) for name in names))


def start_head(
    points: TrainingPoints, classes: int, folds: int, settings: FitSettings, generator: torch.Generator
) -> PlanesHead:
    """An untrained head, with the points' mean and scale."""
    head = PlanesHead(
        classes,
        points.embeddings.shape[2],
        points.local.shape[1],
        settings.members,
        folds,
        settings.hidden,
        generator,
    )
    sample = points.embeddings[:: max(1, len(points.embeddings) // 20_000)].float()
    head.mean.copy_(sample.mean(0))
    head.scale.copy_((sample - head.mean).std(dim=(0, 2)).clamp(min=1e-6))
    return head


def train_head(
    head: PlanesHead,
    points: TrainingPoints,
    settings: FitSettings,
    steps: int,
    generator: torch.Generator,
    progress: Progress,
) -> list[float]:
    """Train the head in place; ``progress`` gets ``loss`` and ``step``.

    Points are drawn by the inverse root of their class's area, and each member learns from all points but
    those of its fold.

    Returns:
        The loss of each step.

    Raises:
        OperationCancelled: from ``progress``, called at every step.
    """
    device = head.bias.device
    optimiser = torch.optim.AdamW(
        head.parameters(), settings.head_learning_rate, weight_decay=settings.head_weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.head_learning_rate, max(2, steps), pct_start=max(_WARM_UP, 1.5 / max(2, steps))
    )
    area = torch.bincount(points.classes).clamp(min=1).float()
    chance = area.rsqrt()[points.classes]
    member_fold = torch.arange(head.answering + head.folds) - head.answering  # negative: sees all
    losses: list[float] = []
    head.train()
    torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
    for step in range(steps):
        drawn = torch.multinomial(chance, settings.points, replacement=True, generator=generator)
        kept = (torch.rand(len(drawn), 3, generator=generator) >= settings.plane_dropout).float()
        kept = kept / (1.0 - settings.plane_dropout)
        embeddings = head.standardise(points.embeddings[drawn].to(device).float())
        local, classes = points.local[drawn].to(device), points.classes[drawn].to(device)
        with autocast(device):
            logits = head(embeddings, local, kept.to(device), settings.dropout)
        flat, repeated = logits.float().flatten(0, 1), classes.repeat(len(logits))
        each = F.cross_entropy(flat, repeated, reduction="none").view(len(logits), -1)
        shown = (points.folds[drawn][None] != member_fold[:, None]).to(each)
        loss = ((each * shown).sum(1) / shown.sum(1).clamp(min=1)).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()) / len(logits))
        progress(Stage.FIT, (step + 1) / steps, loss=losses[-1], step=step + 1)
    head.eval()
    return losses


def _one(plane: PlaneEmbeddings, index: int) -> torch.Tensor:
    return torch.from_numpy(np.array(plane.embeddings.read(index))).movedim(0, 2)[None]


def _choose(classes: np.ndarray, most: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the points of a slice that are learnt from, and how many points each stands for."""
    if classes.size <= most:
        return np.arange(classes.size), np.ones(classes.size, np.float32)
    near = np.flatnonzero(binary_dilation(classes != 0, iterations=_NEAR_POINTS))
    far = np.setdiff1d(np.arange(classes.size), near)
    kept = [
        generator.choice(part, min(len(part), size), replace=False)
        for part, size in ((near, max(most // 2, most - len(far))), (far, most - min(len(near), most // 2)))
    ]
    weights = [np.full(len(k), len(part) / max(1, len(k))) for k, part in zip(kept, (near, far), strict=True)]
    order = np.argsort(np.concatenate(kept))
    return np.concatenate(kept)[order], np.concatenate(weights)[order].astype(np.float32)
