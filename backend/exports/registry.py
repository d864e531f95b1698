"""The exports by the name that the API calls them."""

from __future__ import annotations

from pkgutil import resolve_name

from backend.errors import InvalidRequestError
from backend.exports.base import Export

EXPORTS: dict[str, str] = {
    "nifti": "backend.exports.nifti:export",
    "bundle": "backend.exports.bundle:export",
    "labels": "backend.exports.labels:export",
    "csv": "backend.exports.table:export",
    "statistics": "backend.exports.statistics:export",
    "report": "backend.exports.report:export",
    "provenance": "backend.exports.provenance:export",
    "names": "backend.exports.names:export",
    "confidence": "backend.exports.confidence:export",
    "seg": "backend.exports.dicom:binary",
    "seg_label_map": "backend.exports.dicom:label_map",
    "rtstruct": "backend.exports.dicom:rtstruct",
    "slicer": "backend.exports.slicer:export",
    "stl": "backend.exports.surfaces:stl",
    "obj": "backend.exports.surfaces:obj",
    "glb": "backend.exports.surfaces:glb",
    "png": "backend.exports.pictures:masks",
    "coco": "backend.exports.pictures:coco",
}
"""Name to "module:attribute" of an :class:`~backend.exports.base.Export`, imported when first asked for."""


def find_export(name: str) -> Export:
    """The export of a name. Raises InvalidRequestError."""
    if name not in EXPORTS:
        raise InvalidRequestError(f"The format must be one of {', '.join(EXPORTS)}, got {name[:20]!r}.")
    export: Export = resolve_name(EXPORTS[name])
    return export
