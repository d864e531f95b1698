"""Reads what commands work on: images, and the slices painted on them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Modality, Volume
from fewshot_sam.errors import AnnotationError


def load_image(
    path: Path, series_uid: str | None = None, modality: Modality | None = None, resample: bool = False
) -> Volume:
    """The volume in a file or folder; see ``fewshot_sam.io.load_volume`` for what it raises.

    Args:
        modality: what it is a scan of; None for what the file says.
        resample: put slices that form no regular stack on a regular grid.
    """
    from fewshot_sam.io import load_volume
    from fewshot_sam.io.limits import ReadLimits

    limits = ReadLimits.from_environment(os.environ)
    volume = load_volume(path, series_uid=series_uid, limits=limits, resample=resample)
    if notes := volume.metadata.get("notes"):
        sys.stderr.write(f"{path}: {notes}\n")
    return replace(volume, modality=modality) if modality else volume


def load_labels(path: Path, volume: Volume) -> np.ndarray:
    """The label map in a file as a canonical (X, Y, Z) uint16 array on the volume's grid.

    Raises what :func:`fewshot_sam.io.load_label_map` does.
    """
    from fewshot_sam.io import load_label_map
    from fewshot_sam.io.limits import ReadLimits

    return load_label_map(path, volume, limits=ReadLimits.from_environment(os.environ))


def load_painted(
    volume: Volume, path: Path, plane: str | None, stored_slices: Iterable[int] = ()
) -> SparseAnnotations:
    """The painted slices in a label map file.

    Args:
        volume: the image they are painted on.
        path: a label map on the volume's grid.
        plane: the plane they are painted in; None to tell it from where there is paint.
        stored_slices: reviewed slices, which may hold nothing, counted along the stored axis.

    Raises:
        AnnotationError: if nothing is painted.
        GeometryError: if the grids differ, or a slice is outside the volume.
    """
    label_map = load_labels(path, volume)
    if not label_map.any():
        raise AnnotationError(f"{path} must hold at least one painted label, but every voxel is 0.")
    chosen = Plane(plane) if plane else painted_plane(label_map, volume.default_plane)
    reviewed = [volume.source.canonical_index(chosen, index) for index in stored_slices]
    return SparseAnnotations.from_label_map(label_map, chosen, reviewed)


def painted_plane(label_map: np.ndarray, default: Plane) -> Plane:
    """The plane whose slices were painted, told from a canonical (X, Y, Z) integer label map.

    Painting some slices of a plane leaves gaps along its normal and none along the other two
    axes, so the plane with the largest share of gaps is the one. A single slice leaves no gap
    anywhere but has a thickness of 1 in its own plane alone. ``default`` where neither decides.
    """

    def evidence(plane: Plane) -> tuple[float, bool, bool]:
        others = tuple(axis for axis in range(3) if axis != plane.axis)
        painted = np.flatnonzero((label_map != 0).any(axis=others))
        extent = int(painted[-1] - painted[0]) + 1
        return 1 - painted.size / extent, extent == 1, plane == default

    return max(Plane, key=evidence)


def stored_indices(volume: Volume, annotations: SparseAnnotations) -> list[int]:
    """The painted slices as people count them: along the stored axis, 0-based, ascending."""
    source, plane = volume.source, annotations.plane
    length = source.shape[source.stored_axis(plane)]
    return [index for index in range(length) if source.canonical_index(plane, index) in annotations.slices]
