"""Segmenters with a toy encoder, of both methods: contracts, not accuracy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import take_slice
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.errors import OperationCancelled
from fewshot_sam.methods.sam_decoder.settings import SamDecoderSettings
from fewshot_sam.methods.triplanar.settings import TriplanarSettings
from fewshot_sam.progress import Stage
from fewshot_sam.segmenter import FewShotSegmenter, Prediction
from fewshot_sam.settings import PredictSettings, Settings
from tests.fewshot_sam.toy_encoder import ToyEncoder, painted, truth, volume_of

LABELS = truth(codes=(3, 700))
VOLUME = volume_of(LABELS)
FAST = Settings(TriplanarSettings(head_steps=40, head_warm_steps=10), PredictSettings(probabilities=True))
SAM_DECODER = Settings(
    SamDecoderSettings(steps=12, warm_steps=4),
    PredictSettings(score_weight=2.0, distance_weight=1.5, probabilities=True),
)
METHODS = pytest.mark.parametrize("settings", [FAST, SAM_DECODER], ids=["triplanar", "sam_decoder"])


def make(cache: EmbeddingCache, seed: int = 0, settings: Settings = FAST, **encoder: Any) -> FewShotSegmenter:
    return FewShotSegmenter(ToyEncoder(**encoder), "cpu", seed, settings, cache)


def fitted(
    cache: EmbeddingCache, annotations: SparseAnnotations | None = None, settings: Settings = FAST
) -> FewShotSegmenter:
    return make(cache, settings=settings).fit([(VOLUME, annotations or painted(LABELS))])


def steps_of(settings: Settings) -> tuple[int, int]:
    """Most steps of a first fit and of one that continues an earlier model."""
    fit = settings.fit
    if isinstance(fit, SamDecoderSettings):
        return fit.steps, fit.warm_steps
    assert isinstance(fit, TriplanarSettings)
    return fit.head_steps, fit.head_warm_steps


def assert_painted(prediction: Prediction, annotations: SparseAnnotations) -> None:
    assert prediction.probabilities is not None
    for index, image in annotations.slices.items():
        np.testing.assert_array_equal(take_slice(prediction.label_map, annotations.plane, index), image)
        for code, probabilities in prediction.probabilities.items():
            np.testing.assert_array_equal(
                take_slice(probabilities, annotations.plane, index), (image == code).astype(np.float16)
            )


class Cancel:
    """Progress that stops the work at the n-th call in a stage."""

    def __init__(self, stage: Stage, calls: int = 1) -> None:
        self._stage, self._left = stage, calls
        self.after = 0

    def __call__(self, stage: Stage, fraction: float, **details: Any) -> None:
        self._left -= stage == self._stage
        if self._left <= 0:
            self.after += 1
            raise OperationCancelled
