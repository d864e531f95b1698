"""The draft has nothing to fit; what it does is the volumetric step's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from fewshot_sam.methods.settings import MethodSettings


@dataclass(frozen=True)
class DraftSettings(MethodSettings):
    """No settings of its own."""

    method: ClassVar[str] = "draft"
    predict_defaults: ClassVar[Mapping[str, Any]] = {
        "distance_weight": 0.5,
        "prior_weight": 0.01,
        "iterations": 30,
        "max_cells": 1_000_000,
    }
