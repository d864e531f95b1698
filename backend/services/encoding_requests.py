"""What makes a volume's slices be encoded anew: another plane, another modality, another slice on screen."""

from __future__ import annotations

from typing import Any

from backend.errors import InvalidRequestError
from backend.records.volumes import pictures_of
from backend.schemas.enums import EncodingState
from backend.services.planes import parse_plane, require_slice
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Modality
from storage.models import VolumeRow, utc_now


def read_as(volume: VolumeRow, modality: Modality, display: dict[str, Any]) -> None:
    """Take a volume for a scan of another modality: other windows, so other slices for the encoder.

    Args:
        display: see :func:`backend.records.volumes.display_as`.
    """
    volume.modality, volume.display = modality, display
    volume.encoding_done = 0
    _restart(volume)


def choose_encoding(volume: VolumeRow, plane: str | None, first_slice: int | None) -> None:
    """Encode this plane, from this slice on; None leaves it as it is. What failed is tried again.

    Raises:
        InvalidRequestError: there is no such plane or slice.
    """
    if plane is None and first_slice is None:
        return
    chosen = parse_plane(plane) if plane is not None else Plane(volume.plane)
    if pictures_of(volume) and chosen != Plane.AXIAL:
        raise InvalidRequestError("Pictures are painted as they are: their plane must be axial.")
    if first_slice is not None:
        require_slice(volume, chosen, first_slice)
    if chosen.value != volume.plane:
        take_plane(volume, chosen, first_slice)
    elif volume.encoding_state == EncodingState.FAILED:
        _restart(volume)
    elif first_slice is not None:
        # The volume on screen: it goes before others, from the slice on screen.
        volume.first_slice = first_slice
        if volume.encoding_state in (EncodingState.PENDING, EncodingState.RUNNING):
            _restart(volume)


def take_plane(volume: VolumeRow, plane: Plane, first_slice: int | None = None) -> None:
    """Encode the slices of this plane from here on, this slice first."""
    if volume.plane == plane.value:
        return
    volume.plane = plane.value
    volume.encoding_done = 0
    volume.first_slice = first_slice
    _restart(volume)


def _restart(volume: VolumeRow) -> None:
    """Queue the volume's encoding; slices already in the cache are not encoded again."""
    volume.encoding_state = EncodingState.PENDING
    volume.encoding_requested_at = utc_now()
    volume.encoding_token += 1
    volume.encoding_error = None
    volume.encoding_eta_s = None
    volume.encoding_attempts = 0
