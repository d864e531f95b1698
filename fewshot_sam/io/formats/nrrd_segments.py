"""Segmentations of 3D Slicer (``.seg.nrrd``): names, colours and layers of segments.

Segments that overlap are stored as layers, one label map each, along a first axis of the kind "list". Every
layer has values of its own, so two segments may share one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fewshot_sam.data.label_names import MAX_CODE, LabelName
from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.data.terms import CodedTerm, SegmentTerm
from fewshot_sam.errors import ImageFormatError, OverlapError
from fewshot_sam.io.overlaps import overlap_note
from fewshot_sam.io.parsing.header_text import not_scalar

_LINE = re.compile(r"segment([0-9]{1,5})_(name|labelvalue|color|layer|tags):=(.*)", re.IGNORECASE)
_ENTRY = re.compile(r"(?:^|\|)TerminologyEntry:([^|]*)")


@dataclass(frozen=True)
class SlicerSegment:
    """One segment: its voxels have ``value`` in ``layer``."""

    label: LabelName
    value: int
    layer: int


@dataclass(frozen=True, eq=False)
class MergedLayers:
    """Layers as one label map.

    Attributes:
        codes: (I, J, K) uint16.
        names: of the segments, by code.
        note: which segments have other codes than in the file, and which overlap; empty if none.
    """

    codes: np.ndarray
    names: dict[int, LabelName]
    note: str


def segments_of(lines: Iterable[str]) -> list[SlicerSegment]:
    """The segments that keys of a header describe, in their order."""
    described: dict[int, dict[str, str]] = {}
    for line in lines:
        if match := _LINE.fullmatch(line):
            described.setdefault(int(match[1]), {}).setdefault(match[2].lower(), match[3])
    layered = any("layer" in entry for entry in described.values())
    found = []
    for number, entry in sorted(described.items()):
        value = _whole(entry.get("labelvalue"), 1)
        layer = _whole(entry.get("layer"), 0 if layered or "labelvalue" in entry else number)
        name = re.sub(r"\\([n\\])", lambda match: " " if match[1] == "n" else "\\", entry.get("name", ""))
        name = name.encode("utf-8", "replace").decode("utf-8")  # bytes that were no UTF-8
        label = replace(LabelName.of(name, _color(entry.get("color", ""))), term=_term(entry.get("tags", "")))
        if value is not None and layer is not None and 0 < value <= MAX_CODE:
            found.append(SlicerSegment(label, value, layer))
    return found


def names_of(segments: Sequence[SlicerSegment]) -> dict[int, LabelName]:
    """Names by code where all segments are in one layer."""
    return {segment.value: segment.label for segment in reversed(segments) if segment.label.name}


def merged_layers(
    layers: np.ndarray,
    segments: Sequence[SlicerSegment],
    file_name: str,
    overlap: Overlap | None = None,
) -> MergedLayers:
    """One label map of several, each segment with its value as code, or with a free one where that is taken.

    Args:
        layers: (L, I, J, K) of any integer dtype.
        segments: those that the header describes.
        file_name: for messages.
        overlap: which of segments that overlap counts, in Slicer's order; None refuses them.

    Raises:
        ImageFormatError: values are no label's.
        OverlapError: segments overlap, and ``overlap`` does not say which counts.
    """
    if layers.dtype.kind not in "iu":
        raise not_scalar(file_name, f"layers of {layers.dtype.name}")
    codes = np.zeros(layers.shape[1:], np.uint16)
    names: dict[int, LabelName] = {}
    moved: list[str] = []
    taken = {segment.value for segment in segments}
    places = {(segment.layer, segment.value): place for place, segment in enumerate(segments)}
    used: set[int] = set()
    ranks, shared = np.full(MAX_CODE + 1, len(segments)), 0
    for number, layer in enumerate(layers):
        lookup = np.zeros(MAX_CODE + 1, np.uint16)
        labels = {segment.value: segment.label for segment in reversed(segments) if segment.layer == number}
        for value in _values(layer, file_name):
            code = value if value not in used else _free(taken | used)
            label = labels.get(value, LabelName(""))
            if code != value:
                moved.append(f"'{label.name or value}' has code {code} in place of {value}")
            used.add(code)
            lookup[value] = code
            ranks[code] = places.get((number, value), len(segments))
            if label.name:
                names[code] = label
        placed = lookup[layer]
        if overlap is None:
            _check_apart(codes, placed, names, file_name)
            codes |= placed
        else:
            shared += _put_over(codes, placed, ranks, overlap)
    notes = [f"Layers of '{file_name}' use the same values: {', '.join(moved)}."] if moved else []
    if shared and overlap is not None:
        notes.append(overlap_note(file_name, shared, overlap))
    return MergedLayers(codes, names, " ".join(notes))


def _put_over(codes: np.ndarray, placed: np.ndarray, ranks: np.ndarray, overlap: Overlap) -> int:
    """Put a layer's codes on those of the layers before; how many voxels both of them hold."""
    both = (codes != 0) & (placed != 0)
    below, above = codes[both], placed[both]
    is_later = ranks[above] > ranks[below]
    winners = np.where(is_later == (overlap is Overlap.LAST), above, below)
    codes |= placed
    codes[both] = winners
    return int(np.count_nonzero(both))


