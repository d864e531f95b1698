"""How SAM's mask decoder is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field, StrictFloat, StrictInt

from fewshot_sam.methods.settings import MethodSettings, Product


@dataclass(frozen=True)
class SamDecoderSettings(MethodSettings):
    """SAM's mask decoder with few-shot prompts on the annotation plane's slices, as in the paper."""

    method: ClassVar[str] = "sam_decoder"
    predict_defaults: ClassVar[Mapping[str, Any]] = {"score_weight": 2.0, "distance_weight": 1.5}

    prototypes: Annotated[StrictInt, Field(ge=1, le=64, description="few-shot tokens a label")] = 8
    probe_decay: Annotated[
        StrictFloat, Field(ge=0.0, le=100.0, description="L2 penalty of the linear first guess")
    ] = 1e-3
    probe_iterations: Annotated[
        StrictInt, Field(ge=1, le=1000, description="most steps of the linear first guess")
    ] = 60
    steps: Annotated[
        StrictInt, Field(ge=1, le=1500, description="most optimiser steps of the decoder's first fit")
    ] = 30
    warm_steps: Annotated[
        StrictInt, Field(ge=1, le=1500, description="most optimiser steps from an earlier decoder")
    ] = 12
    batch_size: Annotated[StrictInt, Field(ge=1, le=16, description="slices a step, at most")] = 4
    learning_rate: Annotated[
        StrictFloat, Field(ge=1e-6, le=1.0, description="peak of the one-cycle schedule, for SAM's weights")
    ] = 1e-3
    token_learning_rate: Annotated[
        StrictFloat, Field(ge=1e-6, le=1.0, description="the same for prototypes, tags and mask tokens")
    ] = 1e-3
    stop_loss: Annotated[
        StrictFloat,
        Field(ge=0.0, le=1000.0, description="the fit ends once the running loss is below this"),
    ] = 0.05

    products: ClassVar[tuple[Product, ...]] = (
        Product(  # how long the decoder trains
            "fit.steps x fit.batch_size", lambda fit: max(fit.steps, fit.warm_steps) * fit.batch_size, 50
        ),
    )
