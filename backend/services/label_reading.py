"""What somebody answers where a label map cannot be taken as it is, and how that is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TypeVar

from backend.errors import ConflictError, InvalidRequestError
from backend.schemas.enums import ErrorCode, GridChoice
from fewshot_sam.data.label_reading import LabelReading, Overlap
from fewshot_sam.errors import OtherGridError, OverlapError

_Choice = TypeVar("_Choice", bound=StrEnum)


def parsed_reading(grid: str | None, overlap: str | None) -> LabelReading:
    """The answers in two fields of a form; nothing is changed where they are empty.

    Raises:
        InvalidRequestError: one of them is no :class:`GridChoice` or no :class:`Overlap`.
    """
    chosen = _parsed("overlap", overlap, Overlap)
    return LabelReading(_parsed("grid", grid, GridChoice) is GridChoice.NEAREST, chosen)


@contextmanager
def asking_how_to_read() -> Iterator[None]:
    """Errors that an answer would recover from become questions: 409 with what is asked for."""
    try:
        yield
    except OtherGridError as error:
        raise ConflictError(str(error), code=ErrorCode.GRID_CHOICE) from error
    except OverlapError as error:
        raise ConflictError(str(error), code=ErrorCode.OVERLAP_CHOICE) from error


def _parsed(field: str, text: str | None, choices: type[_Choice]) -> _Choice | None:
    if not text:
        return None
    try:
        return choices(text)
    except ValueError:
        allowed = " or ".join(choices)
        raise InvalidRequestError(f"The field {field} must be {allowed}, got {text[:40]!r}.") from None
