"""Answers about what labels may be."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from backend.schemas.limits import MAX_NAME_LENGTH
from backend.schemas.parts import ApiAnswer
from fewshot_sam.data.terms import SegmentTerm

QueryWords = Annotated[str, Query(max_length=MAX_NAME_LENGTH, description="a name or a code")]


class TermsAnswer(ApiAnswer):
    """Terms that words may mean."""

    terms: list[SegmentTerm] = Field(description="the likeliest first")
    meant: SegmentTerm | None = Field(
        description="the one that the words say, as a label's name does; null where they say none for sure"
    )
