"""The report of a project, from rows and small pictures that are there; voxels are loaded to score alone."""

from __future__ import annotations

from base64 import b64encode

from sqlalchemy import select

from backend.asker import Asker
from backend.exports.base import ExportFile
from backend.exports.project_report import ReportedVolume, project_report
from backend.queries.access import get_project
from backend.queries.answers import mask_answer, volume_answers
from backend.queries.masks import newest_masks
from backend.queries.model_answers import model_answers
from backend.records.media_requests import thumbnail_of
from backend.services.media import Media
from backend.services.scores import ReferenceScores
from storage.database import Database
from storage.models import MaskRow, ModelRow, RunRow, VolumeRow

MAX_THUMBNAIL_BYTES = 64 * 1024


class ProjectReports:
    """Writes reports of projects. Masks that were never scored are, for a minute at most."""

    def __init__(self, database: Database, media: Media, scores: ReferenceScores) -> None:
        self._database = database
        self._media = media
        self._scores = scores

    def of_project(self, asker: Asker, project_id: str) -> ExportFile:
        """The project's report. Raises NotFoundError."""
        _, scored = self._scores.of_project(asker, project_id)
        scores = {each.scores.mask_id: each.scores for each in scored if each.scores}
        unreadable = {each.id for each in scored if each.unreadable}
        with self._database.read() as session:
            project = get_project(session, asker, project_id)
            rows = project.volumes
            newest = newest_masks(session, [row.id for row in rows])
            ids = [mask.id for mask in newest.values()]
            masks = {
                row.volume_id: row for row in session.scalars(select(MaskRow).where(MaskRow.id.in_(ids)))
            }
            volumes = [
                ReportedVolume(
                    answer,
                    mask_answer(session, masks[row.id]) if row.id in masks else None,
                    self._thumbnail(row),
                    scores.get(newest[row.id].id) if row.id in newest else None,
                    row.id in unreadable,
                )
                for row, answer in zip(rows, volume_answers(session, rows), strict=True)
            ]
            used = select(RunRow.model_id).where(RunRow.id.in_([mask.run_id for mask in masks.values()]))
            models = session.scalars(
                select(ModelRow).where(ModelRow.id.in_(used)).order_by(ModelRow.created_at)
            )
            return project_report(project.name, volumes, model_answers(session, list(models)))

    def _thumbnail(self, volume: VolumeRow) -> str:
        """Base64 of the small picture that lists show; empty while the worker has not made it."""
        path = self._media.path(thumbnail_of(volume))
        if path is None or path.stat().st_size > MAX_THUMBNAIL_BYTES:
            return ""
        return b64encode(path.read_bytes()).decode()
