"""What several tests of the documentation read."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("fewshot_sam", "backend", "storage", "ui")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")])


def read(name: str) -> str:
    """A file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading that starts so, up to the next one of its level or above."""
    lines = text.splitlines()
    starts = [
        n for n, line in enumerate(lines) if line.startswith("#") and line.lstrip("# ").startswith(heading)
    ]
    if not starts:
        pytest.fail(f"there is no heading that starts with '{heading}'")
    level = len(lines[starts[0]]) - len(lines[starts[0]].lstrip("#"))
    ends = [
        n
        for n, line in enumerate(lines)
        if n > starts[0] and line.startswith("#") and len(line) - len(line.lstrip("#")) <= level
    ]
    return "\n".join(lines[starts[0] : ends[0] if ends else None])
