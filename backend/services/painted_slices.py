"""Painted slices as rows: packing, reading and comparing versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import numpy as np

from backend.records.origins import Origins, Paint, origins_of
from backend.schemas.enums import SliceState
from fewshot_sam.data.planes import Plane
from storage import arrays
from storage.models import AnnotationRow, VolumeRow

HOLD_LABELS = frozenset({SliceState.PAINTED, SliceState.INTERPOLATED})
"""States of a slice with labels on it."""


@dataclass(frozen=True)
class PackedSlice:
    """A painted slice as its row holds it.

    Attributes:
        index: canonical slice index.
        rows, columns: its size on a screen.
        values: label values present, ascending, without background.
        data: zlib of the uint8 label values in display orientation.
        origins: how each label came onto it, see :mod:`backend.records.origins`.
    """

    index: int
    rows: int
    columns: int
    values: list[int]
    data: bytes
    origins: Origins = field(default_factory=dict)

    @classmethod
    def of(cls, index: int, label_map: np.ndarray, origins: Origins | None = None) -> PackedSlice:
        """Pack a uint8 (rows, columns) label map."""
        rows, columns = label_map.shape
        values = [int(value) for value in np.unique(label_map) if value]
        return cls(index, rows, columns, values, arrays.pack_slice(label_map), origins or {})

    def label_map(self) -> np.ndarray:
        """Its (rows, columns) uint8 label values, read-only."""
        return arrays.unpack_slice(self.data, self.rows, self.columns)

    def new_row(
        self, volume: VolumeRow, plane: Plane, version: int, state: str, author: str
    ) -> AnnotationRow:
        """A row of this version, not yet added to a session."""
        return AnnotationRow(
            volume_id=volume.id,
            plane=plane.value,
            slice_index=self.index,
            version=version,
            state=state,
            author=author,
            values=self.values,
            origins=self.origins,
            rows=self.rows,
            columns=self.columns,
            data=self.data,
        )


class SlicesOnDisk:
    """Packed slices in a file of their own, as added: together they may be larger than memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._end = 0
        self._held: list[tuple[PackedSlice, int, int]] = []  # without its data, which begin where, how long

    def add(self, packed: PackedSlice) -> int:
        """Put one at the end; its place."""
        self._file.seek(self._end)
        self._file.write(packed.data)
        self._held.append((replace(packed, data=b""), self._end, len(packed.data)))
        self._end += len(packed.data)
        return len(self._held) - 1

    def __len__(self) -> int:
        return len(self._held)

    def __getitem__(self, place: int) -> PackedSlice:
        empty, begin, length = self._held[place]
        self._file.seek(begin)
        return replace(empty, data=self._file.read(length))

    def __iter__(self) -> Iterator[PackedSlice]:
        return (self[place] for place in range(len(self)))


def stored_label_map(row: AnnotationRow) -> np.ndarray:
    """The version's (rows, columns) uint8 label values in display orientation, read-only."""
    return arrays.unpack_slice(row.data, row.rows, row.columns)


def paint_of(row: AnnotationRow | None) -> Paint | None:
    """A version with how its labels came onto it; None for none."""
    return None if row is None else Paint(stored_label_map(row), origins_of(row))


def is_same(row: AnnotationRow, label_map: np.ndarray, state: str) -> bool:
    """Whether a version has this state and these (rows, columns) uint8 label values."""
    return row.state == state and np.array_equal(stored_label_map(row), label_map)
