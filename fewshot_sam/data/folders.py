"""Where the program keeps its state: one folder, set by the environment variable FEWSHOT_SAM_HOME."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import platformdirs


def data_home() -> Path:
    """The data folder (database, blobs, embedding cache, models); it may not exist yet.

    ``FEWSHOT_SAM_HOME``, else the platform's user data folder, such as ~/.local/share/fewshot-sam.
    """
    chosen = os.environ.get("FEWSHOT_SAM_HOME")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_path("fewshot-sam"))


def cache_folder() -> Path:
    """Folder of the embedding cache inside :func:`data_home`; safe to delete while nothing runs."""
    return data_home() / "cache"


def files_below(folder: Path) -> Iterator[os.stat_result]:
    """What the files in a folder and below it are; none where there is no folder.

    What is deleted meanwhile, by a server or another upload, is passed over: rglob would raise.
    """
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                yield Path(parent, name).stat()
