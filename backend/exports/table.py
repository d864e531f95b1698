"""Voxels and millilitres of each label, as a CSV table."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any

from backend.exports.base import ExportedMask, ExportFile
from fewshot_sam.data.text import printable

_FORMULA_START = re.compile(r"((?:^|[;,|\t\r\n])[\s\"']*)([=+\-@\uff1d\uff0b\uff0d\uff20])")


def export(mask: ExportedMask) -> ExportFile:
    """One line a label."""
    return ExportFile(f"{mask.stem}-volumes.csv", "text/csv", volume_table(mask.labels))


def volume_table(labels: list[dict[str, Any]]) -> bytes:
    """UTF-8 CSV with a byte order mark, by which spreadsheets tell the encoding."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["code", "label", "voxels", "volume_ml"])
    for label in labels:
        volume_ml = Decimal(f"{label['volume_ml']:.4f}")  # a number to the writer, with all its digits
        writer.writerow([label["code"], harmless_cell(label["name"]), label["voxels"], volume_ml])
    return text.getvalue().encode("utf-8-sig")


def harmless_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula, whichever character it splits cells at.

    An apostrophe goes before =, +, - and @ (full-width ones too) where a cell would begin with them: at
    the start, and after a semicolon, comma, tab, bar or line end, as some languages separate cells.
    Control characters become spaces.
    """
    return _FORMULA_START.sub(r"\1'\2", printable(text))
