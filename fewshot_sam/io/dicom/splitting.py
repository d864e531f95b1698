"""Series that hold more than one volume: echoes, phases, time points, directions.

DICOM lets a series hold them all. They are told apart by the first attribute that puts slices at one position
into different volumes, and said in words, so that a person can choose. Echoes may lie between others.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fewshot_sam.io.dicom.attributes import ALWAYS, ECHOES, SOMETIMES, Attribute, Value
from fewshot_sam.io.dicom.frames import DicomFrame

_MOST_VALUES = 500
"""An attribute with more values tells single slices apart, not volumes."""
_LEAST_SHARE = 0.5
"""Half of the volumes must reach this share of the positions: what differs from slice to slice tells nothing.
Others may be broken off, as the last one of a series in time is when the scan was stopped."""
_LEAST_UNLIKE = 0.05
"""Echoes differ by more; scanners adapt the times of a volume by less."""

_Place = tuple[tuple[float, ...], int, int]
"""A frame's number, its place in its file, and among those given."""


@dataclass(frozen=True)
class Part:
    """Frames that may form a volume.

    Attributes:
        frames: in the order they were given.
        differs_by: what tells it from the other parts, in words; empty where there is no other.
    """

    frames: list[DicomFrame]
    differs_by: tuple[str, ...] = ()


def split(frames: Sequence[DicomFrame]) -> list[Part]:
    """The volumes among the frames of a series; one part where nothing tells them apart."""
    parts = [Part(list(frames))]
    for attribute in ALWAYS:
        parts = [new for part in parts for new in _by(attribute, part)]
    parts = [volume for part in parts for volume in _without_doubles(part, SOMETIMES)]
    for attribute in ECHOES:
        parts = [new for part in parts for new in _taking_turns(attribute, part)]
    return parts


def _taking_turns(attribute: Attribute, part: Part) -> list[Part]:
    """Two or more echoes whose slices lie between each other's, one of each in turn along the stack."""
    groups = _by(attribute, part)
    values = [value for group in groups if isinstance(value := attribute.value(group.frames[0]), float)]
    if len(groups) == 1 or len(values) < len(groups) or not all(map(_unlike, values, values[1:])):
        return [part]
    number = {frame: k for k, group in enumerate(groups) for frame in group.frames}
    ordered = [number[frame] for frame in _along_normal(part.frames)]
    turns = len(groups)
    in_turn = len(ordered) >= 2 * turns and all(
        len(set(ordered[k : k + turns])) == turns for k in range(len(ordered) - turns + 1)
    )
    return groups if in_turn else [part]


def _unlike(one: float, other: float) -> bool:
    return abs(one - other) > _LEAST_UNLIKE * max(abs(one), abs(other))


def _along_normal(frames: Sequence[DicomFrame]) -> list[DicomFrame]:
    """Frames of one orientation by their depth; none where one states no place."""
    orientation = frames[0].numbers("ImageOrientationPatient", 6)
    positions = [frame.numbers("ImagePositionPatient", 3) for frame in frames]
    if orientation is None or any(position is None for position in positions):
        return []
    normal = np.cross(orientation[:3], orientation[3:])
    depths = [float(position @ normal) for position in positions if position is not None]
    return [frames[k] for k in np.argsort(depths, kind="stable")]


def _without_doubles(part: Part, attributes: Sequence[Attribute]) -> list[Part]:
    """A part of which several frames may lie at one position, as parts of which no two do."""
    if _most_at_one_position(part.frames) < 2:
        return [part]
    for number, attribute in enumerate(attributes):
        groups = _by(attribute, part)
        if len(groups) > 1 and _tell_apart(part.frames, groups, attribute):
            return [each for group in groups for each in _without_doubles(group, attributes[number + 1 :])]
    return _repetitions(part)


def _by(attribute: Attribute, part: Part) -> list[Part]:
    """Frames of one value each, by value; the part itself where all have the same."""
    groups: list[tuple[Value, list[DicomFrame]]] = []
    for frame in part.frames:
        value = attribute.value(frame)
        found = next((group for known, group in groups if attribute.same(known, value)), None)
        if found is not None:
            found.append(frame)
        elif len(groups) < _MOST_VALUES:
            groups.append((value, [frame]))
        else:
            return [part]
    if len(groups) == 1:
        return [part]
    groups.sort(key=lambda group: _in_order(group[0]))
    return [Part(frames, (*part.differs_by, attribute.words(value))) for value, frames in groups]


def _tell_apart(frames: list[DicomFrame], groups: list[Part], attribute: Attribute) -> bool:
    """Whether every group has fewer slices at one position, and half of them slices at most positions."""
    if any(attribute.value(frame) is None for frame in frames):
        return False
    most, enough = _most_at_one_position(frames), _LEAST_SHARE * len(_positions(frames))
    if any(_most_at_one_position(group.frames) >= most for group in groups):
        return False
    whole = [group for group in groups if len(_positions(group.frames)) >= enough]
    return 2 * len(whole) >= len(groups)


def _repetitions(part: Part) -> list[Part]:
    """Where only their numbers tell slices at one position apart: the first at each, the second at each.

    Slices with a number less, and frames that are only counted, must have been stored volume after volume.
    """
    at_position: dict[tuple[int, ...] | None, list[_Place]] = defaultdict(list)
    for index, frame in enumerate(part.frames):
        at_position[frame.position].append((_number(frame), frame.index, index))
    here = [sorted(entries) for entries in at_position.values()]
    if None in at_position or not all(_differ(place[:2] for place in entries) for entries in here):
        return [part]
    count = max(map(len, here))
    volumes = [[entries[k] for entries in here if len(entries) > k] for k in range(count)]
    numbered = all(len(entries) == count and _differ(place[0] for place in entries) for entries in here)
    if not numbered and not all(max(before) < min(after) for before, after in itertools.pairwise(volumes)):
        return [part]
    return [
        Part(
            [part.frames[index] for index in sorted(index for _, _, index in volume)],
            (*part.differs_by, f"repetition {k + 1} of {count}"),
        )
        for k, volume in enumerate(volumes)
    ]


def _number(frame: DicomFrame) -> tuple[float, ...]:
    """What orders slices at one position: the number of a file, then what orders the frames in it."""
    instance = frame.numbers("InstanceNumber", 1)
    dimensions = frame.get("DimensionIndexValues") or ()
    many = dimensions if isinstance(dimensions, Sequence) else [dimensions]
    return (-1.0 if instance is None else float(instance[0]), *map(float, many))


def _differ(values: Iterable[Hashable]) -> bool:
    listed = list(values)
    return len(set(listed)) == len(listed)


def _positions(frames: Sequence[DicomFrame]) -> Counter[tuple[int, ...] | None]:
    return Counter(frame.position for frame in frames)


def _most_at_one_position(frames: Sequence[DicomFrame]) -> int:
    counts = _positions(frames)
    counts.pop(None, None)
    return max(counts.values(), default=0)


def _in_order(value: Value) -> tuple[int, float, str]:
    """Numbers by size, then everything else by its text."""
    return (0, value, "") if isinstance(value, float) else (1, 0.0, str(value))
