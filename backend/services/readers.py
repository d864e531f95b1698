"""Reading uploaded image files, in a process with limits of its own."""

from __future__ import annotations

from pathlib import Path

from fewshot_sam.volume import Volume


def load_upload(paths: list[Path], series_uid: str | None = None) -> Volume:
    """The volume in uploaded files; see fewshot_sam.io.load_volume_isolated for the errors."""
    from fewshot_sam import io  # loads readers of many formats; only needed here

    return io.load_volume_isolated(paths[0] if len(paths) == 1 else paths, series_uid=series_uid)
