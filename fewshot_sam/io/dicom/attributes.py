"""What the volumes of one DICOM series may differ by, and how that is said to a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fewshot_sam.data.planes import Plane
from fewshot_sam.io.dicom.frames import DicomFrame
from fewshot_sam.io.dicom.geometry import ORIENTATION_TOLERANCE, SPACING_RATIO

Value = float | str | tuple[float, ...] | tuple[str, ...] | None
"""Of an attribute; None where it is not stated."""

_PARTS_OF_SIGNAL = {"M": "magnitude", "P": "phase", "R": "real part", "I": "imaginary part"}


def _equal(one: Value, other: Value) -> bool:
    return one == other


@dataclass(frozen=True)
class Attribute:
    """Something by which volumes may differ.

    Attributes:
        value: of a frame.
        words: of a value.
        same: whether two values are as good as one.
    """

    value: Callable[[DicomFrame], Value]
    words: Callable[[Any], str]
    same: Callable[[Value, Value], bool] = _equal


def _vector(keyword: str, count: int) -> Callable[[DicomFrame], Value]:
    def value(frame: DicomFrame) -> Value:
        numbers = frame.numbers(keyword, count)
        return None if numbers is None else tuple(numbers.tolist())

    return value


def _close(relative: float, absolute: float) -> Callable[[Value, Value], bool]:
    """A frame that states nothing goes with the others, to be told of when they are read."""
    return lambda one, other: (
        one is None or other is None or np.allclose(np.array(one), np.array(other), relative, absolute)
    )


def _size(frame: DicomFrame) -> Value:
    return float(frame.get("Columns")), float(frame.get("Rows"))


def _direction_words(value: tuple[float, ...]) -> str:
    normal = np.cross(value[:3], value[3:])
    return f"{Plane.of_axis(int(np.abs(normal).argmax())).value} slices"


def _number(keyword: str, words: str) -> Attribute:
    """An element that is a number; ``words`` holds {}."""

    def value(frame: DicomFrame) -> Value:
        number = frame.numbers(keyword, 1)
        return None if number is None else float(number[0])

    return Attribute(value, lambda number: words.format(f"{number:g}"))


def _texts(frame: DicomFrame, keyword: str) -> tuple[str, ...]:
    stated = frame.get(keyword)
    many = isinstance(stated, Sequence) and not isinstance(stated, str)
    return tuple(str(part) for part in (stated if many else [stated]) if part not in (None, ""))


def _text(keyword: str, words: str) -> Attribute:
    """An element that is text, or several texts; ``words`` holds {}."""
    return Attribute(lambda frame: "/".join(_texts(frame, keyword)) or None, words.format)


def _time(keyword: str, words: str) -> Attribute:
    """An element that is a time of the day, perhaps with its date."""

    def shown(text: str) -> str:
        clock = text.split("+")[0].split(".")[0][-6:]
        return words.format(
            f"{clock[:2]}:{clock[2:4]}:{clock[4:]}" if clock.isdigit() and len(clock) == 6 else text
        )

    return Attribute(lambda frame: "/".join(_texts(frame, keyword)) or None, shown)


def _image_type_words(value: tuple[str, ...]) -> str:
    parts = [_PARTS_OF_SIGNAL.get(part, part.lower()) for part in value[2:] or value]
    return f"image type {'/'.join(parts)}"


def _diffusion_direction(frame: DicomFrame) -> Value:
    """Of a frame with a b-value; one that states none has no direction, which is a value, too."""
    if frame.get("DiffusionBValue") is None:
        return None
    return _vector("DiffusionGradientOrientation", 3)(frame) or ()


def _diffusion_words(value: tuple[float, ...]) -> str:
    return f"diffusion direction {', '.join(f'{part:.3g}' for part in value)}" if value else "no direction"


ALWAYS = (
    Attribute(_size, lambda size: f"{size[0]:g}x{size[1]:g} pixels"),
    Attribute(
        _vector("PixelSpacing", 2),
        lambda spacing: f"pixels of {spacing[0]:g}x{spacing[1]:g} mm",
        _close(SPACING_RATIO, 0.0),
    ),
    Attribute(_vector("ImageOrientationPatient", 6), _direction_words, _close(0.0, ORIENTATION_TOLERANCE)),
)
"""Frames that differ in these never form one volume."""

ECHOES = (
    _number("EchoTime", "echo time {} ms"),
    _number("EchoNumbers", "echo {}"),
    _number("InversionTime", "inversion time {} ms"),
    _number("FlipAngle", "flip angle {} degrees"),
    _number("DiffusionBValue", "b-value {} s/mm2"),
)
"""What decides how tissue looks: no scanner changes it from one slice of a volume to the next."""

SOMETIMES = (
    *ECHOES,
    Attribute(_diffusion_direction, _diffusion_words),
    _text("SequenceName", "sequence {}"),
    Attribute(lambda frame: _texts(frame, "ImageType") or None, _image_type_words),
    _number("NominalPercentageOfCardiacPhase", "{} % of the cardiac cycle"),
    _number("TemporalPositionIdentifier", "time point {}"),
    _number("TriggerTime", "trigger time {} ms"),
    _text("ConvolutionKernel", "kernel {}"),
    _number("KVP", "{} kV"),
    _text("ContrastBolusAgent", "contrast agent {}"),
    _number("SliceThickness", "slices {} mm thick"),
    _number("AcquisitionNumber", "acquisition {}"),
    _text("StackID", "stack {}"),
    _time("AcquisitionTime", "acquired at {}"),
    _time("AcquisitionDateTime", "acquired at {}"),
    _time("ContentTime", "stored at {}"),
    _time("SeriesTime", "series of {}"),
    _text("SeriesDescription", "{}"),
)
"""Frames that differ in these form one volume unless several lie at one position. The first that tells them
apart is the one that is said."""
