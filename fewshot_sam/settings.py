"""Everything that can be set about fitting and predicting; JSON-able, with defaults that were measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from fewshot_sam.errors import ModelError


@dataclass(frozen=True)
class FitSettings:
    """How the decoder is fine-tuned.

    Attributes:
        prototypes: few-shot tokens a label.
        probe_decay, probe_iterations: L2 penalty and most steps of the linear first guess.
        steps: most optimiser steps of a first fit.
        warm_steps: most steps when starting from an earlier model.
        batch_size: slices a step, at most.
        learning_rate: peak of the one-cycle schedule, for SAM's weights.
        token_learning_rate: the same for prototypes, tags and mask tokens.
        stop_loss: training ends early once the running loss is below this.
    """

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
        decoder_weight: of the decoder's logits beside what the painted slices say.
        distance_weight: of the interpolated signed distances, as log-odds, beside the decoder's.
        prior_weight: gamma of the random walk; more keeps closer to the decoder.
        edge_contrast: beta of the random walk; more stops sooner at edges of the image.
        iterations: most conjugate gradient steps a label.
        batch_size: slices the decoder takes at once.
        probabilities: also return each label's probabilities.
    """

    consistency: bool = True
    decoder_weight: float = 2.0
    distance_weight: float = 1.5
    prior_weight: float = 0.25
    edge_contrast: float = 100.0
    iterations: int = 40
    batch_size: int = 4
    probabilities: bool = False


@dataclass(frozen=True)
class Settings:
    """Fitting and predicting together."""

    fit: FitSettings = FitSettings()
    predict: PredictSettings = PredictSettings()

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
