"""DICOM RT Structure Sets as label maps on the grid of the scan that they were drawn on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from pydicom.dataset import Dataset

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_names import MAX_CODE, LabelName
from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.dicom.contours import mask_of
from fewshot_sam.io.dicom.frames import DicomFile
from fewshot_sam.io.dicom.geometry import LPS_TO_RAS
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.overlaps import overlap_note
from fewshot_sam.io.placement import SAME_PLACE_MM, placements
from fewshot_sam.io.source import SourceImage

_MAX_POINTS = 20_000_000
_MAX_OFF_SLICE = 0.49
"""How far, in slices, a contour may be from the slice that it is put on: the nearest one."""
_MAX_LEANING = 0.25
"""How far, in slices, points of one contour may be apart."""
_AREAS = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_MAX_NAMED = 5


@dataclass(frozen=True, eq=False)
class _Structure:
    """What a structure is called, and its polygons in voxels of the stored grid, by stored axis and slice."""

    number: int
    label: LabelName
    polygons: dict[tuple[int, int], list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))

    def masks(self, shape: tuple[int, int, int]) -> Iterator[tuple[tuple[slice | int, ...], np.ndarray]]:
        """Its slices: where they are in an array of the shape, and a bool mask of each."""
        for (axis, index), polygons in self.polygons.items():
            if 0 <= index < shape[axis]:
                place: list[slice | int] = [slice(None)] * 3
                place[axis] = index
                rows, columns = (length for each, length in enumerate(shape) if each != axis)
                yield tuple(place), mask_of(polygons, (rows, columns))


def read_structure_set(
    file: DicomFile,
    target: SourceGrid,
    name: str,
    limits: ReadLimits,
    overlap: Overlap | None = None,
) -> SourceImage:
    """The structures of a file on the grid of a scan; their numbers are the codes.

    Voxels whose centre lies within an odd number of a structure's contours are its own. Where structures
    overlap a voxel is the smaller one's, unless it is told otherwise, and that is said; what encloses no area
    is left out, and that too.

    Args:
        target: the source grid of the volume that they were drawn on.
        overlap: whether of structures that overlap the first or the last one counts; None: the smaller one.

    Returns:
        Codes, uint16, on ``target``, with names and colours.

    Raises:
        GeometryError: contours do not lie on the grid's slices.
        ImageFormatError: damaged, more than 20 million points, or no closed contour at all.
    """
    limits.check_shape(target.shape, name)
    structures, without_area = _structures(file.header, target, name)
    if not structures:
        raise ImageFormatError(
            f"The structure set '{name}' must hold closed contours on slices, but it holds none. "
            "Export the structures with their contours."
        )
    codes = np.zeros(target.shape, np.uint16, order="F")
    covered = 0
    for structure in _drawn_last_wins(structures, target, overlap):
        for place, mask in structure.masks(target.shape):
            found = codes[place]
            covered += int(np.count_nonzero(found[mask]))
            found[mask] = structure.number
    labels = {each.number: each.label for each in structures}
    metadata = {"format": "DICOM RTSTRUCT", "notes": _notes(name, covered, overlap, without_area)}
    return SourceImage(codes, target, name, metadata=metadata, label_names=labels)


def _drawn_last_wins(
    structures: list[_Structure], target: SourceGrid, overlap: Overlap | None
) -> list[_Structure]:
    """The order in which structures are put over each other."""
    if overlap is not None:
        return structures[:: 1 if overlap is Overlap.LAST else -1]
    voxels = {s.number: sum(int(mask.sum()) for _, mask in s.masks(target.shape)) for s in structures}
    return sorted(structures, key=lambda each: -voxels[each.number])


def _structures(header: Dataset, target: SourceGrid, name: str) -> tuple[list[_Structure], list[str]]:
    """Those that enclose areas, by number, and the names of those that do not."""
    to_voxel = [np.linalg.inv(affine) @ LPS_TO_RAS for affine in placements(target)]
    labels = {
        int(item.ROINumber): LabelName.of(str(item.get("ROIName") or f"Structure {item.ROINumber}"))
        for item in header.get("StructureSetROISequence") or ()
    }
    structures, without_area, points = [], [], 0
    for outline in header.get("ROIContourSequence") or ():
        number = int(outline.ReferencedROINumber)
        label = labels.get(number)
        if label is None or not 0 < number <= MAX_CODE:
            continue
        structure = _Structure(number, LabelName.of(label.name, _color(outline)))
        for contour in outline.get("ContourSequence") or ():
            data = contour.get("ContourData") or ()
            points += len(data) // 3
            if points > _MAX_POINTS:
                raise ImageFormatError(
                    f"The structure set '{name}' must have at most {_MAX_POINTS} points, got more. "
                    "Export fewer structures."
                )
            if contour.get("ContourGeometricType") in _AREAS and len(data) >= 9:
                axis, index, polygon = _on_slice(np.array(data, np.float64).reshape(-1, 3), to_voxel, name)
                structure.polygons[axis, index].append(polygon)
        if structure.polygons:
            structures.append(structure)
        else:
            without_area.append(label.name)
    return structures, without_area


def _on_slice(places: np.ndarray, to_voxel: list[np.ndarray], name: str) -> tuple[int, int, np.ndarray]:
    """The stored axis across a contour, the slice it is on, and its (N, 2) polygon there in voxels."""
    homogeneous = np.concatenate([places, np.ones((len(places), 1))], axis=1)
    for matrix in to_voxel:
        voxels = (homogeneous @ matrix.T)[:, :3]
        spread = np.ptp(voxels, axis=0)
        axis = int(np.argmin(spread))
        depth = float(voxels[:, axis].mean())
        off, slice_mm = abs(depth - round(depth)), 1 / float(np.linalg.norm(matrix[axis, :3]))
        if spread[axis] <= _MAX_LEANING and off <= _MAX_OFF_SLICE and off * slice_mm <= SAME_PLACE_MM:
            return axis, round(depth), np.delete(voxels, axis, axis=1)
    raise GeometryError(
        f"The contours of '{name}' must lie on the slices of the image, but one lies between or across them. "
        "Are they of another series? Import them for the scan that they were drawn on."
    )


def _notes(name: str, covered: int, overlap: Overlap | None, without_area: list[str]) -> str:
    notes = []
    if covered and overlap is not None:
        notes.append(overlap_note(name, covered, overlap))
    elif covered:
        voxels = "1 voxel is" if covered == 1 else f"{covered} voxels are"
        notes.append(f"Structures of '{name}' overlap: {voxels} the smaller one's.")
    if without_area:
        named = ", ".join(f"'{each}'" for each in without_area[:_MAX_NAMED])
        more = " and others" if len(without_area) > _MAX_NAMED else ""
        notes.append(f"{named}{more} enclose no area and were left out.")
    return " ".join(notes)


def _color(outline: Dataset) -> list[int] | None:
    stated = outline.get("ROIDisplayColor")
    return [int(part) for part in stated] if stated else None
