"""CSV files and what may stand in their cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from fewshot_sam.data.text import printable

_FORMULA_START = re.compile(r"((?:^|[;,|\t\r\n])[\s\"']*)([=+\-@\uff1d\uff0b\uff0d\uff20])")


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 CSV with a byte order mark, by which spreadsheets tell the encoding; text is quoted."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows([head, *rows])
    return text.getvalue().encode("utf-8-sig")


def number_cell(value: float) -> Decimal:
    """A number to the writer, with all of four digits."""
    return Decimal(f"{value:.4f}")


def known_cell(value: float | None) -> Decimal | str:
    """A number, see :func:`number_cell`; empty where there is none."""
    return "" if value is None else number_cell(value)


def body_cell(value: float | None, pictures: bool) -> Decimal | str:
    """A measure in mL or mm; empty where there is none, and of unrelated pictures, which are no body."""
    return known_cell(None if pictures else value)


def harmless_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula, whichever character it splits cells at.

    An apostrophe goes before =, +, - and @ (full-width ones too) where a cell would begin with them: at
    the start, and after a semicolon, comma, tab, bar or line end, as some languages separate cells.
    Control characters become spaces.
    """
    return _FORMULA_START.sub(r"\1'\2", printable(text))
