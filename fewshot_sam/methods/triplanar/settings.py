"""How the triplanar head is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field, StrictFloat, StrictInt

from fewshot_sam.methods.settings import MethodSettings, Product


@dataclass(frozen=True)
class TriplanarSettings(MethodSettings):
    """The head on the embeddings of all three planes, which measured best; see each field."""

    method: ClassVar[str] = "triplanar"

    members: Annotated[
        StrictInt, Field(ge=1, le=16, description="networks of the head that form the ensemble")
    ] = 1
    hidden: Annotated[StrictInt, Field(ge=8, le=512, description="width of each network of the head")] = 64
    folds: Annotated[
        StrictInt, Field(ge=1, le=16, description="most folds of painted slices for the cross-validation")
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
    head_max_steps: Annotated[
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
    volumes_plane_dropout: Annotated[
        StrictFloat, Field(ge=0.0, le=0.9, description="the same where several volumes are learnt from")
    ] = 0.5
    dropout: Annotated[StrictFloat, Field(ge=0.0, le=0.9, description="of the head's hidden units")] = 0.1

    @property
    def networks(self) -> int:
        """All networks trained side by side."""
        return self.members + self.folds

    products: ClassVar[tuple[Product, ...]] = (
        Product(  # what a prediction keeps in memory for each cell of each slice
            "(fit.members + fit.folds) x fit.hidden", lambda fit: fit.networks * fit.hidden, 4
        ),
        Product(  # what a step keeps in memory for each class
            "fit.points x (fit.members + fit.folds)", lambda fit: fit.points * fit.networks, 50
        ),
        Product(  # what a step keeps in memory between its layers
            "fit.points x (fit.members + fit.folds) x fit.hidden",
            lambda fit: fit.points * fit.networks * fit.hidden,
            50,
        ),
        Product(  # how long the head trains
            "fit.head_max_steps x fit.points x (fit.members + fit.folds) x fit.hidden",
            lambda fit: max(fit.head_max_steps, fit.head_warm_steps) * fit.points * fit.networks * fit.hidden,
            50,
        ),
    )
