"""The volumetric steps by name. A new one is a file with a :class:`VolumetricStep` and a line here."""

from __future__ import annotations

from collections.abc import Iterable
from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fewshot_sam.volumetric.base import VolumetricStep

STEPS: dict[str, str] = {
    "interpolation": "fewshot_sam.volumetric.interpolation:DistanceInterpolation",
    "random_walker": "fewshot_sam.volumetric.random_walker:RandomWalkerStep",
    "small_components": "fewshot_sam.volumetric.components:SmallComponents",
}
"""Name to "module:class"; the module is imported when the step is used."""

DEFAULT_STEPS = ("interpolation", "random_walker", "small_components")


def volumetric_steps(names: Iterable[str]) -> list[VolumetricStep]:
    """The registered steps of these names, in their order. Raises KeyError."""
    return [resolve_name(STEPS[name])() for name in names]
