"""Which image comes next: strategies of active learning. A new one is a function and a line in STRATEGIES."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.schemas.answers import VolumeAnswer
from backend.schemas.enums import VolumeState

Choice = Callable[[Sequence[VolumeAnswer]], VolumeAnswer]


@dataclass(frozen=True)
class Strategy:
    """A line of the registry.

    Attributes:
        description: what the programs show.
        choose: takes one of several volumes.
    """

    description: str
    choose: Choice


def _least_certain(volumes: Sequence[VolumeAnswer]) -> VolumeAnswer:
    """As the page's list sorts them: by the mean confidence of their masks; those without one come last."""
    certainty = [math.inf if each.mean_confidence is None else each.mean_confidence for each in volumes]
    return volumes[certainty.index(min(certainty))]


def _in_order(volumes: Sequence[VolumeAnswer]) -> VolumeAnswer:
    return volumes[0]


def _random(volumes: Sequence[VolumeAnswer]) -> VolumeAnswer:
    return random.choice(volumes)  # nothing is kept secret with it


STRATEGIES: dict[str, Strategy] = {
    "least_certain": Strategy("The image whose mask is least certain", _least_certain),
    "first": Strategy("The image that was uploaded first", _in_order),
    "random": Strategy("Any image", _random),
}
"""By the names that programs ask for, the default first. OHIF asks for "random" whatever there is."""


def next_image(volumes: Sequence[VolumeAnswer], strategy: Strategy) -> VolumeAnswer | None:
    """The volume to work on next; None where all were accepted.

    Those come first on which nobody painted. What is in review, or read blind, is others' to decide.
    """
    open_ones = [each for each in volumes if _is_open(each)]
    fresh = [each for each in open_ones if not any(each.painted.values())]
    candidates = fresh or open_ones
    return strategy.choose(candidates) if candidates else None


def _is_open(volume: VolumeAnswer) -> bool:
    reviewed = volume.state in (VolumeState.IN_REVIEW, VolumeState.ACCEPTED)
    return not reviewed and volume.reading is None
