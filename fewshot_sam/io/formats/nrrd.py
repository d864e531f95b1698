"""NRRD files (``.nrrd``, ``.nhdr``): header by pynrrd, voxels here; read as ITK reads them.

pynrrd sees only the lines of the fields used here, and never the file. World positions are
turned from ITK's LPS to RAS, in mm. As in ITK, ``space units`` are not read, and spaces other
than LPS, RAS and LAS count as LPS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import nrrd
import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.errors import GeometryError, UserError
from fewshot_sam.io.formats.nrrd_axes import layer_count, parts_along, voxel_axes
from fewshot_sam.io.formats.nrrd_segments import SlicerSegment, merged_layers, names_of, segments_of
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.detached import open_beside
from fewshot_sam.io.parsing.header_text import (
    MAX_VALUE_LENGTH,
    read_lines,
    three_axes,
    unreadable,
)
from fewshot_sam.io.parsing.inflate import Codec
from fewshot_sam.io.parsing.payload import Payload, read_payload, read_text_payload
from fewshot_sam.io.parsing.several import FilePart, choose
from fewshot_sam.io.source import SourceImage, check_axes

_GEOMETRY_CODE = 1  # NIfTI "scanner anatomical", what ITK writes
_MAGIC = re.compile(r"NRRD000[1-5]")
_USED = (
    "type", "dimension", "sizes", "encoding", "endian", "kinds", "space", "space dimension",
    "space directions", "space origin", "spacings", "axis mins", "axis maxs", "centerings", "byte skip",
    "line skip", "data file",
)  # fmt: skip
_PASSED_OVER = (
    "content", "number", "thicknesses", "labels", "units", "space units", "sample units", "min", "max",
    "old min", "old max", "measurement frame",
)  # fmt: skip
_FIELDS = {name.replace(" ", ""): name for name in (*_USED, *_PASSED_OVER)} | {"centers": "centerings"}
_CODECS: dict[str, Codec | None] = {
    "raw": "raw", "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2",
    "ascii": None, "text": None, "txt": None,
}  # fmt: skip
_TYPES = {
    "i1": "signed char, int8, int8_t",
    "u1": "uchar, unsigned char, uint8, uint8_t",
    "i2": "short, short int, signed short, signed short int, int16, int16_t",
    "u2": "ushort, unsigned short, unsigned short int, uint16, uint16_t",
    "i4": "int, signed int, int32, int32_t",
    "u4": "uint, unsigned int, uint32, uint32_t",
    "i8": "longlong, long long, long long int, signed long long, signed long long int, int64, int64_t",
    "u8": "ulonglong, unsigned long long, unsigned long long int, uint64, uint64_t",
    "f4": "float",
    "f8": "double",
}
_TO_RAS = {
    "left-posterior-superior": (-1, -1, 1), "lps": (-1, -1, 1),
    "right-anterior-superior": (1, 1, 1), "ras": (1, 1, 1),
    "left-anterior-superior": (-1, 1, 1), "las": (-1, 1, 1),
    "scanner-xyz": (-1, -1, 1), "3d-right-handed": (-1, -1, 1), "3d-left-handed": (-1, -1, 1),
}  # fmt: skip


def read(path: Path, name: str, limits: ReadLimits, wanted: str | None = None) -> SourceImage:
    """Read an NRRD file, or one of the volumes that it holds.

    A segmentation of 3D Slicer comes with the names of its segments, and its layers as one label map.

    Raises:
        ImageFormatError: damaged, not 3D, voxels elsewhere, or beyond ``limits``.
        OverlapError: segments overlap.
        GeometryError: directions or spacings cannot be used.
        SeriesChoiceError: several volumes, channels or colours, and none named.
    """
    return _read(path, name, limits, None, wanted)


def read_layered(path: Path, name: str, limits: ReadLimits, overlap: Overlap) -> SourceImage:
    """Like :func:`read`; of segments that overlap the one that ``overlap`` says counts."""
    return _read(path, name, limits, overlap, None)


def _read(
    path: Path, name: str, limits: ReadLimits, overlap: Overlap | None, wanted: str | None
) -> SourceImage:
    with path.open("rb") as file:
        fields, segments = _read_fields(file, path)
        layers = layer_count(fields) if segments else 1
        axes, extra = voxel_axes(fields, path, layered=layers > 1)
        shape, _ = three_axes(tuple(int(fields["sizes"][axis]) for axis in axes), path.name)
        affine = _affine(fields, axes, extra, path)
        check_axes(affine)
        part = choose(parts_along(fields, extra), wanted, path.name, shape[2])
        stored = shape if layers == 1 else (layers, *shape)
        numbers = 1 if extra is None else int(fields["sizes"][extra])
        if "data file" in fields:
            with open_beside(path, fields["data file"]) as data:
                array = _read_voxels(data, fields, stored, limits, path, part, numbers)
        else:
            array = _read_voxels(file, fields, stored, limits, path, part, numbers)
    grid = SourceGrid(shape, affine, qform_code=_GEOMETRY_CODE, sform_code=_GEOMETRY_CODE)
    if layers == 1:
        image = SourceImage(array, grid, name, label_names=names_of(segments), may_be_part=bool(segments))
        return part.noted(image)
    merged = merged_layers(array, segments, path.name, overlap)
    metadata = {"notes": merged.note} if merged.note else {}
    return SourceImage(
        merged.codes, grid, name, metadata=metadata, label_names=merged.names, may_be_part=True
    )


def write(stored: np.ndarray, grid: SourceGrid, path: Path) -> None:
    """Write an (I, J, K) array of any integer or float type, on ``grid``, as one compressed NRRD file."""
    from fewshot_sam.io.itk import write_itk  # SimpleITK takes a second to import

    write_itk(stored, grid, path)


def _read_fields(file: BinaryIO, path: Path) -> tuple[Mapping[str, Any], list[SlicerSegment]]:
    """The fields used here, by their names in the standard, parsed by pynrrd; and the segments."""
    magic, *lines = list(read_lines(file, path.name, lambda line: line == "")) or [""]
    if not _MAGIC.fullmatch(magic):
        raise unreadable(path.name, "it must begin with NRRD0001 to NRRD0005")
    texts = _field_texts([line for line in lines if line and not line.startswith("#")], path.name)
    texts = {field: _as_pynrrd_writes(field, text) for field, text in texts.items() if field in _USED}
    try:
        fields = nrrd.read_header([magic, *(f"{field}: {text}" for field, text in texts.items())])
    except Exception as error:  # pynrrd raises what float(), int() and numpy raise
        raise unreadable(path.name, f"a field of its header is malformed ({error})") from error
    if missing := {"type", "dimension", "sizes", "encoding"} - set(fields):
        raise unreadable(path.name, f"its header lacks {', '.join(sorted(missing))}")
    dimension = fields["dimension"]
    per_axis = ("sizes", "kinds", "space directions", "spacings", "axis mins", "axis maxs", "centerings")
    if any(len(fields[field]) != dimension for field in per_axis if field in fields):
        raise unreadable(path.name, f"its fields must have one entry for each of {dimension} axes")
    return fields, segments_of(lines)


def _field_texts(lines: list[str], file_name: str) -> dict[str, str]:
    """Texts of the fields; a field may be given once, whatever its spelling."""
    texts: dict[str, str] = {}
    for line in lines:
        key, separator, text = re.match(r"([^:]*)(:=?|)(.*)", line).groups()  # type: ignore[union-attr]
        field = _FIELDS.get("".join(key.lower().split()))
        if separator == ":=" and field is None and key.isascii():
            continue  # a key and value of the program that wrote the file
        if separator != ":" or field is None:
            raise unreadable(file_name, f"its header holds '{line[:60]}', which is no field of NRRD")
        if field in texts:
            raise unreadable(file_name, f"its header holds '{field}' twice")
        if field in _USED and (len(text) > MAX_VALUE_LENGTH or not (text.isascii() or field == "data file")):
            raise unreadable(file_name, f"'{field}' of its header must be short and plain text")
        texts[field] = text.strip()
    return texts


def _as_pynrrd_writes(field: str, text: str) -> str:
    if field in ("space directions", "space origin"):
        return re.sub(r"(?<=\()\s+|\s+(?=[,)])|(?<=,)\s+", "", text.lower())
    if field == "sizes" and not re.fullmatch(r"\d{1,9}(\s+\d{1,9})*", text):
        return ""  # pynrrd would round fractions; an empty list is refused below
    return text if field == "data file" else " ".join(text.lower().split())


def _affine(fields: Mapping[str, Any], axes: list[int], extra: int | None, path: Path) -> np.ndarray:
    """(4, 4) voxel to RAS+ in mm of the first three of ``axes``."""
    if "space" in fields and "space dimension" in fields:
        raise unreadable(path.name, "its header must state 'space' or 'space dimension', not both")
    if "space" in fields or "space dimension" in fields:
        return _affine_in_space(fields, axes, extra, path)
    if "space directions" in fields or "space origin" in fields:
        raise unreadable(path.name, "its header states directions or an origin in no space")
    affine = np.eye(4)
    spacings, origin = _scalar_geometry(fields, axes[:3], path)
    affine[:3, :3] = np.diag(spacings * (-1, -1, 1))
    affine[:3, 3] = origin * (-1, -1, 1)
    return affine


def _affine_in_space(fields: Mapping[str, Any], axes: list[int], extra: int | None, path: Path) -> np.ndarray:
    space = fields.get("space", "scanner-xyz").removesuffix("-time")
    dimension = int(fields.get("space dimension", 4 if fields.get("space", "").endswith("-time") else 3))
    if space not in _TO_RAS or (dimension == 4 and _TO_RAS[space] != (-1, -1, 1)):
        raise GeometryError(
            f"The space of '{path.name}' must be left-posterior-superior, right-anterior-superior or "
            f"left-anterior-superior, got '{fields['space'][:60]}'. Save the image in one of these spaces."
        )
    may_have = (len(axes), len(axes) - 1) if extra in axes else (len(axes),)
    if dimension not in (3, 4) or dimension not in may_have:
        raise unreadable(path.name, f"it has {len(axes)} axes in a space of {dimension} dimensions")
    if "spacings" in fields and np.isfinite(fields["spacings"]).any():
        raise unreadable(path.name, "its header states spacings in a space, which directions state there")
    directions = np.asarray(fields.get("space directions", np.full((fields["dimension"], dimension), np.nan)))
    origin = np.asarray(fields.get("space origin", np.zeros(dimension)))
    if directions.shape[1:] != (dimension,) or origin.shape != (dimension,):
        raise unreadable(path.name, f"its directions and origin must have {dimension} components")
    rows = directions[axes[:3]]
    rows = np.where(np.isnan(rows).all(axis=1, keepdims=True), np.eye(3, dimension), rows)  # "none"
    if rows[:, 3:].any():
        raise GeometryError(
            f"The axes of '{path.name}' must run in space, but one runs in time too. Save one volume of it."
        )
    to_ras = np.array(_TO_RAS[space], np.float64)
    affine = np.eye(4)
    affine[:3, :3] = to_ras[:, None] * rows[:, :3].T
    affine[:3, 3] = to_ras * origin[:3]
    return affine


def _scalar_geometry(fields: Mapping[str, Any], axes: list[int], path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(3,) spacings and LPS position of the first voxel where the header states no space."""
    spacings = np.asarray(fields.get("spacings", np.full(fields["dimension"], np.nan)))[axes]
    mins = np.asarray(fields.get("axis mins", np.full(fields["dimension"], np.nan)))[axes]
    known = np.isfinite(spacings).all()
    if "axis maxs" in fields and not known:
        raise GeometryError(
            f"'{path.name}' must state its voxel sizes as spacings, but states only where its axes begin and "
            "end. Export it with spacings or space directions."
        )
    spacings_or_1 = np.where(np.isnan(spacings), 1.0, spacings)
    if not known or not np.isfinite(mins).any():
        return spacings_or_1, np.zeros(3)
    centerings = fields.get("centerings", ["cell"] * fields["dimension"])
    half = np.array([0.0 if centerings[axis] == "node" else 0.5 for axis in axes])
    return spacings, mins + half * spacings


