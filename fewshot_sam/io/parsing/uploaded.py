"""Names of files as they were before an upload."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"^[0-9]{5}_")
"""What an upload puts before names that meet."""


def without_number(file_name: str) -> str:
    """A file's name without the number that an upload put before it."""
    return _NUMBER.sub("", file_name)
