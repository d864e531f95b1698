"""Colour tables of 3D Slicer (.ctbl, .txt) and FreeSurfer: ``code name red green blue opacity``."""

from __future__ import annotations

import re

from fewshot_sam.data.label_names import LabelName, code_of, collected

_LINE = re.compile(
    r"\s*([0-9]{1,9})\s+(\S+)\s+([0-9]{1,3})\s+([0-9]{1,3})\s+([0-9]{1,3})(?:\s+[0-9]{1,3})?\s*"
)


def parse(text: str) -> dict[int, LabelName]:
    """Names and colours from the lines that are no comments (#)."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found = [_LINE.fullmatch(line) for line in lines]
    if not found or None in found:
        raise ValueError("not a colour table")
    return collected(_entry(match) for match in found if match)


def _entry(match: re.Match[str]) -> tuple[int, LabelName]:
    code, name, *color = match.groups()
    return code_of(code), LabelName.of(name, [int(part) for part in color])
