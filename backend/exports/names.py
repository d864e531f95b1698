"""The labels' names by code, as JSON."""

from __future__ import annotations

import json
from typing import Any

from backend.exports.base import ExportedMask, ExportFile


def export(mask: ExportedMask) -> ExportFile:
    """Names by code; a label map is imported with such a file beside it."""
    return ExportFile(f"{mask.stem}-labels.json", "application/json", names_json(mask.labels))


def names_json(labels: list[dict[str, Any]]) -> bytes:
    """UTF-8 JSON of names by code."""
    by_code = {str(label["code"]): label["name"] for label in labels}
    return json.dumps(by_code, indent=1, ensure_ascii=False).encode()
