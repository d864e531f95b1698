"""What the export of a whole project is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.exports.file_names import safe_stem
from backend.schemas.answers import LabelAnswer, MaskAnswer, VolumeAnswer

NO_MASK = "no mask yet"
SCAN_FORMATS = ("nifti", "provenance")
PICTURE_FORMATS = ("png",)
ONLY_A_DRAFT = "only a draft; its run has not ended"


@dataclass(frozen=True)
class VolumeToExport:
    """A volume of the project and its current mask, None where it has none."""

    volume: VolumeAnswer
    mask: MaskAnswer | None

    @property
    def missing(self) -> str:
        """Why there is nothing to export; empty if there is."""
        if self.mask is None:
            return NO_MASK
        return ONLY_A_DRAFT if self.mask.draft else ""

    @property
    def usual_formats(self) -> tuple[str, ...]:
        """Of :data:`backend.exports.registry.EXPORTS`, where none was asked for."""
        return PICTURE_FORMATS if self.volume.pictures else SCAN_FORMATS


@dataclass(frozen=True)
class ProjectToExport:
    """What a project's zip is made of.

    Attributes:
        volumes: those that were asked for, in the order of the list.
        labels: the project's.
    """

    name: str
    volumes: Sequence[VolumeToExport]
    labels: Sequence[LabelAnswer]

    @property
    def file_name(self) -> str:
        """What the zip is called."""
        return f"{safe_stem(self.name)}-masks.zip"
