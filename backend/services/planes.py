"""The planes and slices of a volume that requests name."""

from __future__ import annotations

from backend.errors import InvalidRequestError
from backend.records.volumes import slice_count
from fewshot_sam.data.planes import Plane
from storage.models import VolumeRow


def parse_plane(plane: str) -> Plane:
    """A plane by name. Raises InvalidRequestError."""
    try:
        return Plane(plane)
    except ValueError:
        raise InvalidRequestError(
            f"The plane must be axial, coronal or sagittal, got {plane[:20]!r}."
        ) from None


def require_slice(volume: VolumeRow, plane: Plane, slice_index: int) -> None:
    """Raise InvalidRequestError unless the plane has this slice."""
    count = slice_count(volume, plane)
    if not 0 <= slice_index < count:
        raise InvalidRequestError(
            f"The slice must be from 0 to {count - 1} in the {plane.value} plane, got {slice_index}."
        )
