"""DICOM segmentations as label maps on the grid of the scan that they were made of."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from highdicom.color import CIELabColor
from pydicom.dataset import Dataset
from pydicom.pixels import iter_pixels

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_names import MAX_CODE, LabelName
from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.data.terms import MAX_MEANING, MAX_SCHEME, MAX_VALUE, CodedTerm, SegmentTerm
from fewshot_sam.data.text import cut_characters, on_one_line
from fewshot_sam.errors import OverlapError, UserError
from fewshot_sam.io.dicom.file import damaged, pixel_bytes, read_whole
from fewshot_sam.io.dicom.frame_placement import FramePlacement, placement_on
from fewshot_sam.io.dicom.frames import DicomFile, DicomFrame, first_item, frames_of
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.overlaps import overlap_note
from fewshot_sam.io.source import SourceImage
from fewshot_sam.io.terminology import UNKNOWN

_PROBABLE = 0.5
"""From this probability or share of a pixel on a fractional segment counts as there."""


def read_segmentation(
    file: DicomFile,
    target: SourceGrid,
    name: str,
    limits: ReadLimits,
    overlap: Overlap | None = None,
) -> SourceImage:
    """The segments of a file on the grid of a scan; their numbers are the codes.

    Args:
        file: of the class Segmentation Storage or Label Map Segmentation Storage.
        target: the source grid of the volume that they belong to; frames lie on its slices or some of them.
        overlap: of segments that hold the same voxels, whether that of the lowest or of the highest number
            counts; None refuses them.

    Returns:
        Codes, uint16, on ``target``, with names, colours and terms.

    Raises:
        GeometryError: the frames do not lie on the grid.
        ImageFormatError: damaged, or beyond ``limits``.
        OverlapError: segments overlap, and ``overlap`` does not say which counts.
    """
    limits.check_unpacked(pixel_bytes(file.header), file.path.stat().st_size, name)
    labels = _labels_of(file.header)
    placed = _Placed(target, name, labels, overlap)
    kind = str(file.header.get("SegmentationType", "") or "")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for frame, pixels in _decoded(file, limits):
                placed.add(placement_on(frame, target), _codes(frame, pixels, kind))
    except (UserError, MemoryError):
        raise
    except Exception as error:
        raise damaged(file.path) from error
    notes = placed.notes
    if kind == "FRACTIONAL":
        notes.append(f"'{name}' states shares of pixels; those of one half and more were taken.")
    metadata = {"format": "DICOM SEG", "notes": " ".join(filter(None, notes))}
    return SourceImage(placed.codes, target, name, metadata=metadata, label_names=labels)


@dataclass(eq=False)
class _Placed:
    """Frames that are put on the grid of a scan one by one."""

    target: SourceGrid
    name: str
    labels: Mapping[int, LabelName]
    overlap: Overlap | None = None
    outside: int = 0
    codes: np.ndarray = field(init=False)
    shared: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.codes = np.zeros(self.target.shape, np.uint16, order="F")
        self.shared = np.zeros(self.target.shape if self.overlap else (0, 0, 0), bool, order="F")

    def add(self, place: FramePlacement, pixels: np.ndarray) -> None:
        """Put a frame's (rows, columns) codes where it lies."""
        rows, columns = np.nonzero(pixels)
        voxels, codes = place.voxels(rows, columns), pixels[rows, columns]
        inside = ((voxels >= 0) & (voxels < np.array(self.codes.shape)[:, None])).all(axis=0)
        self.outside += int(np.count_nonzero(~inside))
        at, codes = tuple(voxels[:, inside]), codes[inside]
        held = self.codes[at]
        both = (held != 0) & (held != codes)
        if self.overlap is None:
            self._require_apart(both, held, codes)
        else:
            self.shared[at] |= both
            chosen = np.minimum if self.overlap is Overlap.FIRST else np.maximum
            codes = np.where(both, chosen(held, codes), codes)
        self.codes[at] = codes

    def _require_apart(self, shared: np.ndarray, held: np.ndarray, codes: np.ndarray) -> None:
        both = np.flatnonzero(shared)
        if both.size:
            pair = [self.labels.get(int(array[both[0]])) for array in (held, codes)]
            named = [f"'{label.name}'" if label else "a segment without a name" for label in pair]
            raise OverlapError(
                f"The segments of '{self.name}' must not overlap, but {named[0]} and {named[1]} do. "
                "A voxel has one label here: leave one of them out in the program that made the file."
            )

    @property
    def notes(self) -> list[str]:
        notes = []
        if self.overlap and (count := int(np.count_nonzero(self.shared))):
            notes.append(overlap_note(self.name, count, self.overlap))
        if self.outside:
            voxels = "1 labelled pixel" if self.outside == 1 else f"{self.outside} labelled pixels"
            notes.append(f"{voxels} of '{self.name}' lie outside of the scan and were left out.")
        return notes


