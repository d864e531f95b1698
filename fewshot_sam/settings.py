"""Everything that can be set about fitting and predicting: type, range, meaning and measured default.

Settings come from requests and from model files, so :meth:`Settings.from_json` takes nothing on trust: a
name it does not know, a value of another type or outside its range, and settings that together ask for
too much work are refused. Each field's annotation is the one place that states its range and its meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, StrictBool, StrictFloat, StrictInt, TypeAdapter, ValidationError

from fewshot_sam.errors import ModelError
from fewshot_sam.settings_errors import describe, shown


@dataclass(frozen=True)
class FitSettings:
    """How a few-shot model is fitted. Settings of the head start with ``head_``; see each field."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    method: Annotated[
        Literal["planes", "decoder"],
        Field(
            description="planes, the head on the embeddings of three planes, which measured best; or "
            "decoder, SAM's mask decoder with few-shot prompts on the annotation plane's slices, as in the "
            "paper"
        ),
    ] = "planes"
    members: Annotated[
        StrictInt, Field(ge=1, le=16, description="networks of the head that answer together")
    ] = 1
    hidden: Annotated[StrictInt, Field(ge=8, le=512, description="width of each network of the head")] = 64
    folds: Annotated[
        StrictInt,
        Field(ge=1, le=16, description="most folds of painted slices left out in turn to tell the accuracy"),
    ] = 3
    head_steps: Annotated[
        StrictInt, Field(ge=1, le=10_000, description="optimiser steps of the head's first fit")
    ] = 200
    head_warm_steps: Annotated[
        StrictInt, Field(ge=1, le=10_000, description="optimiser steps from an earlier head")
    ] = 60
    head_volume_steps: Annotated[
        StrictInt, Field(ge=0, le=10_000, description="more steps of a first fit for each further volume")
    ] = 80
    head_most_steps: Annotated[
        StrictInt, Field(ge=1, le=10_000, description="most steps of a first fit, however many volumes")
    ] = 1000
    points: Annotated[StrictInt, Field(ge=16, le=16_384, description="points a step of the head")] = 1024
    head_learning_rate: Annotated[
        StrictFloat, Field(ge=1e-6, le=1.0, description="peak of the head's one-cycle schedule")
    ] = 2e-3
    head_weight_decay: Annotated[StrictFloat, Field(ge=0.0, le=10.0, description="of the head's AdamW")] = (
        1e-2
    )
    plane_dropout: Annotated[
        StrictFloat, Field(ge=0.0, le=0.9, description="how often a point's embedding in a plane is hidden")
    ] = 0.2
    dropout: Annotated[StrictFloat, Field(ge=0.0, le=0.9, description="of the head's hidden units")] = 0.1
    prototypes: Annotated[
        StrictInt, Field(ge=1, le=64, description="the decoder's few-shot tokens a label")
    ] = 8
    probe_decay: Annotated[
        StrictFloat, Field(ge=0.0, le=100.0, description="L2 penalty of the decoder's linear first guess")
    ] = 1e-3
    probe_iterations: Annotated[
        StrictInt, Field(ge=1, le=1000, description="most steps of the decoder's linear first guess")
    ] = 60
    steps: Annotated[
        StrictInt, Field(ge=1, le=1500, description="most optimiser steps of the decoder's first fit")
    ] = 30
    warm_steps: Annotated[
        StrictInt, Field(ge=1, le=1500, description="the decoder's most steps from an earlier model")
    ] = 12
    batch_size: Annotated[
        StrictInt, Field(ge=1, le=16, description="slices a step of the decoder, at most")
    ] = 4
    learning_rate: Annotated[
        StrictFloat, Field(ge=1e-6, le=1.0, description="peak of the one-cycle schedule, for SAM's weights")
    ] = 1e-3
    token_learning_rate: Annotated[
        StrictFloat, Field(ge=1e-6, le=1.0, description="the same for prototypes, tags and mask tokens")
    ] = 1e-3
    stop_loss: Annotated[
        StrictFloat,
        Field(ge=0.0, le=1000.0, description="the decoder's fit ends once the running loss is below this"),
    ] = 0.05


