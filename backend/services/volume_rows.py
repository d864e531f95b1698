"""Between a :class:`fewshot_sam.volume.Volume` and its database row and blob."""

from __future__ import annotations

from typing import Any

from fewshot_sam import windowing
from fewshot_sam.geometry import Plane
from fewshot_sam.volume import SourceGrid, Volume
from storage import arrays
from storage.blobs import BlobStore
from storage.models import Volume as VolumeRow


def store_volume(volume: Volume, blobs: BlobStore, project_id: str, source_name: str) -> VolumeRow:
    """Store the voxels and describe the volume in a row that is not yet added to a session."""
    return VolumeRow(
        project_id=project_id,
        name=volume.name[:200] or "volume",
        source_name=source_name[-255:],
        modality=volume.modality,
        geometry=_geometry(volume),
        display=_display(volume),
        content_hash=volume.content_hash,
        voxel_blob=arrays.put_voxels(blobs, volume.voxels),
        plane=volume.default_plane.value,
    )


def load_volume_row(row: VolumeRow, blobs: BlobStore) -> Volume:
    """The volume of a row; voxels are a read-only memory map in Fortran order."""
    acquired = row.geometry["acquisition_plane"]
    volume = Volume(
        voxels=arrays.open_voxels(blobs, row.voxel_blob),
        source=SourceGrid.from_dict(row.geometry["source"]),
        modality=row.modality,  # type: ignore[arg-type]
        name=row.name,
        acquisition_plane=Plane(acquired) if acquired else None,
        metadata=row.geometry["metadata"],
    )
    # Known since import: hashing 150 MB again on every open would cost a second.
    vars(volume)["content_hash"] = row.content_hash
    return volume


def shape_of(row: VolumeRow) -> tuple[int, int, int]:
    """Voxels along Right, Anterior, Superior."""
    x, y, z = row.geometry["shape"]
    return x, y, z


def slice_count(row: VolumeRow, plane: Plane) -> int:
    """Number of slices of the plane."""
    return shape_of(row)[plane.axis]


def display_shape(row: VolumeRow, plane: Plane) -> tuple[int, int]:
    """Rows and columns of the plane's slices on a screen (see geometry.to_display)."""
    columns, rows = (length for axis, length in enumerate(shape_of(row)) if axis != plane.axis)
    return rows, columns


def _geometry(volume: Volume) -> dict[str, Any]:
    return {
        "shape": [int(length) for length in volume.shape],
        "dtype": volume.voxels.dtype.name,
        "affine": volume.affine.tolist(),
        "spacing_mm": list(volume.spacing_mm),
        "acquisition_plane": volume.acquisition_plane,
        "metadata": dict(volume.metadata),
        "source": volume.source.to_dict(),
    }


def _display(volume: Volume) -> dict[str, Any]:
    window = windowing.default_window(volume)
    presets = windowing.presets(volume)
    return {
        "value_range": [float(volume.voxels.min()), float(volume.voxels.max())],
        "window": [float(window.low), float(window.high)],
        "presets": [
            {"name": name, "low": float(preset.low), "high": float(preset.high)}
            for name, preset in presets.items()
        ],
    }
