"""Answers about blind readings: who reads a scan, how far they agree, how they are merged."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from backend.schemas.enums import MergeMethod, ReadingState
from backend.schemas.parts import ApiAnswer, LabelFacts, Moment
from fewshot_sam.data.planes import Plane


class ReadingAnswer(ApiAnswer):
    """A reading."""

    volume_id: str | None = Field(description="null while the asker must not see it")
    name: str | None
    reader: str
    reader_name: str | None = Field(description="null for who has no account")
    is_mine: bool
    state: ReadingState
    was_finished: bool = Field(description="by its reader; false of one that was ended before")
    started_at: Moment
    finished_at: Moment | None
    slices: int | None = Field(description="painted in any plane; null while the asker must not see it")
    has_mask: bool | None


class MergeAnswer(ApiAnswer):
    """A merge that was made."""

    method: MergeMethod
    readings: list[str] = Field(description="ids of the volumes that were merged")
    facts: dict[str, Any] = Field(description="what the method says: rule, disputed voxels, readers' figures")
    author: str
    author_name: str | None
    at: Moment
    stands: bool = Field(
        description="the volume holds labels of such a merge; not after it was taken back or replaced"
    )


class ReaderAnswer(ApiAnswer):
    """Somebody who may read the project's scans."""

    id: str
    name: str | None = Field(description="null for who has no account")
    is_me: bool


class ReadingsAnswer(ApiAnswer):
    """The readings of a scan as they stand."""

    of_id: str
    of_name: str
    state: ReadingState | None = Field(description="null: nobody was asked to read it")
    is_first: bool = Field(
        description="the volume itself, as it was when the reading began, is the first one"
    )
    may_see_all: bool = Field(
        description="nothing of it is hidden from the asker, though it may be of others"
    )
    readings: list[ReadingAnswer]
    readers: list[ReaderAnswer] = Field(description="whom the asker may ask to read it")
    merges: list[MergeAnswer] = Field(description="the newest first")


class AgreementValues(ApiAnswer):
    """How far two readings of a label agree; null where there is nothing to measure."""

    dice: float | None
    iou: float | None
    surface_dice: float | None
    hd95_mm: float | None = Field(description="null also where one of the two holds nothing of the label")
    mean_distance_mm: float | None = Field(description="between their surfaces, both ways; null as above")
    first_ml: float | None
    second_ml: float | None


class LabelAgreementAnswer(LabelFacts):
    """How far two readings of one label agree."""

    values: AgreementValues


class DifferingSliceAnswer(ApiAnswer):
    """A slice on which two readings differ."""

    slice_index: int
    voxels: int
    labels: list[int] = Field(description="values of the labels that differ, ascending")


class PairAnswer(ApiAnswer):
    """How far two readings agree."""

    first_id: str
    first_name: str
    second_id: str
    second_name: str
    labels: list[LabelAgreementAnswer]
    mean: AgreementValues = Field(description="over the labels; no distances where one has none")
    differing_voxels: int
    slices: list[DifferingSliceAnswer] = Field(description="those that differ most first")


class AgreementAnswer(ApiAnswer):
    """How far the readings of a scan agree, pair by pair."""

    of_id: str
    plane: Plane = Field(description="whose slices are counted")
    tolerance_mm: float
    pairs: list[PairAnswer]
