"""Where previews and surfaces are kept in the data folder."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

from backend.records.media_requests import MediaItem


@dataclass(frozen=True)
class MediaFiles:
    """Files by item. None of them ever changes; each can be made again.

    Attributes:
        preview_folder: a file for each content and modality of a volume.
        surface_folder: a file for each label of a mask.
    """

    preview_folder: Path
    surface_folder: Path

    def path(self, item: MediaItem) -> Path:
        """Where the item is kept; it may not be there."""
        folder = self.preview_folder if item.mask_id is None else self.surface_folder
        return folder / item.key

    def write(self, item: MediaItem, content: bytes) -> None:
        """Keep the item: its file is whole or not there, whatever is interrupted."""
        path = self.path(item)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
