"""Label maps: read onto a volume's canonical grid, with what files call their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import nibabel.orientations as nio
import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_map import LabelMap
from fewshot_sam.data.label_names import MAX_CODE, LabelName
from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.data.pictures import Picture
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError, OtherGridError
from fewshot_sam.io.formats.registry import holds_volume
from fewshot_sam.io.halving import halved
from fewshot_sam.io.label_names.beside import (
    names_among,
    names_beside,
    names_given,
    split_label_files,
)
from fewshot_sam.io.label_resampling import on_same_grid
from fewshot_sam.io.limits import HALF_LABELS, NEVER_HALF, ReadLimits
from fewshot_sam.io.load import LookAround, read_source
from fewshot_sam.io.parts import on_whole
from fewshot_sam.io.placement import orientation_onto
from fewshot_sam.io.provenance_file import provenance_among
from fewshot_sam.io.resampling import put_upright
from fewshot_sam.io.source import SourceImage

_COUNTING = frozenset({"DICOM SEG", "DICOM RTSTRUCT"})
"""Formats whose codes are numbers that the file counted, whatever its program calls them."""
_ROUND_OFF = 1e-3
"""How far a code may be from a whole number: programs scale integers to fractions and back."""


def load_label_map(
    path: str | Path | Sequence[str | Path], volume: Volume, *, limits: ReadLimits | None = None
) -> np.ndarray:
    """Read a label map of a volume.

    The file may store the grid with its axes permuted or flipped, and lie where the volume's sform or its
    qform puts that (:mod:`fewshot_sam.io.placement`). Where the volume's own file states no orientation
    (both NIfTI codes 0), a label map of the same stored shape and spacing is matched by voxel index,
    because programs invent different positions for such files. A label map on the sheared grid that the
    volume was resampled from follows it, by the nearest voxel. Voxels that are not a number (NaN) are
    background.

    Args:
        path: what :func:`fewshot_sam.io.load_volume` takes.
        volume: the volume that was labelled.
        limits: on voxels, slices and unpacked bytes; None: the defaults of :class:`ReadLimits`.

    Returns:
        Canonical (X, Y, Z) uint16, 0 is background.

    Raises:
        ImageFormatError: unreadable, beyond ``limits``, or values that are not integers from 0 to 65535.
        GeometryError: the file is on another grid than the volume.
    """
    if volume.pictures:
        paths = [Path(path)] if isinstance(path, str | Path) else [Path(each) for each in path]
        return read_label_map(paths, volume.source, limits=limits, pictures=volume.pictures).codes
    target = volume.source
    read = _read_on(path, target, limits)
    return place_label_map(_on_grid(read, target), target)


def read_label_map(
    paths: Sequence[Path],
    target: SourceGrid,
    *,
    limits: ReadLimits | None = None,
    look_beside: bool = False,
    pictures: Sequence[Picture] = (),
    resample: bool = False,
    overlap: Overlap | None = None,
) -> LabelMap:
    """Read a label map with the names of its labels.

    Names come from the label map itself, and from files that are among ``paths`` or in one folder or archive
    with it; where both name a code those files count, unless the label map only counts its segments.

    Args:
        paths: the label map as for :func:`fewshot_sam.io.load_volume`, and files with names.
        target: the source grid of the volume that was labelled.
        limits: as for :func:`load_label_map`.
        look_beside: a single file without names of its own takes those of a file that stands beside it,
            which is not among ``paths``.
        pictures: of a volume of pictures: then masks of pictures, told by their names, will do too.
        resample: put one of another grid on the target's, by the nearest label; the notes say so.
        overlap: which of segments counts that hold the same voxels; the notes say so.

    Raises:
        ImageFormatError, GeometryError: as :func:`load_label_map`, and if the files with names have none.
        OtherGridError: it is on another grid, and ``resample`` is not set.
        OverlapError: segments overlap, and ``overlap`` is None.
    """
    if pictures and not any(holds_volume(path.name) for path in paths):
        from fewshot_sam.io.picture_masks import read_picture_masks  # readers of pictures load with it

        return read_picture_masks(paths, pictures, target, limits or ReadLimits())
    label_map, source = _read_with_names(paths, target, limits or ReadLimits(), look_beside, overlap)
    upright = _on_grid(source, target)
    placed = _resampled(upright, target) if resample else upright
    notes = [placed.metadata.get("notes"), _note_of_missing(source), label_map.notes]
    return replace(
        label_map,
        codes=place_label_map(placed, target),
        notes=" ".join(filter(None, notes)),
        resampled=placed is not upright,
    )


def _read_with_names(
    paths: Sequence[Path],
    target: SourceGrid,
    limits: ReadLimits,
    look_beside: bool,
    overlap: Overlap | None,
) -> tuple[LabelMap, SourceImage]:
    """All that files say of a label map, but for its codes; and these as they are stored."""
    images, described = split_label_files(paths)
    found, beside = [names_given(images[0], described)], [""]

    def look_around(image: Path, files: Sequence[Path]) -> None:
        found.append(names_among(image, files))
        beside.append(provenance_among(files))

    chosen = images[0] if len(images) == 1 else images
    source = _read_on(chosen, target, limits, look_around, overlap)
    if look_beside and not source.label_names and images[0].is_file():
        found.append(names_beside(images[0]))
    names = dict(source.label_names)
    for each in reversed(found):
        names |= each.names
    if by_name := source.metadata.get("format") in _COUNTING:
        names |= source.label_names  # files beside it name codes, which its numbers are not
    notes = " ".join(filter(None, [note for each in found for note in each.notes]))
    return LabelMap(np.zeros((0, 0, 0), np.uint16), names, notes, beside[-1], by_name), source


def _on_grid(source: SourceImage, target: SourceGrid) -> SourceImage:
    """A label map of a part of the scan, or on its sheared grid, on the scan's own; others as they are."""
    if source.grid.full is not None:  # as large as the file of a scan that was opened at half resolution
        return source
    return put_upright(on_whole(source, target.of_file), target.of_file)


