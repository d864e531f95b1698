"""Files with several volumes (time points, echoes, directions) or several numbers a voxel: which is read.

Each can be chosen as a series of DICOM is: ``#1`` is the first. Numbers that are red, green and blue can be
taken as grey, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fewshot_sam.errors import ImageFormatError, SeriesChoice, SeriesChoiceError

if TYPE_CHECKING:
    from fewshot_sam.io.source import SourceImage

LUMINANCE = (0.299, 0.587, 0.114)
"""Of red, green and blue, ITU-R BT.601."""
_COLOURS = ("red", "green", "blue", "opacity")
_MAX_PARTS = 2**16
_MAX_LISTED = 500
_MAX_NAMED = 5


@dataclass(frozen=True)
class FilePart:
    """One volume of a file.

    Attributes:
        words: what it is, such as "frame 3 of 10".
        frame: which of the volumes that the file holds one behind the other, from 0.
        weights: by how much each of a voxel's numbers counts; empty where there is but one.
    """

    words: str = ""
    frame: int = 0
    weights: tuple[float, ...] = ()

    @property
    def channels(self) -> int:
        """How many numbers a voxel has."""
        return len(self.weights) or 1

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """Its values of (channels, ...) numbers of any integer or float dtype, in that dtype, rounded."""
        if not self.weights:
            return numbers[0]
        counting = np.flatnonzero(self.weights)
        if counting.size == 1:
            return numbers[counting[0]]
        mixed = np.tensordot(np.array(self.weights, np.float32), numbers.astype(np.float32), 1)
        return (np.rint(mixed) if numbers.dtype.kind in "iu" else mixed).astype(numbers.dtype)

    def noted(self, image: SourceImage) -> SourceImage:
        """The image with a name and a note that say which part of its file it is; itself where it is all."""
        if not self.words:
            return image
        note = f"Of '{image.name}' only this was opened: {self.words}."
        return replace(image, name=f"{image.name} {self.words}", metadata=image.with_note(note))


def parts_of(frames: int = 1, channels: int = 1, *, in_colour: bool = False) -> list[FilePart]:
    """All that may be chosen of a file with so many volumes of so many numbers a voxel.

    Raises:
        ImageFormatError: there are more than any program writes.
    """
    if frames * channels > _MAX_PARTS:
        raise ImageFormatError(
            f"The image must hold at most {_MAX_PARTS} volumes, got {frames * channels}. Save the one to "
            "open as a file of its own."
        )
    return [
        FilePart(", ".join(filter(None, [frame, channel])), number, weights)
        for number, frame in enumerate(_frame_words(frames))
        for channel, weights in _mixtures(channels, in_colour)
    ]


def _frame_words(count: int) -> list[str]:
    return [f"frame {number} of {count}" for number in range(1, count + 1)] if count > 1 else [""]


def _mixtures(channels: int, in_colour: bool) -> list[tuple[str, tuple[float, ...]]]:
    if channels == 1:
        return [("", ())]
    alone = [tuple(float(each == channel) for each in range(channels)) for channel in range(channels)]
    if in_colour:
        grey = LUMINANCE + (0.0,) * (channels - 3)
        return [("colours as grey", grey), *zip(_COLOURS, alone, strict=False)]
    return [(f"channel {number} of {channels}", one) for number, one in enumerate(alone, 1)]


def choose(
    parts: Sequence[FilePart], wanted: str | None, file_name: str, slices: int, hint: str = ""
) -> FilePart:
    """The part that is wanted, as ``#1`` for the first, or the only one.

    Args:
        parts: all of the file's.
        wanted: None where none was named.
        slices: of each part; 0 where that is not known yet.
        hint: a sentence about what else could be done.

    Raises:
        SeriesChoiceError: several parts and none named, or the named one is not there.
    """
    if len(parts) == 1:
        return parts[0]
    if wanted is not None and wanted.removeprefix("#").isdecimal():
        number = int(wanted.removeprefix("#"))
        if 0 < number <= len(parts):
            return parts[number - 1]
    choices = [
        SeriesChoice(f"#{number}", part.words, "", slices)
        for number, part in enumerate(parts[:_MAX_LISTED], 1)
    ]
    named = ", ".join(f"{choice.description} ({choice.series_uid})" for choice in choices[:_MAX_NAMED])
    more = " ..." if len(parts) > _MAX_NAMED else ""
    raise SeriesChoiceError(
        f"'{file_name}' holds {len(parts)} volumes, choose one: {named}{more}.{hint}", choices
    )


def require_one(error: SeriesChoiceError, name: str) -> ImageFormatError:
    """The error for a label map that holds several volumes, of which ``error`` would let one choose."""
    return ImageFormatError(
        f"Label map '{name}' must be one 3D image with one number a voxel, got {len(error.choices)} volumes. "
        "Save the one that was painted as a file of its own."
    )
