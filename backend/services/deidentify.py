"""Import without identifying texts: neutral names for volumes, see :mod:`fewshot_sam.data.identity`."""

from __future__ import annotations

import dataclasses
import re

from sqlalchemy import select

from fewshot_sam.data.identity import without_identity
from fewshot_sam.io.sandbox.reading import VolumeFile
from storage.database import Database
from storage.deleted import WITH_DELETED
from storage.models import ProjectRow, VolumeRow

SOURCE_NAME = ""
"""Instead of the uploaded file's name."""
_NEUTRAL = re.compile(r"Scan ([0-9]{1,9})")


class Deidentifier:
    """Takes from what was read all that may tell whose it is, where server or project want it.

    Args:
        always: the server wants it of all imports, whatever the project says.
    """

    def __init__(self, database: Database, always: bool) -> None:
        self._database = database
        self._always = always

    def applies_to(self, project_id: str) -> bool:
        """Whether imports into the project keep no names."""
        if self._always:
            return True
        with self._database.read() as session:
            project = session.get(ProjectRow, project_id)
            return project is not None and project.deidentify

    def __call__(self, read: VolumeFile, project_id: str) -> VolumeFile:
        """The same voxels as "Scan N", numbered within the project; without the headers of its files."""
        volume = without_identity(read.volume, f"Scan {self._next_number(project_id)}")
        return dataclasses.replace(read, volume=volume, headers=None)

    def _next_number(self, project_id: str) -> int:
        """One more than the largest in use: a number is not given twice while its volume is there."""
        with self._database.read() as session:
            query = select(VolumeRow.name).where(VolumeRow.project_id == project_id)
            names = session.scalars(query, execution_options=WITH_DELETED)
            found = [_NEUTRAL.fullmatch(name) for name in names]
        return 1 + max((int(number[1]) for number in found if number), default=0)
