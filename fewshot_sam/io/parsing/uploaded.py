"""Names of files as they were before an upload."""

from __future__ import annotations

import re

UPLOAD_NUMBER = "upload"
"""Begins what an upload puts before names that meet, "upload00001_"; people begin names with numbers."""
_NUMBER = re.compile(rf"^{UPLOAD_NUMBER}[0-9]{{5}}_")


def without_number(file_name: str) -> str:
    """A file's name without the number that an upload put before it."""
    return _NUMBER.sub("", file_name)
