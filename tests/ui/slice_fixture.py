"""Slices as the server displays them, for unit tests: ``python -m tests.ui.slice_fixture`` writes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from fewshot_sam.data.planes import Plane, take_slice, to_display

PATH = Path(__file__).parent / "unit" / "viewer" / "slices.json"
SHAPE = (3, 4, 5)


def server_slices() -> str:
    """JSON of every slice of a volume whose voxels count up from 0, X fastest: {"shape", plane: [slice]}."""
    volume = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE, order="F")
    shown = {
        plane.value: [to_display(take_slice(volume, plane, k)).ravel().tolist() for k in range(count)]
        for plane, count in ((plane, SHAPE[plane.axis]) for plane in Plane)
    }
    return json.dumps({"shape": SHAPE, **shown}) + "\n"


if __name__ == "__main__":
    PATH.write_text(server_slices())
