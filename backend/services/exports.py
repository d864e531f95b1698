"""Masks as files for other programs, on the grid the volume was stored on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from backend.asker import Asker
from backend.exports.base import ExportFile
from backend.exports.project import ProjectToExport
from backend.exports.registry import find_export
from backend.exports.scores import project_table
from backend.services.masks import Masks
from fewshot_sam.errors import UserError

logger = logging.getLogger(__name__)


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

    def files(self, asker: Asker, mask_id: str, names: Sequence[str]) -> tuple[list[ExportFile], list[str]]:
        """The mask in several formats, opened once, and in sentences why some of them could not be made."""
        files: list[ExportFile] = []
        notes: list[str] = []
        try:
            mask = self._masks.for_export(asker, mask_id, self._temporary_folder)
        except UserError as error:  # deleted meanwhile, or the scan's file is damaged
            return files, [str(error)]
        for name in names:
            try:
                files.append(find_export(name)(mask))
            except UserError as error:  # a damaged blob, or PNG of a scan
                notes.append(str(error))
            except (OSError, ValueError, EOFError):
                logger.exception("mask %s could not be exported as %s", mask_id, name)
                notes.append(f"{name} could not be made; the server's log says why")
        return files, notes

    def project_masks(
        self, asker: Asker, project_id: str, formats: Sequence[str], accepted_only: bool
    ) -> ProjectToExport:
        """What :meth:`files` are then asked for, a volume at a time.

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
