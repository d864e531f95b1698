"""What a request may hold: bodies, path and query parameters and headers, typed and bounded.

Bodies refuse unknown keys and convert nothing: "1" is no number. What depends on stored state, such as
the slices a volume has, is checked by the services.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.schemas.enums import RunKind, SliceState, TrainingLayout
from backend.schemas.limits import (
    MAX_CODE,
    MAX_ENCODER_LENGTH,
    MAX_FORMAT_LENGTH,
    MAX_FORMATS,
    MAX_KEEP_DAYS,
    MAX_LABEL_VALUE,
    MAX_NAME_LENGTH,
    MAX_POINTS,
    MAX_SEED,
    MAX_SETTINGS,
    MAX_SLICE_INDEX,
    MAX_VERSION,
    MAX_VOLUMES,
)
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Modality

# Ids are random, so a text of another form names nothing: answered by 404, see backend.http.errors.
ID_PATTERN = r"^[0-9a-f]{32}$"
ProjectId = Annotated[str, Path(pattern=ID_PATTERN)]
LabelId = Annotated[str, Path(pattern=ID_PATTERN)]
VolumeId = Annotated[str, Path(pattern=ID_PATTERN)]
UploadId = Annotated[str, Path(pattern=ID_PATTERN)]
RunId = Annotated[str, Path(pattern=ID_PATTERN)]
MaskId = Annotated[str, Path(pattern=ID_PATTERN)]
PathPlane = Annotated[Plane, Path()]
PathSlice = Annotated[int, Path(ge=0, le=MAX_SLICE_INDEX)]
PathValue = Annotated[int, Path(ge=0, le=MAX_LABEL_VALUE)]
QueryVersion = Annotated[int | None, Query(ge=1, le=MAX_VERSION)]
QueryFormat = Annotated[
    str, Query(max_length=MAX_FORMAT_LENGTH, description="one of backend.exports.registry.EXPORTS")
]
QueryFormats = Annotated[
    list[Annotated[str, Field(max_length=MAX_FORMAT_LENGTH)]] | None,
    Query(
        min_length=1,
        max_length=MAX_FORMATS,
        description="of backend.exports.registry.EXPORTS; by default nifti and provenance, of pictures png",
    ),
]
QueryAcceptedOnly = Annotated[bool, Query(description="leave out volumes that were not accepted")]
QueryLayout = Annotated[TrainingLayout, Query()]
QueryTest = Annotated[bool, Query(description="other scans come as well, without labels")]
QueryForce = Annotated[bool, Query()]
QueryEveryones = Annotated[bool, Query()]
QueryAgain = Annotated[bool, Query(description="though the project has the same scan already")]
BaseVersion = Annotated[int, Header(alias="X-Base-Version", ge=0, le=MAX_VERSION)]
StateHeader = Annotated[SliceState, Header(alias="X-State")]
_HINT = r"(mask=[0-9a-f]{32}|outlined=[0-9]{1,3}(,[0-9]{1,3}){0,254}|version=[1-9][0-9]{0,8}|returned)"
OriginHeader = Annotated[
    str | None,
    Header(
        alias="X-Origin",
        max_length=1100,
        pattern=rf"^{_HINT}(;{_HINT}){{0,3}}$",
        description="the mask whose prediction the slice began from, labels that were outlined by SAM last, "
        "the version that was restored, whether an undo or redo brought it back; with semicolons between",
    ),
]

Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH)]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Code = Annotated[int, Field(ge=1, le=MAX_CODE)]
# How long each may be is DICOM's to say: fewshot_sam.data.terms refuses in a sentence.
CodeText = Annotated[str, StringConstraints(max_length=MAX_NAME_LENGTH)]
# A strict body would take members of an enum only, which JSON does not have.
PlaneName = Annotated[Plane, Field(strict=False)]
KindName = Annotated[RunKind, Field(strict=False)]


class Body(BaseModel):
    """A JSON body."""

    model_config = ConfigDict(extra="forbid", strict=True)


class WorkspaceBody(Body):
    """The visitor's own projects, made if there are none; there is nothing to choose."""


class ProjectBody(Body):
    """A new project, or its new name."""

    name: Name


class ProjectRulesBody(Body):
    """How long a project is kept after its last change, null for ever, and what its imports keep."""

    keep_days: Annotated[int, Field(ge=1, le=MAX_KEEP_DAYS)] | None
    deidentify: bool


