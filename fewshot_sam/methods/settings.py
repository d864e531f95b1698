"""What the settings of every method have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from pydantic import ConfigDict


class Product(NamedTuple):
    """Settings that may be too much together, each within its range.

    Attributes:
        names: what is multiplied, for people.
        of: the product, of a method's settings.
        max_ratio: how many times the defaults' product it may be.
    """

    names: str
    of: Callable[[Any], int]
    max_ratio: int


@dataclass(frozen=True)
class MethodSettings:
    """How a method is fitted. A method's own dataclass derives from this one.

    Each field is annotated with its type, range and meaning, the one place that states them.

    Attributes:
        method: the method's name in :data:`fewshot_sam.methods.registry.METHODS`.
        products: what must stay affordable together.
        predict_defaults: settings of predicting that measured better for this method than the general ones.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    method: ClassVar[str]
    products: ClassVar[tuple[Product, ...]] = ()
    predict_defaults: ClassVar[Mapping[str, Any]] = {}
