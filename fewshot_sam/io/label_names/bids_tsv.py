"""The table beside a segmentation in BIDS (``*_dseg.tsv``): columns index, name, and perhaps color."""

from __future__ import annotations

from fewshot_sam.data.label_names import LabelName, code_of, collected


def parse(text: str) -> dict[int, LabelName]:
    """Names and colours from the rows; "n/a" is none."""
    header, *rows = [line.split("\t") for line in text.splitlines() if line.strip()] or [[""]]
    columns = [column.strip().lower() for column in header]
    index, name = columns.index("index"), columns.index("name")
    color = columns.index("color") if "color" in columns else None
    if any(len(row) != len(columns) for row in rows):
        raise ValueError("a row has too many or too few cells")
    return collected(
        (code_of(row[index]), LabelName.of(_text(row[name]), None if color is None else row[color].strip()))
        for row in rows
    )


def _text(cell: str) -> str:
    return "" if cell.strip() == "n/a" else cell
