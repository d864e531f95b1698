"""Names of files that every system takes."""

from __future__ import annotations

import re


def safe_stem(name: str) -> str:
    """A volume's name as the start of a file name that every system takes."""
    stem = re.sub(r"\.(nii(\.gz)?|nrrd|nhdr|mha|mhd|zip|dcm)$", "", name, flags=re.IGNORECASE)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", stem).strip("._-")[:80]
    return stem or "volume"
