"""What the hand does, in which order: what docs/annotating.md teaches."""

from __future__ import annotations

from benchmarks.minutes.cases import FOUND_DICE, first_slices
from benchmarks.minutes.desk import Desk, MaskSeen

MAX_SLICES = 12
LIMIT_S = 1800.0
WAIT_S = 0.2


def label_scan(desk: Desk, max_slices: int = MAX_SLICES, limit_s: float = LIMIT_S) -> None:
    """Name the labels, paint three slices, propagate; then the next slice, and again, until a mask is good.

    While a run is under way the hand goes on with the next slice. Ends when a mask reached
    :data:`~benchmarks.minutes.cases.FOUND_DICE`, or when ``max_slices`` are painted and their mask is there.
    """
    desk.name_labels()
    desk.find_ends()
    for index in sorted(first_slices(desk.scan), key=lambda index: abs(index - desk.at)):
        desk.paint(index)
    desk.propagate()
    submitted = set(desk.painted)
    seen = 0
    while not reached(desk.masks) and desk.clock.now() < limit_s:
        if len(desk.masks) > seen:
            seen = len(desk.masks)
            desk.look()
        elif desk.painted != submitted and not desk.running():
            desk.propagate()
            submitted = set(desk.painted)
        elif len(desk.painted) < max_slices and desk.go_to_suggested():
            desk.paint(desk.at)
        elif desk.running():
            desk.clock.wait(WAIT_S)
        else:
            return
    wait_for_result(desk, limit_s)


def wait_for_result(desk: Desk, limit_s: float = LIMIT_S) -> None:
    """A draft that is good enough ends the hand's work; its run is awaited, to know the full result too."""
    while desk.running() and desk.clock.now() < limit_s and not reached_in_full(desk.masks):
        desk.clock.wait(WAIT_S)


def reached(masks: list[MaskSeen]) -> MaskSeen | None:
    """The first mask that is good enough."""
    return next((mask for mask in masks if mask.mean >= FOUND_DICE), None)


def reached_in_full(masks: list[MaskSeen]) -> MaskSeen | None:
    """The first that is good enough and no draft."""
    return reached([mask for mask in masks if not mask.draft])
