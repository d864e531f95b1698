"""Unrelated pictures as one volume: X-rays, ultrasound, microscopy; no slice says anything of the next.

They are stacked as axial slices, as :mod:`fewshot_sam.io.formats.images` stacks slices of a body: columns to
the patient's left, rows to posterior. Pictures smaller than the largest have padding to the right and below,
which no method sees: it works on each picture alone, in the picture's own size (:func:`single_picture`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from fewshot_sam.data.grid import SourceGrid
    from fewshot_sam.data.volume import Volume

LONGEST_SIDE_MM = 256.0
"""What a picture counts as to the method, whose scales are in mm: about the size of a slice of a scan,
however many pixels it has."""


class StackKind(StrEnum):
    """What files of pictures are taken for."""

    SLICES = "slices"  # of one body
    PICTURES = "pictures"  # unrelated ones
    ASK = "ask"  # unrelated where they look so; else whoever opened them is asked


@dataclass(frozen=True)
class Picture:
    """One picture of a stack.

    Attributes:
        name: of its file, as a result for it is called.
        rows, columns: its size in pixels.
        pixel_mm: (row, column) size of a pixel in mm; None where that is not known.
    """

    name: str
    rows: int
    columns: int
    pixel_mm: tuple[float, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`from_dict` is the inverse."""
        spacing = None if self.pixel_mm is None else list(self.pixel_mm)
        return {"name": self.name, "rows": self.rows, "columns": self.columns, "pixel_mm": spacing}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Picture:
        """The picture that :meth:`to_dict` described."""
        spacing = values.get("pixel_mm")
        pixel_mm = None if spacing is None else (float(spacing[0]), float(spacing[1]))
        return cls(values["name"], values["rows"], values["columns"], pixel_mm)

    @property
    def longest_side(self) -> int:
        """Pixels."""
        return max(self.rows, self.columns)

    def inside(self, image: np.ndarray) -> np.ndarray:
        """The picture's part of a padded slice in display orientation.

        Args:
            image: (rows, columns, ...) of any dtype.

        Returns:
            A view of the same dtype.
        """
        return image[: self.rows, : self.columns]


def stacked_grid(shape: tuple[int, int, int], step: float = 1.0) -> SourceGrid:
    """The grid of pictures, and of slices that state no position.

    Args:
        shape: (columns, rows, pictures).
        step: size of their voxels; the unit is not known.
    """
    from fewshot_sam.data.grid import SourceGrid

    return SourceGrid(shape, np.diag([-step, -step, step, 1.0]), spatial_unit="unknown", sform_code=2)


def place_of(
    pictures: Sequence[Picture], index: int, shape: tuple[int, int, int]
) -> tuple[slice, slice, slice]:
    """Where a picture is in its stack's canonical (X, Y, Z) array of this shape; beside it is padding."""
    picture, (x, y, _) = pictures[index], shape
    return slice(x - picture.columns, x), slice(y - picture.rows, y), slice(index, index + 1)


def single_picture(stack: Volume, index: int) -> Volume:
    """One picture of a stack as a volume of one slice, without padding.

    Its content hash begins as the stack's does, so that what is cached for it goes with the stack.

    Args:
        stack: a volume of pictures.
        index: of the picture, from 0.
    """
    picture = stack.pictures[index]
    alone = replace(
        stack,
        voxels=np.asfortranarray(stack.voxels[place_of(stack.pictures, index, stack.shape)]),
        source=stacked_grid((picture.columns, picture.rows, 1), LONGEST_SIDE_MM / picture.longest_side),
        name=picture.name,
        pictures=(picture,),
        colour=None if stack.colour is None else picture.inside(stack.colour[index])[None],
    )
    own = hashlib.sha256(f"picture {index} {alone.content_hash}".encode()).hexdigest()
    vars(alone)["content_hash"] = stack.content_hash[:16] + own[16:]
    return alone
