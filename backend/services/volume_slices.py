"""Slices of stored volumes in display orientation, with a tag of their content."""

from __future__ import annotations

import numpy as np

from backend.services.planes import parse_plane, require_slice
from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.windowing import Window, apply_window
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
    """An axial slice in colour, (rows, columns, 3) uint8 RGB: of a grey volume in its default window.

    Raises:
        InvalidRequestError: there is no such slice.
        DamagedDataError: the file is missing or damaged.
    """
    require_slice(row, Plane.AXIAL, slice_index)
    if row.colour_blob is None:
        voxels = take_slice(arrays.open_voxels(blobs, row.voxel_blob), Plane.AXIAL, slice_index)
        grey = apply_window(to_display(voxels), Window(*row.display["window"]))
        return np.repeat(grey[..., None], 3, axis=2), f"{row.voxel_blob}-{row.modality}-{slice_index}"
    return arrays.open_colour(blobs, row.colour_blob)[slice_index], f"{row.colour_blob}-{slice_index}"
