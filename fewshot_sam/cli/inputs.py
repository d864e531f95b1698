"""Reads what commands work on: images, and the slices painted on them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.label_reading import AS_IT_IS, LabelReading
from fewshot_sam.data.painted_planes import painted_plane
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Modality, Volume
from fewshot_sam.errors import AnnotationError

if TYPE_CHECKING:  # loads every reader
    from fewshot_sam.data.label_map import LabelMap
    from fewshot_sam.data.label_names import LabelName


def load_image(
    path: Path,
    series_uid: str | None = None,
    modality: Modality | None = None,
    resample: bool = False,
    *,
    half: bool = False,
    pictures: bool = False,
    quiet: bool = False,
) -> Volume:
    """The volume in a file or folder; see ``fewshot_sam.io.load_volume`` for what it raises.

    What was left out of it is said on standard error, unless ``quiet``.

    Args:
        modality: what it is a scan of; None for what the file says.
        resample: put slices that form no regular stack on a regular grid.
        half: open what is too large at half resolution.
        pictures: the files are unrelated pictures, not slices of a body.
    """
    from fewshot_sam.io import load_volume
    from fewshot_sam.io.limits import ReadLimits

    limits = ReadLimits.from_environment(os.environ)
    volume = load_volume(
        path, series_uid=series_uid, limits=limits, resample=resample, pictures=pictures, half=half
    )
    if (notes := volume.metadata.get("notes")) and not quiet:
        sys.stderr.write(f"{path}: {notes}\n")
    return replace(volume, modality=modality) if modality else volume


def load_labels(path: Path, volume: Volume) -> LabelMap:
    """The label map in a file, on the volume's grid, with names from the file or from one beside it.

    Raises what :func:`fewshot_sam.io.load_label_map` does.
    """
    label_map = read_labels(path, volume)
    if label_map.notes:
        sys.stderr.write(f"{path}: {label_map.notes}\n")
    return label_map


def read_labels(
    path: Path, volume: Volume, names: Path | None = None, how: LabelReading = AS_IT_IS
) -> LabelMap:
    """Like :func:`load_labels`, and says nothing of it.

    Args:
        names: a file with the labels' names, which counts alone.
        how: what is done with one of another grid, and with segments that overlap.
    """
    from fewshot_sam.io.labels import read_label_map
    from fewshot_sam.io.limits import ReadLimits

    return read_label_map(
        [path] if names is None else [path, names],
        volume.source,
        limits=ReadLimits.from_environment(os.environ),
        look_beside=names is None,
        pictures=volume.pictures,
        resample=how.resample,
        overlap=how.overlap,
    )


@dataclass(frozen=True, eq=False)
class PaintedFile:
    """Painted slices, and what files call their codes, where they say."""

    annotations: SparseAnnotations
    labels: dict[int, LabelName]

    @property
    def names(self) -> dict[int, str]:
        """The labels' names alone."""
        return {code: label.name for code, label in self.labels.items()}


def load_painted(
    volume: Volume, path: Path, plane: str | None, stored_slices: Iterable[int] = ()
) -> PaintedFile:
    """The painted slices in a label map file.

    Args:
        volume: the image they are painted on.
        path: a label map on the volume's grid.
        plane: the plane they are painted in; None to tell it from the paint.
        stored_slices: reviewed slices, which may hold nothing, counted along the stored axis.

    Raises:
        AnnotationError: if nothing is painted.
        PlaneChoiceError: if no plane is named and the paint fits several.
        GeometryError: if the grids differ, or a slice is outside the volume.
    """
    label_map = load_labels(path, volume)
    if not label_map.codes.any():
        raise AnnotationError(f"{path} must hold at least one painted label, but every voxel is 0.")
    if plane is None and volume.pictures:
        plane = Plane.AXIAL
    chosen = Plane(plane) if plane else painted_plane(label_map.codes, volume.default_plane)
    reviewed = [volume.source.canonical_index(chosen, index) for index in stored_slices]
    annotations = SparseAnnotations.from_label_map(label_map.codes, chosen, reviewed)
    known = label_map.names
    return PaintedFile(annotations, {code: known[code] for code in annotations.codes if code in known})


def names_of(names: Mapping[int, LabelName], codes: Iterable[int]) -> dict[int, str]:
    """What files call these codes, where they say."""
    return {code: names[code].name for code in codes if code in names}


def stored_indices(volume: Volume, annotations: SparseAnnotations) -> list[int]:
    """The painted slices as people count them: along the stored axis, 0-based, ascending."""
    source, plane = volume.source, annotations.plane
    length = source.shape[source.stored_axis(plane)]
    return [index for index in range(length) if source.canonical_index(plane, index) in annotations.slices]
