"""Names of files that every system takes."""

from __future__ import annotations

import re

from fewshot_sam.io.formats.registry import stem


def safe_stem(name: str) -> str:
    """The name of a volume or label, without the ending of a file format, as the start of a file name."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", stem(name)).strip("._-")[:80]
    return plain or "volume"
