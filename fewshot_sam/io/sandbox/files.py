"""What a confined child has read, in its files; streamed, never loaded whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.errors import ImageFormatError

BLOCK_BYTES = 4 * 2**20


@dataclass(frozen=True, eq=False)
class VolumeFile:
    """A volume that a child has read, its voxels in a file.

    Attributes:
        volume: its voxels are a read-only memory map, (X, Y, Z) in Fortran order; touching them all
            makes this process as large as they are, :meth:`blocks` does not.
        presets: windows that suit it, the default first; see :func:`fewshot_sam.data.windowing.presets`.
        headers: of slices of DICOM what :class:`fewshot_sam.io.dicom.source_headers.SourceHeaders` packs of
            their files, unchecked; None of all else.
    """

    volume: Volume
    presets: dict[str, Window]
    _file: BinaryIO = field(repr=False)
    _offset: int = 0
    _colour: tuple[BinaryIO, int] | None = field(default=None, repr=False)
    headers: bytes | None = field(default=None, repr=False)

    def blocks(self) -> Iterator[np.ndarray]:
        """The voxels in parts of a few megabytes.

        Returns:
            (N,) int16 or float32 arrays, together the volume, X fastest; each is valid until the next.

        Raises:
            ImageFormatError: a voxel is NaN or infinite, which breaks the protocol.
        """
        dtype = self.volume.voxels.dtype
        for block in _blocks(self._file, self._offset, dtype, self.volume.voxels.size):
            if dtype.kind == "f" and not np.isfinite(block).all():
                raise invalid_answer("a voxel is not a finite number")
            yield block

    def colour_blocks(self) -> Iterator[np.ndarray]:
        """The colours likewise, (N,) uint8 arrays, together (slices, rows, columns, 3); none of grey."""
        if self._colour is not None and self.volume.colour is not None:
            yield from _blocks(*self._colour, np.dtype(np.uint8), self.volume.colour.size)

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        if self._colour is not None:
            self._colour[0].close()


@dataclass(frozen=True, eq=False)
class LabelSlices:
    """The slices of a label map that hold a label, in a file.

    Attributes:
        plane: the plane of the slices.
        indices: canonical slice indices, ascending.
        shape: (A, B) of a slice in canonical axis order, see :func:`fewshot_sam.data.planes.take_slice`.
        names: of the codes, as far as the files say.
        notes: what was read otherwise than it stands in the files; empty if nothing.
        provenance, by_name, resampled: see :class:`fewshot_sam.data.label_map.LabelMap`.
    """

    plane: Plane
    indices: tuple[int, ...]
    shape: tuple[int, int]
    names: dict[int, LabelName]
    notes: str
    _file: BinaryIO = field(repr=False)
    _offset: int = 0
    provenance: str = ""
    by_name: bool = False
    resampled: bool = False

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Each index with its (A, B) uint16 codes, valid until the next."""
        size = self.shape[0] * self.shape[1]
        for number, index in enumerate(self.indices):
            start = self._offset + number * size * 2
            (block,) = _blocks(self._file, start, np.dtype("<u2"), size, size)
            yield index, block.reshape(self.shape)

    def codes(self) -> tuple[int, ...]:
        """The label codes on any slice, ascending, without background."""
        found: set[int] = set()
        for _, codes in self:
            found.update(np.unique(codes).tolist())
        return tuple(sorted(found - {0}))


def _blocks(
    file: BinaryIO, offset: int, dtype: np.dtype, count: int, max_count: int | None = None
) -> Iterator[np.ndarray]:
    """``count`` values from ``offset`` on, at most ``max_count`` at a time."""
    max_count = max_count or BLOCK_BYTES // dtype.itemsize
    buffer = np.empty(min(max_count, count), dtype)
    file.seek(offset)
    for start in range(0, count, max_count):
        block = buffer[: min(max_count, count - start)]
        if file.readinto(block.view(np.uint8)) != block.nbytes:  # type: ignore[attr-defined]
            raise invalid_answer("a file of voxels ends early")
        yield block


def invalid_answer(what: str) -> ImageFormatError:
    """The error for an answer that breaks the protocol."""
    return ImageFormatError(
        f"Reading the files failed: the reader's answer was not valid ({what[:300]}). They may be damaged."
    )
