"""Requests to archives of the hospital, and what they answered."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, StringConstraints

from backend.schemas.parts import ApiAnswer
from backend.schemas.requests import ID_PATTERN, Body

MAX_MATCH_LENGTH = 64
# DICOM separates values by backslashes.
_Match = Annotated[str, StringConstraints(max_length=MAX_MATCH_LENGTH, pattern=r"^[^\\\x00-\x1f\x7f]*$")]
_Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
_Uid = Annotated[str, StringConstraints(max_length=64, pattern=r"^[0-9]+(\.[0-9]+)*$")]
ArchiveKey = Annotated[str, Path(max_length=32, description="an archive's id, of the system's list")]
FetchKey = Annotated[str, Path(pattern=ID_PATTERN)]


class StudySearchBody(Body):
    """What to search an archive's studies by; what is left out is anything."""

    patient_id: Annotated[_Match, Field(description="with * and ? for any characters")] = ""
    patient_name: Annotated[_Match, Field(description="as above; its beginning is enough")] = ""
    first_day: _Day | None = None
    last_day: _Day | None = None
    modality: Annotated[str, StringConstraints(pattern=r"^[A-Z]{0,16}$")] = ""


class SeriesSearchBody(Body):
    """The study whose series are wanted."""

    study_uid: _Uid


class FetchBody(Body):
    """The series to fetch; the page asks how far it is by the id that it chose."""

    study_uid: _Uid
    series_uid: _Uid
    fetch_id: Annotated[str, StringConstraints(pattern=ID_PATTERN)]
    again: Annotated[bool, Field(description="though the project has the same scan already")] = False


class StoreBody(Body):
    """What a mask is sent to an archive as."""

    format: Annotated[Literal["seg", "seg_label_map", "rtstruct"], Field(description="an export")]


class FoundStudy(ApiAnswer):
    """A study; texts are empty and numbers null where the archive does not say."""

    study_uid: str
    patient_id: str
    patient_name: str
    date: str = Field(description="ISO 8601")
    description: str
    modalities: list[str]
    series: int | None
    instances: int | None = Field(description="images and other objects")


class FoundSeries(ApiAnswer):
    """A series of a study."""

    series_uid: str
    modality: str
    description: str
    number: int | None
    date: str = Field(description="ISO 8601")
    instances: int | None
    is_scan: bool = Field(description="false where its modality is that of no images, such as SEG")


class FoundStudiesAnswer(ApiAnswer):
    """Studies that an archive found."""

    studies: list[FoundStudy]
    more: bool = Field(description="the archive has more of them than are told")


class FoundSeriesAnswer(ApiAnswer):
    """Series of a study."""

    series: list[FoundSeries]
    more: bool


class FetchProgressAnswer(ApiAnswer):
    """How far a fetch is; zeros before it began and after it ended."""

    instances: int
    bytes: int
