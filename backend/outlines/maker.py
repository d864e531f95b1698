"""From a question to the volume it is about, and to the mask."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from backend.outlines.errors import OutlineError
from backend.outlines.messages import Question
from backend.records.volumes import load_volume_row
from fewshot_sam.data.windowing import Window, default_window
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import VolumeRow

if TYPE_CHECKING:
    from backend.jobs.toolbox import Toolbox
    from fewshot_sam.data.volume import Volume

MAX_OPEN = 8


class OutlineMaker:
    """Makes masks; remembers the volumes asked about last, whose window takes a pass over all voxels.

    A volume's voxels never change; one that was deleted is no longer asked about.
    """

    def __init__(self, database: Database, blobs: BlobStore, toolbox: Toolbox) -> None:
        self._database = database
        self._blobs = blobs
        self._toolbox = toolbox
        self._opened = lru_cache(MAX_OPEN)(self._open)

    def outline(self, question: Question) -> np.ndarray:
        """The (rows, columns) bool mask of a question.

        Raises:
            UserError: there is none; the text says why.
        """
        modality = self._row(question.volume_id).modality
        volume, window = self._opened(question.volume_id, modality)
        return self._toolbox.outline(volume, window, question)

    def _row(self, volume_id: str) -> VolumeRow:
        with self._database.read() as session:
            row = session.get(VolumeRow, volume_id)
        if row is None:
            raise OutlineError("This volume does not exist; it may have been deleted. Reload the page.")
        return row

    def _open(self, volume_id: str, modality: str) -> tuple[Volume, Window]:
        """The modality is what is remembered by: it can be corrected, and then the window is another."""
        volume = load_volume_row(self._row(volume_id), self._blobs)
        return volume, default_window(volume)
