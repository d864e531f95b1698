"""One row of a peer: the hand's times added up, the computation timed."""

from __future__ import annotations

from typing import Any

from benchmarks.methods import METHODS
from benchmarks.minutes import cases
from benchmarks.minutes.app_row import UnavailableError, outcome
from benchmarks.minutes.clock import VirtualClock
from benchmarks.minutes.hand import HandModel
from benchmarks.minutes.peer_desk import PeerDesk
from benchmarks.minutes.strategy import label_scan

PEERS = ("morphological", "random_walker")


def measure(kind: str, case: str, hand: HandModel, seed: int = 0) -> dict[str, Any]:
    """The numbers of a row.

    Raises:
        UnavailableError: if benchmarks/requirements.txt is not installed.
    """
    if METHODS[kind].missing:
        raise UnavailableError("benchmarks/requirements.txt is not installed")
    desk = PeerDesk(cases.load(case), hand, VirtualClock(), seed, peer=kind)
    label_scan(desk)
    return outcome(desk.masks, desk.clock, desk.painted)
