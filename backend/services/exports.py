"""Masks as files for other programs, on the grid the volume was stored on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from backend.asker import Asker
from backend.exports.base import ExportFile
from backend.exports.project import ProjectToExport
from backend.exports.registry import find_export
from backend.exports.scores import project_table
from backend.services.masks import Masks


class Exports:
    """Masks in the formats of :mod:`backend.exports`."""

    def __init__(self, masks: Masks, temporary_folder: Path) -> None:
        self._masks = masks
        self._temporary_folder = temporary_folder

    def export(self, asker: Asker, mask_id: str, name: str) -> ExportFile:
        """The mask as a file.

        Args:
            name: of an export, such as "nifti"; see :data:`backend.exports.registry.EXPORTS`.

        Raises:
            InvalidRequestError: there is no export of that name.
            NotFoundError: a confidence is asked for and the mask has none.
        """
        export = find_export(name)
        return export(self._masks.for_export(asker, mask_id, self._temporary_folder))

    def project_masks(
        self, asker: Asker, project_id: str, formats: Sequence[str], accepted_only: bool
    ) -> ProjectToExport:
        """What :meth:`export` is then asked for, a volume at a time.

        Raises:
            InvalidRequestError: there is no export of one of the names.
            NotFoundError: there is no such project.
        """
        for name in formats:
            find_export(name)
        return self._masks.of_project(asker, project_id, accepted_only)

    def project_scores(self, asker: Asker, project_id: str) -> ExportFile:
        """The scores of all volumes of a project that have a reference, the worst first, as a table."""
        name, volumes = self._masks.scores.of_project(asker, project_id)
        return project_table(name, volumes)
