"""A plug-in: a file format that is read and written. Registered by one line in the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.source import SourceImage


def read(path: Path, name: str, limits: ReadLimits, wanted: str | None) -> SourceImage:
    """A .npz of voxels and an affine in mm."""
    with np.load(path, allow_pickle=False) as content:
        stored, affine = content["stored"], content["affine"]
    limits.check_shape(stored.shape, path.name)
    return SourceImage(stored, SourceGrid((*stored.shape,), affine), name)


def write(stored: np.ndarray, grid: SourceGrid, path: Path) -> None:
    """The same file."""
    with path.open("wb") as file:
        np.savez(file, stored=stored, affine=grid.affine)
