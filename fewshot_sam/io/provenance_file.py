"""The file that says where the labels of a label map come from, in the folder or archive that it came in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fewshot_sam.data.origins import PROVENANCE_SUFFIX

MAX_CHARACTERS = 2_500_000
_MAX_ESCAPED = 3_000_000  # as the reading process answers with it


def provenance_among(files: Sequence[Path]) -> str:
    """Its text as it stands there; empty where there is none, or not one that can be read."""
    for path in files:
        if path.name.lower().endswith(PROVENANCE_SUFFIX):
            try:
                with path.open(encoding="utf-8") as file:
                    text = file.read(MAX_CHARACTERS + 1)
            except (OSError, UnicodeDecodeError):
                return ""
            fits = len(text) <= MAX_CHARACTERS and len(json.dumps(text)) <= _MAX_ESCAPED
            return text if fits else ""
    return ""
