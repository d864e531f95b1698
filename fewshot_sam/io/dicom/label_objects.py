"""DICOM objects that hold labels of a scan, read onto its grid. A new kind is a line in ``READERS``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name
from typing import Protocol

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.dicom.frames import DicomFile
from fewshot_sam.io.dicom.kinds import description_of, kind_of
from fewshot_sam.io.dicom.series import find_dicom
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.source import SourceImage

READERS = {
    "SEG": "fewshot_sam.io.dicom.segmentation_reading:read_segmentation",
    "RTSTRUCT": "fewshot_sam.io.dicom.structure_set_reading:read_structure_set",
}
"""By what :func:`fewshot_sam.io.dicom.kinds.kind_of` says of a file."""
_MAX_NAMED = 5


class LabelReader(Protocol):
    """Reads one kind of object."""

    def __call__(
        self,
        file: DicomFile,
        target: SourceGrid,
        name: str,
        limits: ReadLimits,
        overlap: Overlap | None = None,
    ) -> SourceImage:
        """The labels of a file on the source grid of the scan that they were made of.

        Raises:
            ImageFormatError, GeometryError: damaged, beyond ``limits``, or another scan's.
            OverlapError: labels overlap, and neither ``overlap`` nor the reader says which counts.
        """


def states_no_grid(path: Path, limits: ReadLimits) -> bool:
    """Whether a file holds such labels, which can be read on the grid of their scan only."""
    return path.is_file() and any(kind_of(file.header) in READERS for file in find_dicom([path], limits)[1])


def read_labels(
    files: Sequence[Path],
    target: SourceGrid,
    name: str,
    limits: ReadLimits,
    overlap: Overlap | None = None,
) -> SourceImage | None:
    """The labels in the one such object among ``files``; None where there is none.

    The scan itself may be among them too, as when a whole study is given.

    Raises:
        ImageFormatError: several objects, and what a :class:`LabelReader` raises.
    """
    _, others = find_dicom(files, limits)
    found = [file for file in others if kind_of(file.header) in READERS]
    if not found:
        return None
    if len(found) > 1:
        named = ", ".join(
            f"'{file.path.name}' ({description_of(file.header) or kind_of(file.header)})"
            for file in found[:_MAX_NAMED]
        )
        more = " ..." if len(found) > _MAX_NAMED else ""
        raise ImageFormatError(
            f"One segmentation must be given, got {len(found)}: {named}{more}. Choose one."
        )
    reader: LabelReader = resolve_name(READERS[kind_of(found[0].header)])
    return reader(found[0], target, name, limits, overlap)