@dataclass(frozen=True)
class PredictSettings:
    """How slices become a volume; see each field."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    consistency: Annotated[
        StrictBool,
        Field(
            description="solve over the whole volume where it has painted slices; off, each slice stands "
            "alone"
        ),
    ] = True
    score_weight: Annotated[
        StrictFloat, Field(ge=0.0, le=100.0, description="of the model's log-probabilities")
    ] = 1.0
    distance_weight: Annotated[
        StrictFloat | None,
        Field(
            ge=0.0,
            le=100.0,
            description="of the interpolated signed distances, as log-odds, beside them; None: by the gaps "
            "between painted slices, see fewshot_sam.volumetric.interpolation.distance_weight",
        ),
    ] = None
    prior_weight: Annotated[
        StrictFloat,
        Field(
            ge=1e-6,
            le=1000.0,
            description="gamma of the random walk for a label that the model has learnt; more keeps closer "
            "to the model",
        ),
    ] = 0.25
    edge_contrast: Annotated[
        StrictFloat,
        Field(ge=0.0, le=1e5, description="beta of the random walk; more stops sooner at edges of the image"),
    ] = 100.0
    least_prior_weight: Annotated[
        StrictFloat,
        Field(
            ge=1e-6,
            le=1000.0,
            description="prior_weight of a label that was not found on painted slices left out",
        ),
    ] = 0.0001
    most_edge_contrast: Annotated[
        StrictFloat, Field(ge=0.0, le=1e5, description="edge_contrast of such a label")
    ] = 1000.0
    iterations: Annotated[
        StrictInt, Field(ge=1, le=1000, description="most conjugate gradient steps a label")
    ] = 100
    least_island: Annotated[
        StrictFloat,
        Field(
            ge=0.0,
            le=1.0,
            description="on volumes without paint, a label's pieces smaller than this share of its largest "
            "are taken for background",
        ),
    ] = 0.2
    batch_size: Annotated[StrictInt, Field(ge=1, le=16, description="slices the decoder takes at once")] = 4
    probabilities: Annotated[StrictBool, Field(description="also return each label's probabilities")] = False


@dataclass(frozen=True)
class Settings:
    """Fitting and predicting together."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

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
    def from_json(cls, values: Any) -> Settings:
        """Inverse of :meth:`to_json`; what is missing keeps its default.

        Args:
            values: parsed JSON of any kind, as it came from a request or a file.

        Raises:
            ModelError: if it is no object of objects, a name is unknown, a value has another type or is
                out of its range, or the memory or work is many times the defaults'.
        """
        if not isinstance(values, dict):
            raise ModelError(f"The settings must be an object, got {shown(values)}.")
        try:
            settings = _ADAPTER.validate_python(values)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            raise ModelError(describe(first, _PARTS)) from None
        _require_affordable(settings.fit)
        return settings

    def checked(self) -> Settings:
        """These settings, if :meth:`from_json` would take them. Raises ModelError."""
        return Settings.from_json(self.to_json())


_ADAPTER = TypeAdapter(Settings)
_PARTS: dict[str, type] = {"fit": FitSettings, "predict": PredictSettings}


@dataclass(frozen=True)
class _Product:
    """Settings that are too much together, each within its range.

    Attributes:
        names: what is multiplied, for people.
        of: the product.
        times: how many times the defaults' it may be.
    """

    names: str
    of: Callable[[FitSettings], int]
    times: int


_PRODUCTS = (
    _Product(  # what a prediction keeps in memory for each cell of each slice
        "(fit.members + fit.folds) x fit.hidden", lambda fit: (fit.members + fit.folds) * fit.hidden, 4
    ),
    _Product(  # what a step of the head keeps in memory for each class
        "fit.points x (fit.members + fit.folds)", lambda fit: fit.points * (fit.members + fit.folds), 50
    ),
    _Product(  # what a step of the head keeps in memory between its layers
        "fit.points x (fit.members + fit.folds) x fit.hidden",
        lambda fit: fit.points * (fit.members + fit.folds) * fit.hidden,
        50,
    ),
    _Product(  # how long the head trains; see fewshot_sam.methods.triplanar.fit for how many steps those are
        "fit.head_most_steps x fit.points x (fit.members + fit.folds) x fit.hidden",
        lambda fit: (
            max(fit.head_most_steps, fit.head_warm_steps)
            * fit.points
            * (fit.members + fit.folds)
            * fit.hidden
        ),
        50,
    ),
    _Product(  # how long the decoder trains
        "fit.steps x fit.batch_size", lambda fit: max(fit.steps, fit.warm_steps) * fit.batch_size, 50
    ),
)


def _require_affordable(fit: FitSettings) -> None:
    """Refuse settings that are within their ranges one by one and too much together."""
    for product in _PRODUCTS:
        most, wanted = product.times * product.of(FitSettings()), product.of(fit)
        if wanted > most:
            raise ModelError(
                f"The product {product.names} must be at most {most}, which is {product.times} times the "
                f"defaults', got {wanted}. Lower one of them."
            )
