"""Between a :class:`fewshot_sam.data.volume.Volume` and its database row and blob."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fewshot_sam.data import windowing
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.pictures import Picture
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.text import cut_characters
from fewshot_sam.data.volume import Modality, Volume, plane_across, start_content_hash
from fewshot_sam.data.windowing import Window
from fewshot_sam.io.sandbox.reading import VolumeFile
from storage import arrays
from storage.blobs import BlobStore
from storage.models import VolumeRow

if TYPE_CHECKING:
    from fewshot_sam.io.dicom.source_headers import SourceHeaders


def store_volume(volume: Volume, blobs: BlobStore, project_id: str, source_name: str) -> VolumeRow:
    """Store the voxels and describe the volume in a row that is not yet added to a session."""
    row = _row(volume, project_id, source_name)
    value_range = (float(volume.voxels.min()), float(volume.voxels.max()))
    row.display = _display(value_range, windowing.presets(volume))
    row.content_hash = volume.content_hash
    row.voxel_blob = arrays.put_voxels(blobs, volume.voxels)
    if volume.colour is not None:
        row.colour_blob = arrays.put_colour_blocks(blobs, volume.colour.shape[:3], volume.colour)
    return row


def store_volume_file(read: VolumeFile, blobs: BlobStore, project_id: str, source_name: str) -> VolumeRow:
    """Like :func:`store_volume`, for a volume in a reader's file, a few megabytes in memory at a time.

    The hash and the range of values are found here while the voxels are copied; only the windows
    are taken from the reader.
    """
    volume = read.volume
    row = _row(volume, project_id, source_name)
    survey = _Survey(volume)
    row.voxel_blob = arrays.put_voxel_blocks(
        blobs, volume.voxels.dtype, volume.shape, survey.passing(read.blocks())
    )
    if volume.colour is not None:
        row.colour_blob = arrays.put_colour_blocks(
            blobs, volume.colour.shape[:3], survey.passing_colour(read.colour_blocks())
        )
    if read.headers is not None:
        row.headers_blob = arrays.put_headers(blobs, read.headers)
    row.display = _display((survey.lowest, survey.highest), read.presets)
    row.content_hash = survey.digest.hexdigest()
    return row


class _Survey:
    """Content hash and range of the voxels that pass by."""

    def __init__(self, volume: Volume) -> None:
        self.digest = start_content_hash(volume)
        self.lowest, self.highest = math.inf, -math.inf

    def passing(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for block in blocks:
            self.digest.update(block.data)
            self.lowest = min(self.lowest, float(block.min()))
            self.highest = max(self.highest, float(block.max()))
            yield block

    def passing_colour(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for block in blocks:
            self.digest.update(block.data)
            yield block


def load_volume_row(row: VolumeRow, blobs: BlobStore) -> Volume:
    """The volume of a row; voxels are a read-only memory map in Fortran order."""
    acquired = row.geometry["acquisition_plane"]
    volume = Volume(
        voxels=arrays.open_voxels(blobs, row.voxel_blob),
        source=source_grid(row),
        modality=row.modality,  # type: ignore[arg-type]
        name=row.name,
        acquisition_plane=Plane(acquired) if acquired else None,
        metadata=row.geometry["metadata"],
        pictures=pictures_of(row),
        colour=None if row.colour_blob is None else arrays.open_colour(blobs, row.colour_blob),
    )
    # Known since import: hashing 150 MB again on every open would cost a second.
    vars(volume)["content_hash"] = row.content_hash
    return volume


def load_headers(row: VolumeRow, blobs: BlobStore) -> SourceHeaders | None:
    """The headers of the DICOM files that a volume came from; None where they are not kept.

    Raises:
        DamagedDataError: their file is missing or damaged.
        ImageFormatError: it holds no headers.
    """
    if row.headers_blob is None:
        return None
    from fewshot_sam.io.dicom.source_headers import SourceHeaders  # a reader, for exports alone

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote what is in the headers
        return SourceHeaders.from_bytes(blobs.verified_path(row.headers_blob).read_bytes())


def display_as(row: VolumeRow, blobs: BlobStore, modality: Modality) -> dict[str, Any]:
    """How a row is displayed if its voxels are of another modality; they are sampled, which takes a second.

    Raises:
        DamagedDataError: the voxels' file is missing or damaged.
    """
    volume = replace(load_volume_row(row, blobs), modality=modality)
    lowest, highest = row.display["value_range"]
    return _display((lowest, highest), windowing.presets(volume))


def source_grid(row: VolumeRow) -> SourceGrid:
    """The grid that the volume's file states."""
    return SourceGrid.from_dict(row.geometry["source"])


