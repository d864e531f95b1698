"""Slices of stored volumes in display orientation, with a tag of their content."""

from __future__ import annotations

import numpy as np

from backend.errors import NotFoundError
from backend.services.planes import parse_plane, require_slice
from fewshot_sam.data.planes import Plane, take_slice, to_display
from storage import arrays
from storage.blobs import BlobStore
from storage.models import VolumeRow


def intensities(row: VolumeRow, blobs: BlobStore, plane: str, slice_index: int) -> tuple[np.ndarray, str]:
    """A slice's voxels, (rows, columns) int16 or float32.

    Raises:
        InvalidRequestError: the plane has no such slice.
        DamagedDataError: the voxels' file is missing or damaged.
    """
    chosen = parse_plane(plane)
    require_slice(row, chosen, slice_index)
    voxels = arrays.open_voxels(blobs, row.voxel_blob)
    tag = f"{row.voxel_blob}-{chosen.value}-{slice_index}"
    return to_display(take_slice(voxels, chosen, slice_index)), tag


def colours(row: VolumeRow, blobs: BlobStore, slice_index: int) -> tuple[np.ndarray, str]:
    """A picture's colours with its padding, (rows, columns, 3) uint8 RGB.

    Raises:
        NotFoundError: the volume is grey.
        InvalidRequestError: it has no such picture.
        DamagedDataError: the file is missing or damaged.
    """
    if row.colour_blob is None:
        raise NotFoundError("This volume is not in colour.")
    require_slice(row, Plane.AXIAL, slice_index)
    return arrays.open_colour(blobs, row.colour_blob)[slice_index], f"{row.colour_blob}-{slice_index}"
