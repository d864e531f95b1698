"""A small copy of a volume for the 3D view."""

from __future__ import annotations

import nibabel as nib
import numpy as np

from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import apply_window, default_window

LONGEST_SIDE = 160


def preview_nifti(volume: Volume) -> bytes:
    """A .nii file: uint8 in the default window, block means, no side over LONGEST_SIDE voxels."""
    factors = [-(-length // LONGEST_SIDE) for length in volume.shape]
    small = apply_window(_block_means(volume.voxels, factors), default_window(volume))
    # A voxel of the preview stands for a block, so its centre is between those of the block.
    to_volume = np.diag([*factors, 1.0])
    to_volume[:3, 3] = [(factor - 1) / 2 for factor in factors]
    image = nib.Nifti1Image(np.asarray(small, np.uint8), volume.affine @ to_volume)
    image.header.set_xyzt_units("mm")
    return image.to_bytes()


def _block_means(voxels: np.ndarray, factors: list[int]) -> np.ndarray:
    """float32 means over blocks; edge voxels that fill no block are left out."""
    if max(factors) == 1:
        return np.asarray(voxels, np.float32)
    x, y, z = (length // factor for length, factor in zip(voxels.shape, factors, strict=True))
    total = np.zeros((x, y, z), np.float32, order="F")
    for i in range(factors[0]):
        for j in range(factors[1]):
            for k in range(factors[2]):
                total += voxels[i :: factors[0], j :: factors[1], k :: factors[2]][:x, :y, :z]
    return total / np.prod(factors)
