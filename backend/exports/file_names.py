"""Names of files to download."""

from __future__ import annotations

import re

from fewshot_sam.data.file_names import MAX_FILE_NAME_BYTES, safe_characters, without_device
from fewshot_sam.data.text import cut_bytes
from fewshot_sam.io.formats.registry import stem

MAX_STEM_BYTES = MAX_FILE_NAME_BYTES - 25
"""What stands before and behind it in a file's name, such as "-confidence.nii.gz", fits into the rest."""

_ODD = re.compile(r"(?![._-])[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")
"""All of ASCII but letters, digits and these three: shells and spreadsheets give them meanings."""


def safe_stem(name: str) -> str:
    """The name of a volume or label, without the ending of a file format, as the start of a file name."""
    plain = re.sub("_+", "_", _ODD.sub("_", safe_characters(stem(name)))).strip("._-")
    start = cut_bytes(plain, MAX_STEM_BYTES).rstrip("._-") or "volume"
    return without_device(f"{start}-")[:-1]  # a hyphen follows, or the ending of a label's file
