"""What an archive's answer to a search says: DICOM's JSON model (PS3.18 annex F), read with suspicion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from backend.schemas.archives import FoundSeries, FoundStudy
from fewshot_sam.data.text import cut_characters, on_one_line

MAX_TEXT = 200
MAX_COUNT = 10**7
UID_PATTERN = r"^[0-9]+(\.[0-9]+)*$"
MAX_UID = 64
_NO_SCANS = frozenset(("SEG", "RTSTRUCT", "RTPLAN", "RTDOSE", "RTRECORD", "SR", "PR", "KO", "DOC", "REG"))
"""Modalities of what is no image of a body."""


def found_study(answer: Any) -> FoundStudy | None:
    """A study of a search's answer; None for what names none."""
    uid = _text(answer, "0020000D")
    if not is_uid(uid):
        return None
    return FoundStudy(
        study_uid=uid,
        patient_id=_text(answer, "00100020"),
        patient_name=_name(_first(answer, "00100010")),
        date=_date(answer, "00080020"),
        description=_text(answer, "00081030"),
        modalities=[_line(each) for each in _values(answer, "00080061")[:20]],
        series=_count(answer, "00201206"),
        instances=_count(answer, "00201208"),
    )


def found_series(answer: Any) -> FoundSeries | None:
    """A series of a search's answer; None for what names none."""
    uid, modality = _text(answer, "0020000E"), _text(answer, "00080060")
    if not is_uid(uid):
        return None
    return FoundSeries(
        series_uid=uid,
        modality=modality,
        description=_text(answer, "0008103E"),
        number=_count(answer, "00200011"),
        date=_date(answer, "00080021") or _date(answer, "00400244"),
        instances=_count(answer, "00201209"),
        is_scan=modality.upper() not in _NO_SCANS,
    )


def is_uid(text: str) -> bool:
    """Whether a text is a UID, by its form."""
    return len(text) <= MAX_UID and re.match(UID_PATTERN, text) is not None


def _values(answer: Any, tag: str) -> list[Any]:
    element = answer.get(tag) if isinstance(answer, Mapping) else None
    values = element.get("Value") if isinstance(element, Mapping) else None
    return values if isinstance(values, list) else []


def _first(answer: Any, tag: str) -> Any:
    values = _values(answer, tag)
    return values[0] if values else None


def _line(value: Any) -> str:
    text = str(value) if isinstance(value, str | int | float) else ""
    return cut_characters(on_one_line(text[: 4 * MAX_TEXT]), MAX_TEXT)


def _text(answer: Any, tag: str) -> str:
    return _line(_first(answer, tag))


def _name(value: Any) -> str:
    """ "Müller^Ada^^Dr." as "Müller, Ada, Dr."."""
    given = value.get("Alphabetic") or value.get("Ideographic") if isinstance(value, Mapping) else value
    parts = [on_one_line(part) for part in _line(given).split("^")]
    return ", ".join(filter(None, parts))


def _date(answer: Any, tag: str) -> str:
    """ISO 8601; "" where it is none."""
    text = _text(answer, tag)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _count(answer: Any, tag: str) -> int | None:
    value = _first(answer, tag)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,8}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        return None
    return value
