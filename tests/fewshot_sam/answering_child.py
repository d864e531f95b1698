"""A sound answer of the reading child, to be spoilt; see the fixture ``answering``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.io.sandbox.answers import npy_header
from fewshot_sam.io.sandbox.limits import ChildLimits
from fewshot_sam.io.sandbox.reading import read_volume

SHAPE = (4, 5, 6)


LIMITS = ChildLimits(timeout_s=60, memory_mb=1000)


def sound_answer() -> dict[str, Any]:
    """What a child answers of a CT of SHAPE."""
    return {
        "confinement": {"landlock": 7, "seccomp": True},
        "volume": {
            "source": SourceGrid(SHAPE, np.diag([2.0, 2, 3, 1])).to_dict(),
            "dtype": "int16",
            "modality": "CT",
            "name": "image",
            "acquisition_plane": None,
            "metadata": {"format": "DICOM"},
            "presets": [{"name": "Standard", "low": 0.0, "high": 1.0}],
        },
    }


def voxels_bytes(dtype: str = "<i2", shape: tuple[int, ...] = SHAPE) -> bytes:
    """A .npy file of ones as a child writes it."""
    count = int(np.prod(shape))
    return npy_header(np.dtype(dtype), shape, fortran_order=True) + np.ones(count, dtype).tobytes()


def read(path: Path = Path("image.nii")) -> np.ndarray:
    """(N,) voxels that the parent takes from the child."""
    with read_volume(path, limits=LIMITS) as found:
        return np.concatenate([block.copy() for block in found.blocks()])