def _read_voxels(
    file: BinaryIO,
    fields: Mapping[str, Any],
    shape: tuple[int, ...],
    limits: ReadLimits,
    path: Path,
    part: FilePart,
    numbers: int,
) -> np.ndarray:
    """``file`` is the header's own file behind the header, or the data file from its start."""
    encoding, skip_bytes = fields["encoding"], fields.get("byte skip", 0)
    if encoding not in _CODECS:
        raise unreadable(path.name, f"its encoding must be raw, gzip, bzip2 or ascii, got '{encoding[:40]}'")
    codec = _CODECS[encoding]
    if skip_bytes < -1 or (skip_bytes == -1 and codec != "raw"):
        raise unreadable(path.name, f"a byte skip of {skip_bytes} cannot be used with this encoding")
    payload = Payload(shape, _dtype(fields, path), codec or "raw", skip_bytes, numbers=numbers)
    _skip_lines(file, fields.get("line skip", 0), path)
    try:
        if codec is not None:
            return read_payload(file, payload, limits, path.name, part)
        if numbers > 1:
            raise unreadable(path.name, f"{numbers} numbers a voxel are not read where they are text")
        file.seek(skip_bytes, 1)
        return read_text_payload(file, payload, limits, path.name)
    except UserError:
        raise
    except (OverflowError, ValueError) as error:  # a byte skip beyond what a file can have
        raise unreadable(path.name, str(error)) from error


def _dtype(fields: Mapping[str, Any], path: Path) -> np.dtype:
    kind = next((code for code, names in _TYPES.items() if fields["type"] in names.split(", ")), None)
    if kind is None:
        raise unreadable(path.name, f"its type must be a number's, got '{fields['type'][:40]}'")
    if kind[1] == "1" or _CODECS.get(fields["encoding"], "raw") is None:
        return np.dtype(kind)
    order = {"little": "<", "big": ">"}.get(fields.get("endian", ""))
    if order is None:
        raise unreadable(path.name, "its header must state endian: little or endian: big")
    return np.dtype(order + kind)


def _skip_lines(file: BinaryIO, count: int, path: Path) -> None:
    if count < 0:
        raise unreadable(path.name, f"a line skip of {count} cannot be used")
    for _ in range(count):
        while (part := file.readline(2**16)) and not part.endswith(b"\n"):
            pass
        if not part:  # so a count of any size ends with the file
            raise unreadable(path.name, "it has fewer lines than its header skips")
