"""What the reading child does, once it is confined: read a volume, or the painted slices of a label map.

An answer is plain JSON values; voxels go into a .npy file beside it, in the layout that the server
stores. Texts from files are cut to the lengths that :mod:`fewshot_sam.io.sandbox.protocol` allows.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fewshot_sam.data import windowing
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_names import MAX_CODE
from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.data.painted_planes import painted_plane
from fewshot_sam.data.pictures import Picture, StackKind
from fewshot_sam.data.planes import Plane, painted_indices
from fewshot_sam.data.text import cut_characters, printable
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import PlaneChoiceError, SeriesChoiceError, UserError
from fewshot_sam.io.labels import read_label_map
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.load import load_scan
from fewshot_sam.io.sandbox import protocol

if TYPE_CHECKING:
    from fewshot_sam.io.dicom.source_headers import SourceHeaders

_MAX_GROWTH = 4
"""A voxel of one byte, not compressed, becomes a float32 at most."""


def answer(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The answer to a request; an error of the user's becomes one that the parent raises again."""
    try:
        return _TASKS[request["task"]](request, folder)
    except UserError as error:
        return _error(error)


def _reading_options(request: dict[str, Any]) -> dict[str, Any]:
    """Keywords that a request gives to the readers."""
    return {"series_uid": request["series_uid"], "limits": ReadLimits(**request["read_limits"])}


def _read_volume(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    options = _reading_options(request)
    kind = StackKind(request["kind"])
    chosen = {"resample": request["resample"], "half": request["half"]}
    volume, headers = load_scan(request["paths"], pictures=kind, **chosen, **options)
    _check_answer_size(volume, request, options["limits"])
    voxels = np.asfortranarray(volume.voxels.astype(volume.voxels.dtype.newbyteorder("<"), copy=False))
    np.save(folder / protocol.VOXELS_FILE, voxels, allow_pickle=False)
    if volume.colour is not None:
        np.save(folder / protocol.COLOUR_FILE, np.ascontiguousarray(volume.colour), allow_pickle=False)
    packed = None if headers is None else _packed(headers)
    if packed is not None:
        (folder / protocol.HEADERS_FILE).write_bytes(packed)
    return {"volume": {**_described(volume), "headers": packed is not None}}


def _packed(headers: SourceHeaders) -> bytes | None:
    """Headers as they are stored; None where they cannot be, for which no scan is refused."""
    try:
        packed = headers.to_bytes()
    except Exception:  # pydicom raises nearly anything where elements are odd
        return None
    return packed if len(packed) <= protocol.MAX_HEADERS_BYTES else None


def _check_answer_size(volume: Volume, request: dict[str, Any], limits: ReadLimits) -> None:
    """What was packed tightly may take as much disk as it may unpack to, and no more."""
    input_bytes = request["input_bytes"]
    if volume.voxels.nbytes > _MAX_GROWTH * input_bytes:
        limits.check_unpacked(volume.voxels.nbytes, input_bytes, Path(request["paths"][0]).name)


def _read_labels(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    grid, limits = SourceGrid.from_dict(request["grid"]), ReadLimits(**request["read_limits"])
    pictures = [Picture.from_dict(each) for each in request["pictures"]]
    paths = [Path(path) for path in request["paths"]]
    overlap = Overlap(request["overlap"]) if request["overlap"] else None
    label_map = read_label_map(
        paths, grid, limits=limits, pictures=pictures, resample=request["resample"], overlap=overlap
    )
    if pictures:
        plane = Plane.AXIAL
    elif request["plane"] is None:
        plane = painted_plane(label_map.codes, Plane(request["default_plane"]))
    else:
        plane = Plane(request["plane"])
    indices = painted_indices(label_map.codes, plane)
    slices = np.ascontiguousarray(np.moveaxis(label_map.codes, plane.axis, 0)[indices], "<u2")
    np.save(folder / protocol.SLICES_FILE, slices, allow_pickle=False)
    held = np.zeros(MAX_CODE + 1, bool)
    held[slices.ravel()] = True
    names = [
        {
            "code": code,
            "name": label.name,
            "color": label.color,
            "term": label.term.to_dict() if label.term else None,
        }
        for code, label in sorted(label_map.names.items())
        if held[code]
    ]
    notes = _text(label_map.notes, protocol.MAX_TEXT)
    found = {"plane": plane.value, "indices": indices, "names": names, "notes": notes}
    of_map = {"provenance": label_map.provenance, "by_name": label_map.by_name}
    return {"labels": {**found, **of_map, "resampled": label_map.resampled}}


_TASKS = {"volume": _read_volume, "labels": _read_labels}


def _described(volume: Volume) -> dict[str, Any]:
    return {
        "source": volume.source.to_dict(),
        "dtype": volume.voxels.dtype.name,
        "modality": volume.modality,
        "name": _text(volume.name, protocol.MAX_NAME) or "volume",
        "acquisition_plane": volume.acquisition_plane,
        "pictures": [
            {**each.to_dict(), "name": _text(each.name, protocol.MAX_NAME)} for each in volume.pictures
        ],
        "colour": volume.colour is not None,
        "metadata": {key: _text(value, protocol.MAX_TEXT) for key, value in volume.metadata.items()},
        "presets": [
            {"name": name, "low": window.low, "high": window.high}
            for name, window in windowing.presets(volume).items()
        ],
    }


def _error(error: UserError) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "error": type(error).__name__,
        "message": _text(str(error), protocol.MAX_MESSAGE),
    }
    if isinstance(error, SeriesChoiceError):
        listed = error.choices[: protocol.MAX_CHOICES]
        answer["choices"] = [
            {
                key: _text(value, protocol.MAX_TEXT) if isinstance(value, str) else value
                for key, value in dataclasses.asdict(choice).items()
            }
            for choice in listed
        ]
    if isinstance(error, PlaneChoiceError):
        answer["planes"] = [dataclasses.asdict(choice) for choice in error.choices]
    return answer


def _text(text: str, longest: int) -> str:
    """Text that any JSON reader and database takes: no control characters, no halves of surrogate pairs."""
    return cut_characters(printable(text[: 2 * longest]), longest)
