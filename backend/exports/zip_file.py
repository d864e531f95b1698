"""Files in one zip file."""

from __future__ import annotations

import io
import zipfile


def zip_bytes(files: dict[str, bytes]) -> bytes:
    """A zip file of these files by name, not compressed again."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:  # NIfTI is compressed already
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()