def pictures_of(row: VolumeRow) -> tuple[Picture, ...]:
    """The unrelated pictures that it is a stack of; empty for a scan."""
    return tuple(Picture.from_dict(each) for each in row.geometry.get("pictures", ()))


def blobs_of(row: VolumeRow) -> set[str]:
    """Keys of its blobs."""
    return {key for key in (row.voxel_blob, row.colour_blob, row.headers_blob) if key is not None}


def shape_of(row: VolumeRow) -> tuple[int, int, int]:
    """Voxels along Right, Anterior, Superior."""
    x, y, z = row.geometry["shape"]
    return x, y, z


def suits_any_plane(row: VolumeRow) -> bool:
    """Whether nothing tells in which plane it was acquired: no header, and no voxels longer than wide."""
    if pictures_of(row) or row.geometry["acquisition_plane"] is not None:
        return False
    x, y, z = row.geometry["spacing_mm"]
    return plane_across((x, y, z)) is None


def slice_count(row: VolumeRow, plane: Plane) -> int:
    """Number of slices of the plane."""
    return shape_of(row)[plane.axis]


def display_shape(row: VolumeRow, plane: Plane) -> tuple[int, int]:
    """Rows and columns of the plane's slices on a screen (see geometry.to_display)."""
    columns, rows = (length for axis, length in enumerate(shape_of(row)) if axis != plane.axis)
    return rows, columns


_COPIED = (
    *("project_id", "source_name", "modality", "geometry", "display", "content_hash", "voxel_blob"),
    *("colour_blob", "headers_blob", "plane", "plane_chosen", "first_slice"),
)


def reading_row(row: VolumeRow, note: str) -> VolumeRow:
    """A volume of the same voxels to be read, which no work was done on yet; ``note`` follows its name."""
    copied = VolumeRow(**{name: getattr(row, name) for name in _COPIED}, is_reading=True)
    copied.name = f"{cut_characters(row.name, 180)}, {note}"
    return copied


def _row(volume: Volume, project_id: str, source_name: str) -> VolumeRow:
    """The row's columns that do not depend on the voxels' values."""
    return VolumeRow(
        project_id=project_id,
        name=cut_characters(volume.name, 200) or "volume",
        source_name=cut_characters(source_name, 255),
        modality=volume.modality,
        geometry=_geometry(volume),
        plane=volume.default_plane.value,
    )


def _geometry(volume: Volume) -> dict[str, Any]:
    return {
        "shape": [int(length) for length in volume.shape],
        "dtype": volume.voxels.dtype.name,
        "affine": volume.affine.tolist(),
        "spacing_mm": list(volume.spacing_mm),
        "acquisition_plane": volume.acquisition_plane,
        "metadata": dict(volume.metadata),
        "source": volume.source.to_dict(),
        **({"pictures": [each.to_dict() for each in volume.pictures]} if volume.pictures else {}),
    }


def _display(value_range: tuple[float, float], presets: Mapping[str, Window]) -> dict[str, Any]:
    window = next(iter(presets.values()))
    return {
        "value_range": list(value_range),
        "window": [float(window.low), float(window.high)],
        "presets": [
            {"name": name, "low": float(preset.low), "high": float(preset.high)}
            for name, preset in presets.items()
        ],
    }
