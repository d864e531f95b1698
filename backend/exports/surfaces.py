"""Surfaces of the labels: STL, a file for each; OBJ, a group for each; GLB, a coloured node for each."""

from __future__ import annotations

from collections.abc import Iterator

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.file_names import safe_stem
from backend.exports.nifti import with_codes
from backend.exports.zip_file import zip_bytes
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.io.surfaces.glb import glb_bytes
from fewshot_sam.io.surfaces.mesh import DEFAULT_SMOOTHING_VOXELS, Surface, label_surfaces
from fewshot_sam.io.surfaces.obj import obj_bytes
from fewshot_sam.io.surfaces.stl import stl_bytes


def stl(mask: ExportedMask) -> ExportFile:
    """A zip. Raises ImageFormatError where the volume is of pictures, or nothing is labelled."""
    surfaces = zip(_held(mask), _surfaces(mask), strict=True)
    files = {f"{code:03d}-{safe_stem(surface.name)}.stl": stl_bytes(surface) for code, surface in surfaces}
    return ExportFile(f"{mask.stem}-surfaces.zip", "application/zip", zip_bytes(files))


def obj(mask: ExportedMask) -> ExportFile:
    """One file. Raises what :func:`stl` does."""
    return ExportFile(f"{mask.stem}.obj", "model/obj", obj_bytes(_surfaces(mask)))


def glb(mask: ExportedMask) -> ExportFile:
    """One file. Raises what :func:`stl` does."""
    return ExportFile(f"{mask.stem}.glb", "model/gltf-binary", glb_bytes(_surfaces(mask)))


def _held(mask: ExportedMask) -> dict[int, LabelName]:
    """The labels that have voxels, ascending by code."""
    codes = {label["code"] for label in mask.labels if (mask.label_map == label["value"]).any()}
    return {code: mask.names[code] for code in sorted(codes)}


def _surfaces(mask: ExportedMask) -> Iterator[Surface]:
    codes = with_codes(mask.label_map, mask.labels)
    return label_surfaces(codes, mask.volume, mask.names, DEFAULT_SMOOTHING_VOXELS)
