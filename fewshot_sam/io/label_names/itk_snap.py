"""Label descriptions of ITK-SNAP: ``code red green blue opacity visible mesh "name"``."""

from __future__ import annotations

import re

from fewshot_sam.data.label_names import LabelName, code_of, collected

_LINE = re.compile(
    r"\s*([0-9]{1,9})\s+([0-9]{1,3})\s+([0-9]{1,3})\s+([0-9]{1,3})\s+[0-9.eE+-]{1,30}\s+[01]\s+[01]\s+\"(.*)\"\s*"
)


def parse(text: str) -> dict[int, LabelName]:
    """Names and colours from the lines that are no comments (#)."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found = [_LINE.fullmatch(line) for line in lines]
    if not found or None in found:
        raise ValueError("not a label description of ITK-SNAP")
    return collected(_entry(match) for match in found if match)


def _entry(match: re.Match[str]) -> tuple[int, LabelName]:
    code, *color, name = match.groups()
    return code_of(code), LabelName.of(name, [int(part) for part in color])
