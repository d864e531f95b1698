"""Answers of the reading child, checked: a hostile file may have taken it over.

Every field has a type and a bound, and only the error classes named here are raised again. The
files of voxels must start with the very header that numpy writes for the stated type and shape, and
have exactly the bytes of it, so that nothing in them is parsed.
"""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_names import MAX_CODE, MAX_LABEL_NAME, LabelName
from fewshot_sam.data.pictures import Picture
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.terms import SegmentTerm
from fewshot_sam.data.windowing import Window
from fewshot_sam.errors import (
    GeometryError,
    HalfChoiceError,
    ImageFormatError,
    IrregularGridError,
    OtherGridError,
    OverlapError,
    PicturesChoiceError,
    PlaneChoice,
    PlaneChoiceError,
    SeriesChoice,
    SeriesChoiceError,
    UserError,
)
from fewshot_sam.io.provenance_file import MAX_CHARACTERS
from fewshot_sam.io.sandbox import protocol
from fewshot_sam.io.sandbox.confinement import Confinement
from fewshot_sam.io.sandbox.private_folder import InvalidAnswerError, open_file, read_bounded

_ERRORS: dict[str, type[UserError]] = {
    error.__name__: error
    for error in (
        *(UserError, ImageFormatError, GeometryError),
        *(OtherGridError, OverlapError, IrregularGridError, PicturesChoiceError, HalfChoiceError),
    )
}

Length = Annotated[int, Field(ge=1, le=protocol.MAX_AXIS)]
Coordinate = Annotated[FiniteFloat, Field(ge=-1e12, le=1e12)]
Row = tuple[Coordinate, Coordinate, Coordinate, Coordinate]
Affine = tuple[Row, Row, Row, Row]
NiftiCode = Annotated[int, Field(ge=-(2**15), lt=2**15)]
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, Field(min_length=1, max_length=protocol.MAX_NAME, pattern=_NO_CONTROLS)]
Text = Annotated[str, Field(max_length=protocol.MAX_TEXT, pattern=_NO_CONTROLS)]
PlaneName = Literal["axial", "coronal", "sagittal"]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class FullGridAnswer(_Answer):
    """The grid of a file; see :class:`fewshot_sam.data.grid.SourceGrid`."""

    shape: tuple[Length, Length, Length]
    affine: Affine
    spatial_unit: Literal["mm", "meter", "micron", "unknown"]
    qform_code: NiftiCode
    sform_code: NiftiCode
    qform_affine: Affine | None
    nifti_placement: Annotated[tuple[Coordinate, ...], Field(min_length=22, max_length=22)] | None


class GridAnswer(FullGridAnswer):
    """The grid of a volume: a file's, or one of half resolution."""

    full: FullGridAnswer | None = None

    def grid(self) -> SourceGrid:
        """The grid; of half resolution as the file's makes it. Raises GeometryError for axes of no space."""
        grid = SourceGrid.from_dict(self.model_dump())
        _ = grid.orientation  # checks the axes
        return grid


