"""Write NRRD and MetaImage through SimpleITK; world positions turned from RAS to ITK's LPS, in mm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.io.placement import itk_affine

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])


def write_itk(stored: np.ndarray, grid: SourceGrid, path: Path) -> None:
    """Write an array, compressed, in the format that ``path`` ends in.

    Args:
        stored: (I, J, K) on ``grid``, any integer or float type, which is the file's too.
        grid: the file that it belongs to lies where ITK puts that, see :mod:`fewshot_sam.io.placement`.
    """
    image = sitk.GetImageFromArray(np.ascontiguousarray(stored.T))
    affine = itk_affine(grid)
    axes = _RAS_TO_LPS @ affine[:3, :3] * grid.unit_mm
    spacing = np.linalg.norm(axes, axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((axes / spacing).ravel().tolist())
    image.SetOrigin((_RAS_TO_LPS @ affine[:3, 3] * grid.unit_mm).tolist())
    sitk.WriteImage(image, str(path), True)
