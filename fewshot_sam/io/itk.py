"""Write NRRD and MetaImage through SimpleITK; world positions turned from RAS to ITK's LPS, in mm."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.io.placement import itk_affine

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])


def write_itk(
    stored: np.ndarray,
    grid: SourceGrid,
    path: Path,
    keys: Mapping[str, str] = MappingProxyType({}),
    compressed: bool = True,
) -> None:
    """Write an array in the format that ``path`` ends in.

    Args:
        stored: (I, J, K) on ``grid``, any integer or float type, which is the file's too.
        grid: the file that it belongs to lies where ITK puts that, see :mod:`fewshot_sam.io.placement`.
        keys: texts for the header of an NRRD file, by their keys.
        compressed: the voxels, with gzip.
    """
    image = sitk.GetImageFromArray(np.ascontiguousarray(stored.T))
    affine = itk_affine(grid)
    axes = _RAS_TO_LPS @ affine[:3, :3] * grid.unit_mm
    spacing = np.linalg.norm(axes, axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((axes / spacing).ravel().tolist())
    image.SetOrigin((_RAS_TO_LPS @ affine[:3, 3] * grid.unit_mm).tolist())
    for key, text in keys.items():
        image.SetMetaData(key, text)
    sitk.WriteImage(image, str(path), compressed)
