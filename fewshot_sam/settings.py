"""Everything that can be set about fitting and predicting; JSON-able, with defaults that were measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from fewshot_sam.errors import ModelError


@dataclass(frozen=True)
class FitSettings:
    """How a few-shot model is fitted.

    Attributes:
        method: "planes", the head on the embeddings of three planes, which measured best; or "decoder",
            SAM's mask decoder with few-shot prompts on the annotation plane's slices, as in the paper.
        members: networks of the head that answer together.
        hidden: width of each.
        folds: most folds of painted slices that are left out in turn to tell the accuracy.
        head_steps, head_warm_steps: optimiser steps of a first fit, and from an earlier model.
        head_volume_steps, head_most_steps: more steps of a first fit for each further volume, up to so many.
        points: points a step.
        head_learning_rate: peak of the one-cycle schedule.
        head_weight_decay: of AdamW.
        plane_dropout: how often a point's embedding in a plane is hidden.
        dropout: of hidden units.
        prototypes: the decoder's few-shot tokens a label.
        probe_decay, probe_iterations: L2 penalty and most steps of the linear first guess.
        steps: most optimiser steps of the decoder's first fit.
        warm_steps: its most steps when starting from an earlier model.
        batch_size: slices a step, at most.
        learning_rate: peak of the one-cycle schedule, for SAM's weights.
        token_learning_rate: the same for prototypes, tags and mask tokens.
        stop_loss: training ends early once the running loss is below this.
    """

    method: str = "planes"
    members: int = 1
    hidden: int = 64
    folds: int = 3
    head_steps: int = 200
    head_warm_steps: int = 60
    head_volume_steps: int = 80
    head_most_steps: int = 1000
    points: int = 1024
    head_learning_rate: float = 2e-3
    head_weight_decay: float = 1e-2
    plane_dropout: float = 0.2
    dropout: float = 0.1
    prototypes: int = 8
    probe_decay: float = 1e-3
    probe_iterations: int = 60
    steps: int = 30
    warm_steps: int = 12
    batch_size: int = 4
    learning_rate: float = 1e-3
    token_learning_rate: float = 1e-3
    stop_loss: float = 0.05


@dataclass(frozen=True)
class PredictSettings:
    """How slices become a volume.

    Attributes:
        consistency: solve over the whole volume where it has painted slices; off, each slice stands alone.
        score_weight: of the model's log-probabilities.
        distance_weight: of the interpolated signed distances, as log-odds, beside them; None: by the gaps
            between painted slices, see :func:`fewshot_sam.interpolation.distance_weight`.
        prior_weight: gamma of the random walk for a label that the model has learnt; more keeps closer to
            the model.
        edge_contrast: beta of the random walk; more stops sooner at edges of the image.
        least_prior_weight, most_edge_contrast: the same for a label that was not found on painted slices
            left out.
        iterations: most conjugate gradient steps a label.
        least_island: on volumes without paint, a label's pieces smaller than this share of its largest are
            taken for background.
        batch_size: slices the decoder takes at once.
        probabilities: also return each label's probabilities.
    """

    consistency: bool = True
    score_weight: float = 1.0
    distance_weight: float | None = None
    prior_weight: float = 0.25
    edge_contrast: float = 100.0
    least_prior_weight: float = 0.0001
    most_edge_contrast: float = 1000.0
    iterations: int = 100
    least_island: float = 0.2
    batch_size: int = 4
    probabilities: bool = False


@dataclass(frozen=True)
class Settings:
    """Fitting and predicting together."""

    fit: FitSettings = FitSettings()
    predict: PredictSettings = PredictSettings()

    @classmethod
    def decoder(cls, consistency: bool = True) -> Settings:
        """SAM's mask decoder as the model; without consistency slices stand alone, as in the paper."""
        return cls(
            FitSettings(method="decoder"),
            PredictSettings(consistency=consistency, score_weight=2.0, distance_weight=1.5),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Settings:
        """Inverse of :meth:`to_json`; what is missing keeps its default.

        Raises:
            ModelError: if a name is unknown.
        """
        return cls(
            fit=_make(FitSettings, values.get("fit", {})),
            predict=_make(PredictSettings, values.get("predict", {})),
        )


def _make(kind: type, values: dict[str, Any]) -> Any:
    known = {field.name for field in fields(kind)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ModelError(f"Unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}.")
    return kind(**values)
