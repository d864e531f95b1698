"""How much was encoded, counted in the embedding cache."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SQUARE_GFLOP = 75.0
"""LiteMedSAM's encoder on a padded square; others in proportion to their pixels (RESULTS.md, encoding "
"less)."""
SQUARE_PIXELS = 256 * 256
_PADDED = re.compile(r"padded \((\d+), (\d+)\)")


@dataclass(frozen=True)
class EncodingWork:
    """Slices encoded, and what that took."""

    slices: int
    gflop: float


def encoding_work(cache: Path, content_hash: str) -> EncodingWork:
    """What a cache holds of a volume, whoever asked for it."""
    slices, gflop = 0, 0.0
    for folder in cache.glob(f"{content_hash[:16]}-*"):
        done = int((np.fromfile(folder / "done.u8", np.uint8) == 1).sum())
        preparation = json.loads((folder / "meta.json").read_text())["preparation"]
        slices += done
        gflop += done * SQUARE_GFLOP * padded_pixels(preparation) / SQUARE_PIXELS
    return EncodingWork(slices, round(gflop))


def padded_pixels(preparation: str) -> int:
    """Pixels of the encoder's input, from what a cache entry says of its preparation."""
    found = _PADDED.search(preparation)
    return int(found[1]) * int(found[2]) if found else SQUARE_PIXELS