class CodePart(BaseModel):
    """A term of a coding scheme; a part of a body."""

    model_config = Body.model_config

    scheme: CodeText
    value: CodeText
    meaning: CodeText


class TermPart(BaseModel):
    """What a label is: of which category, which type and which side; a part of a body."""

    model_config = Body.model_config

    category: CodePart
    type: CodePart
    modifier: CodePart | None = None


class NewLabelBody(Body):
    """A structure to paint."""

    name: Name
    color: Color | None = None
    code: Code | None = None
    term: TermPart | None = None


class LabelBody(Body):
    """What changes about a label."""

    name: Name | None = None
    color: Color | None = None
    code: Code | None = None
    term: Annotated[TermPart | None, Field(description="null takes it off; left out, it stays")] = None


class RestoredLabelBody(Body):
    """A label as it was before it was deleted."""

    value: Annotated[int, Field(ge=1, le=MAX_LABEL_VALUE)]
    code: Code
    name: Name
    color: Color
    term: TermPart | None = None
    with_paint: Annotated[
        bool, Field(description="the deletion erased it from slices; take that back too")
    ] = False


class CurrentBody(Body):
    """The path names the mask; there is nothing to choose."""


class SeriesBody(Body):
    """How an upload that waits for a choice is read: its series, resampled, halved, as pictures."""

    series_uid: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None
    resample: bool = False
    half: Annotated[bool, Field(description="at half resolution where it is too large")] = False
    pictures: Annotated[bool, Field(description="unrelated pictures, not slices of a body")] = False
    again: Annotated[bool, Field(description="though the project has the same scan already")] = False


class VolumeBody(Body):
    """What changes about a volume."""

    name: Name | None = None
    plane: PlaneName | None = None
    chosen: Annotated[
        bool, Field(description="a person chose the plane: the project's other volumes may follow")
    ] = True
    first_slice: Annotated[int, Field(ge=0, le=MAX_SLICE_INDEX)] | None = None
    modality: Modality | None = None


SliceChange = Annotated[list[Annotated[int, Field(ge=0, le=MAX_VERSION)]], Field(min_length=3, max_length=3)]


class RevertBody(Body):
    """Slices to be turned, each as [index, version to leave, version to go to]; version 0 is none."""

    slices: Annotated[list[SliceChange], Field(max_length=MAX_SLICE_INDEX)]


Cells = Annotated[float, Field(ge=0, le=MAX_SLICE_INDEX, allow_inf_nan=False)]
BoxCorners = Annotated[list[Cells], Field(min_length=4, max_length=4)]


class PromptPoint(BaseModel):
    """A point that is inside what is meant, or outside; a part of a body."""

    model_config = Body.model_config

    column: Cells
    row: Cells
    inside: bool = True


class OutlineBody(Body):
    """What to outline on a slice: a box, or points, in cells of the slice as displayed.

    A box is [left, top, right, bottom]; cell n spans n to n + 1. Without either the slice is only encoded.
    """

    box: BoxCorners | None = None
    points: Annotated[list[PromptPoint], Field(max_length=MAX_POINTS)] = []


VolumeText = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
MethodText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH)]
EncoderText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ENCODER_LENGTH)]


class TakeBody(Body):
    """Which slices a mask is made of."""

    plane: Annotated[PlaneName | None, Field(description="by default the volume's")] = None


class RunBody(Body):
    """A run to queue. The settings' own names, types and ranges are checked by the service."""

    kind: KindName
    plane: PlaneName | None = None
    model_id: Annotated[str, StringConstraints(pattern=ID_PATTERN)] | None = None
    method: Annotated[MethodText | None, Field(description="one of the system's methods")] = None
    encoder: Annotated[
        EncoderText | None,
        Field(description="one of the system's encoders; with one user a checkpoint's path too"),
    ] = None
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    afresh: Annotated[
        bool, Field(description="of a propagation: fit from scratch, not from an earlier model")
    ] = False
    sources: Annotated[
        list[VolumeText] | None,
        Field(
            max_length=MAX_VOLUMES,
            description="of a propagation: other volumes that it learns from; null: "
            "all of the project that are painted in its plane; empty: none",
        ),
    ] = None
    settings: Annotated[dict[str, Any], Field(max_length=MAX_SETTINGS)] | None = None


class CancelBody(Body):
    """Cancelling needs no more than the run's id."""
