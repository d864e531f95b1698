"""The painted slices' points, as the head learns from them; the encoder is never called."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import binary_dilation

from fewshot_sam.data.painted_case import PaintedCase
from fewshot_sam.data.stack import StackAxes
from fewshot_sam.embeddings.encode import PlaneEmbeddings
from fewshot_sam.embeddings.resize import label_shares, reduce
from fewshot_sam.methods.triplanar.features import LocalFeatures, VectorField, read_orthogonal
from fewshot_sam.volumetric.distance_weights import DistanceWeights
from fewshot_sam.volumetric.interpolation import DistanceInterpolator

MAX_POINTS = 60_000
_NEAR_POINTS = 6
"""Points this close to a label are all kept if they fit; of the rest as many at random."""


@dataclass(frozen=True, eq=False)
class TrainingPoints:
    """Points of the painted slices of all cases.

    Attributes:
        embeddings: (N, 3, C) float16; plane 0 is the annotation plane. The others are 0 where there are none.
        local: (N, F) float32.
        classes: (N,) int64, 0 background.
        folds: (N,) int64, the fold of the point's slice.
        weights: (N,) float32, how many points of the slice this one stands for.
        other_slices_odds: (N, classes) float32, weighted log-odds of the other slices' distances.
    """

    embeddings: torch.Tensor
    local: torch.Tensor
    classes: torch.Tensor
    folds: torch.Tensor
    weights: torch.Tensor
    other_slices_odds: torch.Tensor


def collect_points(
    case: PaintedCase,
    codes: tuple[int, ...],
    planes: list[PlaneEmbeddings],
    local: LocalFeatures,
    folds: dict[int, int],
    label_weights: DistanceWeights,
    max_points: int,
    generator: np.random.Generator,
) -> TrainingPoints:
    """Points of a case's painted slices, at most about ``max_points`` of them, near the labels first."""
    axes = StackAxes.of(case.volume, case.plane)
    orthogonal = [read_orthogonal(plane, axes, sorted(case.display)) for plane in planes[1:]]
    rows, columns = (slice(0, length) for length in local.size)
    places = local.coordinates(rows, columns)
    spacing_mm = axes.spacing_mm(case.volume)
    distances = DistanceInterpolator(case.display, codes, spacing_mm[1:], spacing_mm[0])
    parts: list[tuple[torch.Tensor, ...]] = []
    for index, image in sorted(case.display.items()):
        classes = label_shares(image, codes, local.step).argmax(0).ravel()
        chosen, weights = _choose(classes.reshape(local.size), max_points // len(case.display), generator)
        odds = np.stack(
            [reduce(o, local.step) for o in distances.without(index).weighted_log_odds(index, label_weights)]
        )
        own = VectorField(_one(planes[0], index), case.plane, np.array([index]), axes)
        vectors = [field.read(index, *places).flatten(0, 1)[chosen].half() for field in (own, *orthogonal)]
        parts.append(
            (
                F.pad(torch.stack(vectors, 1), (0, 0, 0, 3 - len(vectors))),
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


def _one(plane: PlaneEmbeddings, index: int) -> torch.Tensor:
    return torch.from_numpy(np.array(plane.embeddings.read(index))).movedim(0, 2)[None]


def _choose(
    classes: np.ndarray, max_points: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the points of a slice that are learnt from, and how many points each stands for."""
    if classes.size <= max_points:
        return np.arange(classes.size), np.ones(classes.size, np.float32)
    near = np.flatnonzero(binary_dilation(classes != 0, iterations=_NEAR_POINTS))
    far = np.setdiff1d(np.arange(classes.size), near)
    kept = [
        generator.choice(part, min(len(part), size), replace=False)
        for part, size in (
            (near, max(max_points // 2, max_points - len(far))),
            (far, max_points - min(len(near), max_points // 2)),
        )
    ]
    weights = [np.full(len(k), len(part) / max(1, len(k))) for k, part in zip(kept, (near, far), strict=True)]
    order = np.argsort(np.concatenate(kept))
    return np.concatenate(kept)[order], np.concatenate(weights)[order].astype(np.float32)