def _decoded(file: DicomFile, limits: ReadLimits) -> Iterator[tuple[DicomFrame, np.ndarray]]:
    dataset = read_whole(file.path, limits, pixel_bytes(file.header))
    frames = frames_of(file)
    if dataset.BitsAllocated == 1 and not dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        yield from ((frame, _unpacked(dataset, frame.index)) for frame in frames)
    else:
        yield from zip(frames, iter_pixels(dataset, raw=True), strict=True)


def _unpacked(dataset: Dataset, index: int) -> np.ndarray:
    """(rows, columns) uint8 of a frame of bits, which may begin within a byte (pydicom loses some)."""
    count = dataset.Rows * dataset.Columns
    first, skipped = divmod(index * count, 8)
    packed = np.frombuffer(dataset.PixelData, np.uint8, -(-(skipped + count) // 8), first)
    bits = np.unpackbits(packed, bitorder="little")[skipped : skipped + count]
    return bits.reshape(dataset.Rows, dataset.Columns)


def _codes(frame: DicomFrame, pixels: np.ndarray, kind: str) -> np.ndarray:
    if kind == "LABELMAP":
        background = int(frame.get("PixelPaddingValue", 0) or 0)
        return np.where(pixels == background, 0, pixels).astype(np.uint16)
    number = int(frame.get("ReferencedSegmentNumber"))
    if not 0 < number <= MAX_CODE:
        raise ValueError("a segment's number must be positive")
    least = _PROBABLE * int(frame.get("MaximumFractionalValue", 1) or 1) if kind == "FRACTIONAL" else 1
    return np.where(pixels >= least, number, 0).astype(np.uint16)


def _labels_of(header: Dataset) -> dict[int, LabelName]:
    """What segments are called, by number."""
    labels = {}
    for item in header.get("SegmentSequence") or ():
        number = int(item.get("SegmentNumber", 0) or 0)
        term = _term_of(item)
        stated = item.get("SegmentLabel") or item.get("SegmentDescription") or (term.words if term else "")
        name = LabelName.of(str(stated)).name
        if 0 < number <= MAX_CODE and name:
            labels[number] = LabelName(name, _color_of(item), term)
    return labels


def _color_of(item: Dataset) -> str | None:
    stated = item.get("RecommendedDisplayCIELabValue")
    try:
        red, green, blue = CIELabColor.from_dicom_value(tuple(int(part) for part in stated)).to_rgb()
    except (TypeError, ValueError):
        return None
    return f"#{red:02x}{green:02x}{blue:02x}"


def _term_of(item: Dataset) -> SegmentTerm | None:
    """What a segment is; None where it does not say, or so that it cannot be kept."""
    category, kind = (
        first_item(item.get(keyword))
        for keyword in ("SegmentedPropertyCategoryCodeSequence", "SegmentedPropertyTypeCodeSequence")
    )
    if category is None or kind is None:
        return None
    modifier = first_item(kind.get("SegmentedPropertyTypeModifierCodeSequence"))
    try:
        term = SegmentTerm(_coded(category), _coded(kind), None if modifier is None else _coded(modifier))
    except ValueError:
        return None
    return None if term == UNKNOWN else term


def _coded(item: Dataset) -> CodedTerm:
    stated = (item.get("CodingSchemeDesignator"), item.get("CodeValue"), item.get("CodeMeaning"))
    scheme, value, meaning = (on_one_line(str(text or "")) for text in stated)
    if len(scheme) > MAX_SCHEME or len(value) > MAX_VALUE:
        raise ValueError("a code that is cut is another one")
    return CodedTerm(scheme, value, cut_characters(meaning.replace("\\", "/"), MAX_MEANING))
