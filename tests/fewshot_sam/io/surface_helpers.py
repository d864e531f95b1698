"""Balls on grids of every kind."""

from __future__ import annotations

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.volume import Volume
from tests.fewshot_sam.synthetic_files import oblique_affine

NAMES = {2: LabelName("left lung", "#3cb44b"), 9: LabelName("Leber \u516c", "#e6194b")}
AFFINES = {
    "left-handed oblique": oblique_affine("LAS", (31.0, 24.0, -38.0)),
    "right-handed oblique": oblique_affine("SRA", (7.0, -11.0, 4.0)),
}
SHAPE = (34, 30, 26)
CENTRES = {2: (10, 11, 12), 9: (23, 17, 13)}  # stored voxels
RADII = (9.0, 7.0, 8.0)


def two_balls(affine: np.ndarray) -> tuple[Volume, np.ndarray]:
    """A volume and its codes, canonical: two ellipsoids of voxels that do not touch, the second smaller."""
    grid = SourceGrid(SHAPE, affine)
    at = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    stored = np.zeros(SHAPE, np.uint8)
    for (code, centre), scale in zip(CENTRES.items(), (1.0, 0.6), strict=True):
        stored[(((at - centre) / (np.array(RADII) * scale)) ** 2).sum(axis=-1) <= 1] = code
    voxels = np.zeros(grid.canonical_shape, np.int16)
    return Volume(voxels, grid, "CT"), grid.to_canonical(stored)


def centre_lps_mm(volume: Volume, code: int) -> np.ndarray:
    """Where the middle of a ball is, in mm, left, posterior, superior."""
    ras = volume.source.affine @ np.array([*CENTRES[code], 1.0])
    return ras[:3] * (-1, -1, 1)


def voxel_mm3(volume: Volume) -> float:
    """The volume of a voxel."""
    return float(np.prod(volume.spacing_mm))
