"""Points of a toy volume's painted slices."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fewshot_sam.data.painted_case import PaintedCase, painted_case
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.windowing import default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import PlaneEmbeddings, encode_planes
from fewshot_sam.embeddings.painted_region import PaintedRegion
from fewshot_sam.methods.triplanar.features import LocalFeatures
from fewshot_sam.methods.triplanar.sampler import TrainingPoints, collect_points
from fewshot_sam.methods.triplanar.settings import TriplanarSettings
from fewshot_sam.progress import no_progress
from fewshot_sam.volumetric.distance_weights import DistanceWeights
from tests.fewshot_sam.toy_encoder import ToyEncoder, painted, truth, volume_of

CODES = (3, 700)
LABELS = truth(codes=CODES)
VOLUME = volume_of(LABELS)
FAST = TriplanarSettings(points=256)
PAINTED = (2, 4, 6)
WEIGHTS = DistanceWeights(np.ones(2), np.zeros(2))


def case_of(indices: tuple[int, ...] = PAINTED, plane: Plane = Plane.AXIAL) -> PaintedCase:
    return painted_case(VOLUME, painted(LABELS, indices, plane))


def planes_of(case: PaintedCase, folder: Path) -> list[PlaneEmbeddings]:
    region = PaintedRegion.of(case.volume, case.plane, case.display)
    cache = EmbeddingCache(folder)
    return encode_planes(case.volume, case.plane, ToyEncoder(), cache, None, no_progress, painted=region)


def collect(
    folder: Path,
    case: PaintedCase | None = None,
    max_points: int = 60_000,
    step: int = 1,
    seed: int = 0,
    weights: DistanceWeights | None = None,
) -> TrainingPoints:
    """Each slice a fold of its own."""
    case = case or case_of()
    local = LocalFeatures(case.volume, case.plane, default_window(case.volume), step)
    folds = {index: fold for fold, index in enumerate(sorted(case.display))}
    draw = np.random.default_rng(seed)
    planes = planes_of(case, folder)
    return collect_points(case, CODES, planes, local, folds, weights or WEIGHTS, max_points, draw)
