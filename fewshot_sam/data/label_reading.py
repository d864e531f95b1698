"""What is done, where somebody asks for it, with a label map that cannot be taken as it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Overlap(StrEnum):
    """Which of two segments a voxel belongs to that both of them hold, in the order of their file."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True)
class LabelReading:
    """What was asked for; the default refuses what would have to be changed.

    Attributes:
        resample: put a label map of another grid on the scan's, by the nearest label.
        overlap: whose voxels are that several segments hold; None refuses such segments.
    """

    resample: bool = False
    overlap: Overlap | None = None


AS_IT_IS = LabelReading()