def _resampled(label_map: SourceImage, target: SourceGrid) -> SourceImage:
    """One of another grid on the target's; one on that of the target's file as it is."""
    if target.full is not None and _lies_on(label_map.grid.of_file, target.full):
        return label_map
    return on_same_grid(label_map, target)


def _lies_on(grid: SourceGrid, target: SourceGrid) -> bool:
    try:
        orientation_onto(grid, target)
    except OtherGridError:
        return False
    return True


def _read_on(
    path: str | Path | Sequence[str | Path],
    target: SourceGrid,
    limits: ReadLimits | None,
    look_around: LookAround | None = None,
    overlap: Overlap | None = None,
) -> SourceImage:
    """A label map as its file has it; that of a scan at half resolution may be as large as its file."""
    allowed = replace(limits or ReadLimits(), half=HALF_LABELS if target.full is not None else NEVER_HALF)
    return read_source(
        path,
        limits=allowed,
        irregular=True,
        look_around=look_around,
        labels_on=target.of_file,
        overlap=overlap,
    )


def named_codes(label_map: LabelMap) -> dict[int, LabelName]:
    """What the codes of a label map are called, ascending; "Label 5" where no file says."""
    held = np.flatnonzero(np.bincount(label_map.codes.ravel(order="K"), minlength=1)[1:]) + 1
    return {code: label_map.names.get(code, LabelName(f"Label {code}")) for code in held.tolist()}


def _note_of_missing(source: SourceImage) -> str:
    missing = int(np.isnan(source.array).sum()) if source.array.dtype.kind == "f" else 0
    voxels = "1 voxel is" if missing == 1 else f"{missing} voxels are"
    return f"In '{source.name}' {voxels} not a number (NaN) and taken as background." if missing else ""


def place_label_map(source: SourceImage, target: SourceGrid) -> np.ndarray:
    """Turn a label map that was read to the canonical grid of a volume.

    Of a volume that was opened at half resolution it may be on the grid of the file: each block of voxels
    gets the label that most of them hold.

    Args:
        source: the label map, on a regular grid (:func:`fewshot_sam.io.resampling.put_upright`).
        target: the source grid of the volume.

    Returns:
        (X, Y, Z) uint16 in Fortran order.

    Raises:
        ImageFormatError: values that are not integers from 0 to 65535.
        GeometryError: ``source`` is on another grid.
    """
    codes = _codes(source)
    if target.full is None or not _lies_on(source.grid.of_file, target.full):
        stored = nio.apply_orientation(codes, orientation_onto(source.grid, target))
        return np.asfortranarray(target.to_canonical(stored))
    stored = nio.apply_orientation(codes, orientation_onto(source.grid.of_file, target.full))
    if source.grid.full is None:
        stored = halved(stored, ReadLimits(half=HALF_LABELS))
    return np.asfortranarray(target.to_canonical(stored))


def _codes(source: SourceImage) -> np.ndarray:
    array = source.array
    if array.dtype.kind == "f":
        if (missing := np.isnan(array)).any():
            array = np.where(missing, array.dtype.type(0), array)
        whole = np.rint(array)
        infinite = bool(np.isinf(array).any())
        fits = not infinite and (np.abs(array - whole) <= _ROUND_OFF).all()
        array = whole
    else:
        infinite, fits = False, True
    if not fits:
        raise ImageFormatError(
            f"Label map '{source.name}' must hold integers, got "
            f"{'infinite voxels' if infinite else 'fractions'}. "
            "Give a segmentation, not an image or a probability map."
        )
    lowest, highest = array.min(), array.max()
    if lowest < 0 or highest > MAX_CODE:
        raise ImageFormatError(
            f"Label map '{source.name}' must hold integers from 0 to {MAX_CODE}, "
            f"got {lowest:g} to {highest:g}. Give a segmentation, not an image."
        )
    return array.astype(np.uint16)
