"""Builds the few-shot segmenter from a command's options and describes what it made."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fewshot_sam import FewShotSegmenter
from fewshot_sam.data.folders import cache_folder
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.evaluation.metrics import volume_ml
from fewshot_sam.settings import Settings

if TYPE_CHECKING:
    from fewshot_sam.segmenter import Prediction


def make_segmenter(args: argparse.Namespace) -> FewShotSegmenter:
    """An unfitted segmenter with the encoder, device and seed asked for."""
    return FewShotSegmenter(args.encoder, args.device, args.seed, settings(args), _cache())


def load_segmenter(args: argparse.Namespace) -> FewShotSegmenter:
    """The segmenter saved at ``args.model``, with the encoder it was fitted with unless one is named."""
    segmenter = FewShotSegmenter.load(args.model, args.encoder, args.device, args.seed, cache=_cache())
    predict = replace(segmenter.settings.predict, probabilities=args.probabilities is not None)
    segmenter.settings = replace(segmenter.settings, predict=predict)
    return segmenter


def settings(args: argparse.Namespace) -> Settings:
    """The measured defaults of the method asked for; probabilities are kept if a file for them was named."""
    return Settings.for_method(args.method, probabilities=getattr(args, "probabilities", None) is not None)


def _cache() -> EmbeddingCache:
    return EmbeddingCache(cache_folder())


def window(args: argparse.Namespace) -> Window | None:
    """The window asked for; None leaves the choice to the method."""
    return Window(*args.window) if args.window else None


def describe(segmenter: FewShotSegmenter, prediction: Prediction, volume: Volume) -> dict[str, Any]:
    """What a report says of a prediction: the encoder, the settings, each label's volume."""
    label_map = prediction.label_map
    return {
        "encoder": segmenter.encoder.backend,
        "labels": {
            str(code): {
                "voxels": int((label_map == code).sum()),
                "volume_ml": volume_ml(label_map == code, volume.spacing_mm),
            }
            for code in segmenter.codes
        },
        "method": {"fit": segmenter.fit_report, "predict": prediction.report},
    }