def _values(layer: np.ndarray, file_name: str) -> list[int]:
    """The values of a layer but 0, ascending."""
    if layer.min() < 0 or layer.max() > MAX_CODE:
        raise ImageFormatError(
            f"Label map '{file_name}' must hold integers from 0 to {MAX_CODE}, "
            f"got {layer.min()} to {layer.max()}. Give a segmentation, not an image."
        )
    held = np.zeros(MAX_CODE + 1, bool)
    held[layer.ravel(order="K")] = True
    return (np.flatnonzero(held[1:]) + 1).tolist()


def _free(taken: set[int]) -> int:
    return next(code for code in range(1, MAX_CODE + 1) if code not in taken)


def _check_apart(below: np.ndarray, above: np.ndarray, names: dict[int, LabelName], file_name: str) -> None:
    both = (below != 0) & (above != 0)
    if not both.any():
        return
    first = tuple(np.argwhere(both)[0])
    pair = [names.get(int(array[first]), LabelName(f"label {array[first]}")).name for array in (below, above)]
    raise OverlapError(
        f"The segments of '{file_name}' must not overlap, but '{pair[0]}' and '{pair[1]}' do "
        f"({np.count_nonzero(both)} voxels are in two layers). Export them as a label map in 3D Slicer "
        "(Segmentations, Export to files or models), where the later segment covers the earlier one."
    )


def _whole(text: str | None, default: int) -> int | None:
    """The number that a text is; None where it is none."""
    if text is None:
        return default
    return int(text) if re.fullmatch(r"\s*[0-9]{1,9}\s*", text) else None


def _term(tags: str) -> SegmentTerm | None:
    """What a segment is by its tags: terminology~category~type~modifier~..., each scheme^value^meaning."""
    entry = _ENTRY.search(tags)
    if entry is None:
        return None
    parts = [part.split("^") for part in entry[1].split("~")[1:4]]
    try:
        category, kind, modifier = (CodedTerm(*part) if any(part) else None for part in parts)
    except (TypeError, ValueError):
        return None
    return SegmentTerm(category, kind, modifier) if category and kind else None


def _color(text: str) -> str | None:
    """#rrggbb from three numbers from 0 to 1."""
    parts = text.split()
    if len(parts) != 3 or not all(re.fullmatch(r"[0-9]*\.?[0-9]+(e-?[0-9]{1,2})?", part) for part in parts):
        return None
    return "#" + "".join(f"{round(min(float(part), 1.0) * 255):02x}" for part in parts)
