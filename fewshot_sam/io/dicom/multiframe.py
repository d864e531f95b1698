"""Enhanced (multi-frame) DICOM through highdicom, which orders and checks the frames."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import highdicom
import numpy as np
from nibabel.orientations import apply_orientation, inv_ornt_aff

from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.dicom.file import damaged, read_whole
from fewshot_sam.io.dicom.geometry import LPS_TO_RAS
from fewshot_sam.io.limits import ReadLimits


def read_multiframe(
    paths: Sequence[Path], stated_pixel_bytes: int, limits: ReadLimits
) -> tuple[np.ndarray, np.ndarray]:
    """Read one enhanced CT, MR or PET file; the grid is as for single slices.

    Args:
        paths: the one file.
        stated_pixel_bytes: what the header states of its pixels, not compressed.
        limits: on voxels, slices and unpacked bytes.

    Returns:
        (I, J, K) int32 or float32 voxels, and their (4, 4) float64 affine, RAS+ in mm.

    Raises:
        ImageFormatError: more than one file, damaged, or a multi-frame kind without positions.
        GeometryError: the frames do not form one regular volume.
    """
    if len(paths) != 1:
        raise ImageFormatError(
            f"A multi-frame series must be one file, got {len(paths)} files. Open them one by one."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = read_whole(paths[0], limits, stated_pixel_bytes)
        except (ImageFormatError, MemoryError):
            raise
        except Exception as error:
            raise damaged(paths[0]) from error
        try:
            image = highdicom.Image.from_dataset(dataset, copy=False)
            if image.get_volume_geometry() is None:
                raise GeometryError(
                    f"The frames of '{paths[0].name}' must form one evenly spaced volume, but do not: "
                    "they may be several time points, echoes or orientations. Export one of them on its own."
                )
            volume = image.get_volume(dtype=np.float64, apply_real_world_transform=False)
        except (GeometryError, MemoryError):
            raise
        except Exception as error:
            raise ImageFormatError(
                f"'{paths[0].name}' is a multi-frame DICOM file of a kind this program does not read. "
                "Export the scan as single-frame slices or NIfTI."
            ) from error
    return _on_source_grid(np.asarray(volume.array).transpose(2, 1, 0), volume.affine[:, [2, 1, 0, 3]])


def _on_source_grid(array: np.ndarray, affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn (column, row, frame) voxels and their LPS affine to rows flipped, frames ascending, RAS."""
    descending = np.cross(affine[:3, 0], affine[:3, 1]) @ affine[:3, 2] < 0
    flip = np.array([1.0, -1.0, -1.0 if descending else 1.0])
    orientation = np.column_stack([np.arange(3), flip])
    turned = apply_orientation(array, orientation)
    return _whole_numbers(turned), LPS_TO_RAS @ affine @ inv_ornt_aff(orientation, array.shape)


def _whole_numbers(array: np.ndarray) -> np.ndarray:
    """int32 where every value is one, else float32."""
    whole = bool((array == np.rint(array)).all()) and float(np.abs(array).max()) < 2**31
    return array.astype(np.int32 if whole else np.float32)
