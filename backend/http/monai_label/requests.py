"""What programs send in addresses, bounded."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query

from backend.schemas.limits import MAX_NAME_LENGTH

PROJECT = "/{project_id}"
MAX_WORD = 100

ModelPath = Annotated[str, Path(max_length=MAX_WORD)]
StrategyPath = Annotated[str, Path(max_length=MAX_WORD)]
ImageQuery = Annotated[
    str, Query(max_length=MAX_NAME_LENGTH, description="a volume's id or name, or its DICOM series' UID")
]
TagQuery = Annotated[str, Query(max_length=MAX_WORD, description="final (the default) or original")]
SessionQuery = Annotated[str, Query(max_length=MAX_WORD)]


class Output(StrEnum):
    """What of a result is sent."""

    ALL = "all"
    IMAGE = "image"
    JSON = "json"
    DICOM_SEG = "dicom_seg"
