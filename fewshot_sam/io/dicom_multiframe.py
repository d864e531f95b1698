"""Enhanced (multi-frame) DICOM through highdicom, which orders and checks the frames."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import highdicom
import numpy as np
import pydicom

from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.dicom import check_complete, damaged
from fewshot_sam.io.dicom_geometry import LPS_TO_RAS


def read_multiframe(paths: Sequence[Path]) -> tuple[np.ndarray, np.ndarray]:
    """(I, J, K) voxels and RAS+ affine (mm) of one enhanced CT, MR or PET file; grid as for slices.

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
            dataset = pydicom.dcmread(paths[0])
            check_complete(dataset, paths[0])
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
    array = np.asarray(volume.array).transpose(2, 1, 0)[:, ::-1]
    affine = LPS_TO_RAS @ volume.affine[:, [2, 1, 0, 3]]
    rows = array.shape[1]
    affine[:3, 3] += affine[:3, 1] * (rows - 1)
    affine[:3, 1] *= -1
    return _whole_numbers(array), affine


def _whole_numbers(array: np.ndarray) -> np.ndarray:
    """int32 where every value is one, else float32."""
    whole = bool((array == np.rint(array)).all()) and float(np.abs(array).max()) < 2**31
    return array.astype(np.int32 if whole else np.float32)
