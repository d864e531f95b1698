"""Parts of answers: what all have in common, of volumes and labels, choices of a run, what an import asks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PlainSerializer, WithJsonSchema

from fewshot_sam.data.origins import OriginKind
from fewshot_sam.data.planes import Plane

Shape = tuple[int, int, int]
"""Voxels along Right, Anterior, Superior."""
Spacing = tuple[float, float, float]
_Row = tuple[float, float, float, float]
Affine = tuple[_Row, _Row, _Row, _Row]


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and zone."""
    return moment.isoformat(timespec="milliseconds")


Moment = Annotated[
    datetime, PlainSerializer(iso, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]


class ApiAnswer(BaseModel):
    """A JSON answer, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LabelFacts(ApiAnswer):
    """A label as a run or a model remembers it."""

    value: int = Field(description="in painted bytes, 1 to 255")
    code: int = Field(description="in exported files, 1 to 65535")
    name: str
    color: str = Field(description="#rrggbb")


class MaskLabel(LabelFacts):
    """A label of a mask, named as it is called now, and how well it was learnt."""

    voxels: int
    volume_ml: float
    previous_ml: float | None = Field(
        description="in the mask before this one; null where it had not the label"
    )
    expected_dice: float | None
    warning: str | None


class ModelLabel(LabelFacts):
    """A label that a model knows, as it was called when the model was made."""

    id: str | None = None


class RunChoiceAnswer(ApiAnswer):
    """What was chosen for a run."""

    method: str
    encoder: str | None = Field(description="its name; null where an earlier version did not note it")
    encoder_title: str | None
    seed: int


class SourceAnswer(ApiAnswer):
    """A volume that a model learnt from."""

    volume_id: str | None = Field(description="null where it was deleted")
    name: str = Field(description="as it is called now; of a deleted one as it was called")
    slices: list[int] | None = Field(
        description="its painted and reviewed slices; null where an earlier version did not note them"
    )


class ModelOriginAnswer(ApiAnswer):
    """Where a model that came as a file comes from; title, author and licence as the file says."""

    by: str = Field(description="who brought it: an account's id, or as in `author` of slices")
    by_name: str | None = Field(description="null for who has no account")
    at: str = Field(description="when, ISO 8601")
    sha256: str = Field(description="of the file")
    title: str
    author: str
    licence: str
    pictures: bool | None = Field(None, description="fitted on unrelated pictures; null: not said")


class WindowPreset(ApiAnswer):
    """A named range of intensities to show."""

    name: str
    low: float
    high: float


class WorstLabelAnswer(ApiAnswer):
    """The label of a mask with the lowest expected Dice."""

    name: str
    expected_dice: float


class MethodChoiceAnswer(ApiAnswer):
    """A method that a run can be asked for."""

    name: str
    title: str
    summary: str


class EncoderChoiceAnswer(ApiAnswer):
    """An encoder that is installed here."""

    name: str
    title: str


class SeriesAnswer(ApiAnswer):
    """One of several series in an upload."""

    series_uid: str
    description: str
    modality: str
    slices: int


class PlaneFitAnswer(ApiAnswer):
    """A plane that the paint of a label map fits."""

    plane: Plane
    slices: int = Field(description="slices of it that hold a label")


class NameConflictAnswer(ApiAnswer):
    """A code that a label map calls otherwise than the project."""

    code: int
    name: str = Field(description="of the project's label")
    color: str
    file_name: str = Field(description="what the label map, or a file that came with it, calls the code")
    file_color: str | None


class PaintConflictAnswer(ApiAnswer):
    """Slices that a label map would change, though a person has painted or reviewed them."""

    plane: Plane
    painted: list[int] = Field(description="indices of those that are painted, ascending")
    empty: list[int] = Field(description="the same of those that were reviewed and hold nothing")
    total: int = Field(description="slices that the label map holds")
    tag: str = Field(description="stands for these versions; sent with `replace` it replaces no later ones")


class SliceChangeAnswer(ApiAnswer):
    """What an import did to a slice."""

    slice_index: int
    before: int = Field(description="the version before, 0 for none")
    after: int
    values: list[int] = Field(description="label values on either of them, ascending")


class PreviousMaskAnswer(ApiAnswer):
    """The mask that a volume had before this one, against which its volumes have changed."""

    mask_id: str
    run_id: str
    created_at: Moment


class DomainShiftAnswer(ApiAnswer):
    """How a scan differs from those its model was fitted on, and what to paint on it."""

    sentence: str
    plane: Plane
    slices: list[NonNegativeInt] = Field(description="two at most, ascending")


class SaidAnswer(ApiAnswer):
    """What a file's own provenance says of a label; of people and models elsewhere, so it is only text."""

    kind: OriginKind
    by: str | None = None
    model: str | None = None


class MergeOriginAnswer(ApiAnswer):
    """From what a label was merged, and how."""

    method: str = Field(description="a MergeMethod")
    readings: list[str] = Field(description="ids of the volumes that were merged")


class OriginAnswer(ApiAnswer):
    """How a label came onto a slice."""

    kind: OriginKind
    by: str = Field(description="who did that last: an account's id, or as in `author`")
    at: str = Field(description="when, ISO 8601")
    source: OriginKind | None = Field(None, description="what was accepted or corrected")
    mask: str | None = Field(None, description="the mask that predicted it")
    file: str | None = Field(None, description="the label map that it was imported from")
    resampled: bool | None = Field(None, description="that was on another grid, and put on the volume's")
    said: SaidAnswer | None = Field(None, description="what a provenance file that came with that says")
    merge: MergeOriginAnswer | None = Field(None, description="the readings that it was merged from")


class PictureAnswer(ApiAnswer):
    """One of the unrelated pictures of a volume; its slice is padded to the largest."""

    name: str
    rows: int
    columns: int
    pixel_mm: tuple[float, float] | None = Field(description="row and column size; null where not known")


class ArchiveAnswer(ApiAnswer):
    """An archive that scans can be fetched from."""

    id: str
    name: str
    store: bool = Field(description="masks can be sent to it")
