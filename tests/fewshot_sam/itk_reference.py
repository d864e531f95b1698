"""What SimpleITK reads of a file, to hold the readers of NRRD and MetaImage against."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.io.load import read_source

STORED = np.arange(24, dtype=np.int16).reshape(4, 3, 2, order="F")
"""(I, J, K) voxels of the files."""


def bytes_of(array: np.ndarray, dtype: str = "<i2") -> bytes:
    """Voxels as a file holds them, I fastest."""
    return array.astype(dtype).tobytes(order="F")


def read_by_itk(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(I, J, K) voxels and RAS+ affine."""
    image = sitk.ReadImage(str(path))
    assert image.GetNumberOfComponentsPerPixel() == 1
    dimension = image.GetDimension()
    direction = np.array(image.GetDirection()).reshape(dimension, dimension)[:3, :3]
    affine = np.eye(4)
    affine[:3, :3] = np.diag([-1, -1, 1]) @ direction * np.array(image.GetSpacing())[:3]
    affine[:3, 3] = np.array(image.GetOrigin())[:3] * (-1, -1, 1)
    array = sitk.GetArrayFromImage(image).T
    return array.reshape(array.shape[:3], order="F"), affine


def assert_reads_like_itk(path: Path) -> np.ndarray:
    """Compare and return the voxels."""
    source = read_source(path)
    array, affine = read_by_itk(path)
    np.testing.assert_array_equal(source.array, array)
    np.testing.assert_allclose(source.grid.affine, affine, atol=1e-9)
    assert source.array.dtype.newbyteorder("=") == array.dtype
    return source.array


def written_image(array: np.ndarray) -> sitk.Image:
    """An oblique image of (I, J, K) voxels."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.T))
    image.SetSpacing((0.7, 1.5, 3.0))
    image.SetOrigin((10.5, -20.25, 30.0))
    turned = sitk.Euler3DTransform((0, 0, 0), 0.3, -0.2, 1.1)
    image.SetDirection(turned.GetMatrix())
    return image
