"""How large a label is, in the unit that means something: mL of a scan, mm² of pictures, else pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.schemas.parts import MaskLabel

ML, MM2, PIXELS = "mL", "mm²", "px"
_DIGITS = {ML: 2, MM2: 1, PIXELS: 0}


class Sized(Protocol):
    """A picture; None where the (row, column) size of its pixels is not known."""

    @property
    def pixel_mm(self) -> tuple[float, float] | None: ...


@dataclass(frozen=True)
class Size:
    """A number and its unit.

    Example:
        >>> str(Size(12.0, "mL")), Size(12.0, "px").number
        ('12.00 mL', '12')
    """

    value: float
    unit: str

    @property
    def number(self) -> str:
        """The value alone, with as many digits as are shown of the unit."""
        return f"{self.value:.{_DIGITS[self.unit]}f}"

    def __str__(self) -> str:
        return f"{self.number} {self.unit}"


def picture_size(pixels: Sequence[int], pictures: Sequence[Sized]) -> Size:
    """The size of a label on pictures, in their :func:`picture_unit`.

    Args:
        pixels: of the label on each picture.
    """
    unit = picture_unit(pictures)
    sides = [each.pixel_mm if unit == MM2 and each.pixel_mm else (1.0, 1.0) for each in pictures]
    parts = (count * rows * columns for count, (rows, columns) in zip(pixels, sides, strict=True))
    return Size(sum(parts), unit)


def picture_unit(pictures: Sequence[Sized]) -> str:
    """What sizes on pictures are in: px where the size of a pixel is not known of all of them."""
    return MM2 if all(each.pixel_mm is not None for each in pictures) else PIXELS


def label_size(label: MaskLabel, pictures: Sequence[Sized]) -> Size:
    """The size of a mask's label where only its voxels are known: in px where pixels differ in size.

    Args:
        pictures: of the mask's volume; none of a scan.
    """
    if not pictures:
        return Size(label.volume_ml, ML)
    if not pixels_alike(pictures):
        return Size(label.voxels, PIXELS)
    return picture_size([label.voxels], pictures[:1])


def pixels_alike(pictures: Sequence[Sized]) -> bool:
    """Whether pixels are of one size, or all of none that is known, so that their number tells an area."""
    return len({each.pixel_mm for each in pictures}) == 1


def length_unit(pictures: Sequence[Sized]) -> str:
    """What distances on a scan (no pictures) or on pictures are in."""
    known = [each.pixel_mm is not None for each in pictures]
    if all(known):
        return "mm"
    return "mm or px" if any(known) else PIXELS
