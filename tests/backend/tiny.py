"""Tiny volumes and painted slices."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.volume import Volume

SHAPE = (6, 5, 4)  # canonical, right, anterior, superior
AFFINE = np.array([[-2.0, 0, 0, 9], [0, 1.5, 0, -4], [0, 0, 3.0, 7], [0, 0, 0, 1]])  # stored left first


def tiny_volume(name: str = "tiny") -> Volume:
    """A volume whose first stored axis runs to the left, so that source and canonical grids differ."""
    stored = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    source = SourceGrid(SHAPE, AFFINE)
    return Volume(voxels=source.to_canonical(stored), source=source, modality="CT", name=name)


def write_tiny_nifti(path: Path, array: np.ndarray | None = None) -> Path:
    """The tiny volume, or another array on its stored grid, as a file."""
    stored = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE) if array is None else array
    nib.save(nib.Nifti1Image(stored, AFFINE), path)
    return path


def tiny_nifti() -> bytes:
    """The tiny volume's file."""
    return nib.Nifti1Image(np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE), AFFINE).to_bytes()


def axial_bytes(value: int, rows: int = SHAPE[1], columns: int = SHAPE[0]) -> bytes:
    """An axial slice as the browser sends it, painted in one corner."""
    label_map = np.zeros((rows, columns), np.uint8)
    label_map[0, :2] = value
    return label_map.tobytes()
