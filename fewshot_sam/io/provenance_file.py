"""The file that says where the labels of a label map come from, in the folder or archive that it came in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fewshot_sam.data.origins import PROVENANCE_SUFFIX

MAX_CHARACTERS = 1_000_000


def provenance_among(files: Sequence[Path]) -> str:
    """Its text as it stands there; empty where there is none, or not one that can be read."""
    for path in files:
        if path.name.lower().endswith(PROVENANCE_SUFFIX):
            try:
                with path.open(encoding="utf-8") as file:
                    text = file.read(MAX_CHARACTERS + 1)
            except (OSError, UnicodeDecodeError):
                return ""
            return text if len(text) <= MAX_CHARACTERS else ""
    return ""
