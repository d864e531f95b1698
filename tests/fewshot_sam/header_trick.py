"""One attempt to read another file, and how to see that it succeeded."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CANARY = bytes((37 * index + 11) % 251 for index in range(64))
"""As many bytes as the headers below state voxels (4 x 4 x 4 of one byte)."""

HOSTNAME, ENVIRONMENT = "/etc/hostname", "/proc/self/environ"
_WINDOW = 8

Writer = Callable[[Path, Path], list[Path]]


@dataclass(frozen=True)
class HeaderTrick:
    """One attempt.

    Attributes:
        write: writes into an upload's folder, given the canary; returns the files to upload.
        over_http: False where a browser cannot send it (links, pipes).
    """

    id: str
    write: Writer
    over_http: bool = True


def returns_canary(voxels: np.ndarray, canary: bytes) -> bool:
    """Whether any 8 bytes in a row of ``canary`` are among the voxels, whichever way axes are turned."""
    if voxels.min() < 0 or voxels.max() > 255 or len(canary) < _WINDOW:
        return False
    windows = [canary[at : at + _WINDOW] for at in range(len(canary) - _WINDOW + 1)]
    for flips in itertools.product([1, -1], repeat=3):
        seen = voxels[:: flips[0], :: flips[1], :: flips[2]].astype(np.uint8).tobytes(order="F")
        if any(window in seen for window in windows):
            return True
    return False
