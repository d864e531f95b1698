"""Leaving out of a volume what may tell whose it is."""

from __future__ import annotations

import dataclasses

from fewshot_sam.data.volume import Volume

KEPT_METADATA = frozenset({"format", "orientation", "spacing", "notes"})
"""What a reader notes of a file that is none of its texts; all else goes, also what a later reader adds."""


def without_identity(volume: Volume, name: str) -> Volume:
    """The same voxels on the same grid, under another name.

    Of DICOM a volume holds its voxels, position, orientation, spacing and modality, which the basic profile
    of DICOM PS3.15 (table E.1-1) keeps, and the series' UID and description, which it does not: they go.
    Faces and text within the voxels stay. Pictures are called by their numbers.

    Args:
        volume: voxels are (X, Y, Z) int16 or float32 and shared, not copied.
        name: what it is called instead.
    """
    pictures = tuple(
        dataclasses.replace(picture, name=f"picture {number}")
        for number, picture in enumerate(volume.pictures, start=1)
    )
    kept = {key: text for key, text in volume.metadata.items() if key in KEPT_METADATA}
    return dataclasses.replace(volume, name=name, metadata=kept, pictures=pictures)