class PresetAnswer(_Answer):
    """A named window of grey levels."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    low: FiniteFloat
    high: FiniteFloat


PixelMm = Annotated[FiniteFloat, Field(gt=0, le=1e6)]


class ReadPictureAnswer(_Answer):
    """One picture of a stack; see :class:`fewshot_sam.data.pictures.Picture`."""

    name: Name
    rows: Length
    columns: Length
    pixel_mm: tuple[PixelMm, PixelMm] | None


class ReadVolumeAnswer(_Answer):
    """A volume but for its voxels and colours."""

    source: GridAnswer
    dtype: Literal["int16", "float32"]
    modality: Literal["CT", "MR", "OT"]
    name: Name
    acquisition_plane: PlaneName | None
    metadata: Annotated[dict[Name, Text], Field(max_length=protocol.MAX_METADATA)]
    presets: Annotated[tuple[PresetAnswer, ...], Field(min_length=1, max_length=protocol.MAX_PRESETS)]
    pictures: Annotated[tuple[ReadPictureAnswer, ...], Field(max_length=protocol.MAX_PICTURES)] = ()
    colour: bool = False
    headers: bool = False

    def stack(self, shape: tuple[int, int, int]) -> tuple[Picture, ...]:
        """The pictures. Raises InvalidAnswerError unless they fit the canonical shape."""
        columns, rows, count = shape
        sizes = [(each.columns, each.rows) for each in self.pictures]
        if sizes and (len(sizes) != count or tuple(map(max, zip(*sizes, strict=True))) != (columns, rows)):
            raise InvalidAnswerError("its pictures do not fit its shape")
        if self.colour and not self.pictures:
            raise InvalidAnswerError("only pictures are in colour")
        return tuple(Picture.from_dict(each.model_dump()) for each in self.pictures)

    @property
    def plane(self) -> Plane | None:
        """The plane of acquisition."""
        return None if self.acquisition_plane is None else Plane(self.acquisition_plane)

    def windows(self) -> dict[str, Window]:
        """The presets by name. Raises UserError when one is empty."""
        return {preset.name: Window(preset.low, preset.high) for preset in self.presets}


class LabelNameAnswer(_Answer):
    """What a file calls a code."""

    code: Annotated[int, Field(ge=1, le=MAX_CODE)]
    name: Annotated[str, Field(min_length=1, max_length=MAX_LABEL_NAME, pattern=_NO_CONTROLS)]
    color: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] | None
    term: SegmentTerm | None = None


class LabelsAnswer(_Answer):
    """Which slices of a label map hold a label, in the plane that was asked for or that was painted."""

    plane: PlaneName | None = None
    indices: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=protocol.MAX_AXIS)]
    names: Annotated[tuple[LabelNameAnswer, ...], Field(max_length=MAX_CODE)] = ()
    notes: Text = ""
    provenance: Annotated[str, Field(max_length=MAX_CHARACTERS)] = ""
    by_name: bool = False
    resampled: bool = False

    def label_names(self) -> dict[int, LabelName]:
        """Names by code."""
        return {each.code: LabelName(each.name, each.color, each.term) for each in self.names}


class ProbeAnswer(_Answer):
    """What a child could reach that it must not."""

    file: bool
    socket: bool


class ChoiceAnswer(_Answer):
    """One DICOM series of several."""

    series_uid: Text
    description: Text
    modality: Text
    slices: Annotated[int, Field(ge=0, le=2**31)]


class PlaneChoiceAnswer(_Answer):
    """One plane that the paint fits."""

    plane: PlaneName
    slices: Annotated[int, Field(ge=0, le=protocol.MAX_AXIS)]


class ConfinementAnswer(_Answer):
    """What the child says is in force."""

    landlock: Annotated[int, Field(ge=0, le=1000)]
    seccomp: bool


class ChildAnswer(_Answer):
    """``answer.json``: one of the results, or an error."""

    confinement: ConfinementAnswer
    volume: ReadVolumeAnswer | None = None
    labels: LabelsAnswer | None = None
    probe: ProbeAnswer | None = None
    error: Annotated[str, Field(max_length=40)] | None = None
    message: Annotated[str, Field(max_length=protocol.MAX_MESSAGE)] = ""
    choices: Annotated[tuple[ChoiceAnswer, ...], Field(max_length=protocol.MAX_CHOICES)] = ()
    planes: Annotated[tuple[PlaneChoiceAnswer, ...], Field(max_length=protocol.MAX_PLANES)] = ()

    @property
    def in_force(self) -> Confinement:
        """What confined the child, as the child itself reports."""
        return Confinement(self.confinement.landlock, self.confinement.seccomp)


def read_answer(folder: Path) -> ChildAnswer:
    """The child's answer.

    Raises:
        UserError: the error that the child answered with.
        InvalidAnswerError: no answer, or one that is too large or not as it must be.
    """
    content = read_bounded(folder, protocol.ANSWER_FILE, protocol.MAX_ANSWER_BYTES)
    try:
        answer = ChildAnswer.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or protocol.ANSWER_FILE
        raise InvalidAnswerError(f"{where[:100]}: {first['msg'][:200]}") from None
    if answer.error is not None:
        raise _rebuilt_error(answer)
    return answer


def open_array(folder: Path, name: str, dtype: np.dtype, shape: tuple[int, ...]) -> tuple[BinaryIO, int]:
    """A .npy file that the child left, X fastest if 3D voxels, and where its values start.

    Raises:
        InvalidAnswerError: it is not a plain file, or holds another type, shape or number of bytes.
    """
    file = open_file(folder, name)
    try:
        header = npy_header(dtype, shape, fortran_order=name == protocol.VOXELS_FILE)
        expected = len(header) + math.prod(shape) * dtype.itemsize
        if os.fstat(file.fileno()).st_size != expected:
            raise InvalidAnswerError(f"{name} must have {expected} bytes for a shape of {shape}")
        if file.read(len(header)) != header:
            raise InvalidAnswerError(f"{name} must hold {dtype.name} of shape {shape}")
    except BaseException:
        file.close()
        raise
    return file, len(header)


def npy_header(dtype: np.dtype, shape: tuple[int, ...], *, fortran_order: bool) -> bytes:
    """The bytes that numpy writes before the values of such an array."""
    if sum(length > 1 for length in shape) <= 1:
        fortran_order = False  # both orders are the same, and numpy then states C
    written = io.BytesIO()
    header = {"descr": dtype.newbyteorder("<").str, "fortran_order": fortran_order, "shape": shape}
    np.lib.format.write_array_header_1_0(written, header)
    return written.getvalue()


def _rebuilt_error(answer: ChildAnswer) -> UserError:
    if answer.error == SeriesChoiceError.__name__:
        return SeriesChoiceError(
            answer.message, [SeriesChoice(**choice.model_dump()) for choice in answer.choices]
        )
    if answer.error == PlaneChoiceError.__name__:
        return PlaneChoiceError(
            answer.message, [PlaneChoice(**choice.model_dump()) for choice in answer.planes]
        )
    return _ERRORS.get(answer.error or "", ImageFormatError)(answer.message)
