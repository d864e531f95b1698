"""What a file format is to the rest of the program: a line of the registry, and functions of a module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the confined reader and --help look at the registry before anything heavy is imported
    import numpy as np

    from fewshot_sam.data.grid import SourceGrid
    from fewshot_sam.data.label_reading import Overlap
    from fewshot_sam.io.limits import ReadLimits
    from fewshot_sam.io.source import SourceImage


class FormatKind(StrEnum):
    """What one volume of a format is made of, and so which function its module has."""

    FILE = "file"
    """One file, perhaps a header with its voxels in a second file: :class:`FileReader`."""
    SLICES = "slices"
    """Any number of files: :class:`SlicesReader`."""
    ARCHIVE = "archive"
    """One file that holds files of a volume: :class:`Archive`."""


@dataclass(frozen=True)
class Format:
    """What can be told of a format without loading its module.

    Attributes:
        title: its name in messages; empty for an archive, which other formats' titles mention.
        module: dotted name of the module with the functions of its kind, and ``write`` (see
            :class:`Writer`) if there are ``written_suffixes``.
        suffixes: endings of its files' names, in lower case with the dot.
        header_suffixes: those of ``suffixes`` whose files are headers with the voxels in a file beside them.
        written_suffixes: endings of the files it can write.
        by_content: its files are told by their content, whatever their names.
        layered: its files may hold overlapping segments in layers: :class:`LayeredReader`.
        argument: what the command line's help calls it, where it is not one file.
    """

    title: str
    module: str
    kind: FormatKind
    suffixes: tuple[str, ...]
    header_suffixes: tuple[str, ...] = ()
    written_suffixes: tuple[str, ...] = ()
    by_content: bool = False
    layered: bool = False
    argument: str = ""

    @property
    def title_with_suffixes(self) -> str:
        """The title, with the endings of file names where they tell the format."""
        return f"{self.title} ({', '.join(self.suffixes)})" if self.kind is FormatKind.FILE else self.title


class FileReader(Protocol):
    """The module of a format of kind FILE."""

    def read(self, path: Path, name: str, limits: ReadLimits, wanted: str | None) -> SourceImage:
        """Read one file.

        It checks ``limits`` before it takes memory, inflates through ``io.parsing.inflate`` only, and opens
        no other file but through ``io.parsing.detached``.

        Args:
            path: the file; of a volume in two files the header.
            name: what the volume is called, see :func:`fewshot_sam.io.formats.registry.stem`.
            limits: on voxels, slices and unpacked bytes.
            wanted: which volume to take where the file holds several, see
                :func:`fewshot_sam.io.parsing.several.choose`.

        Raises:
            ImageFormatError: damaged, not a scalar 3D image, or beyond ``limits``.
            GeometryError: position, orientation or voxel size cannot be used.
            SeriesChoiceError: several volumes and none named.
        """


class LayeredReader(FileReader, Protocol):
    """The module of a format of kind FILE whose files may hold overlapping segments."""

    def read_layered(self, path: Path, name: str, limits: ReadLimits, overlap: Overlap) -> SourceImage:
        """Read one file; of segments that hold the same voxels ``overlap`` says which counts."""


class SlicesReader(Protocol):
    """The module of a format of kind SLICES."""

    def read_slices(
        self, files: Sequence[Path], name: str, limits: ReadLimits, series_uid: str | None
    ) -> SourceImage | None:
        """Read those of ``files`` that are of this format as one volume; None where none is.

        Args:
            files: regular files that were given, or found in a folder or an archive.
            name: what the volume is called if the files do not say.
            limits: on voxels, slices and unpacked bytes.
            series_uid: which series to take where the format knows several.

        Raises:
            ImageFormatError, GeometryError: as for :class:`FileReader`.
            SeriesChoiceError: several series and none named.
        """


class Archive(Protocol):
    """The module of a format of kind ARCHIVE."""

    def unpack(self, path: Path, target: Path, limits: ReadLimits) -> dict[Path, str]:
        """Unpack the files of ``path`` into the empty folder ``target``, and nowhere else.

        Returns:
            What each file is called in the archive, without its folders; only to be compared with.

        Raises:
            ImageFormatError: damaged, without files, or beyond ``limits``.
        """


class Writer(Protocol):
    """The module of a format that can be written."""

    def write(self, stored: np.ndarray, grid: SourceGrid, path: Path) -> None:
        """Write a new file.

        Args:
            stored: (I, J, K) uint8, uint16 or float32 on ``grid``.
            grid: with its affine, units and NIfTI codes, all of which the file should state.
            path: ends in one of the format's ``written_suffixes``.
        """
