"""The plane that a project is painted in: a volume that any plane suits follows the one that was chosen last.

A model learns from slices of one plane, so that whoever paints forty scans would otherwise choose it forty
times. A volume stays as it is once its own plane was chosen, a slice of it was saved, it is in review or was
accepted, or it is read blind.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.records.volumes import suits_any_plane
from backend.schemas.enums import ReviewState
from backend.services.encoding_requests import take_plane
from fewshot_sam.data.planes import Plane
from storage.models import AnnotationRow, ProjectRow, VolumeRow
from storage.readings import ReadingRow

_SETTLED = (ReviewState.IN_REVIEW, ReviewState.ACCEPTED)


def choose_for_project(session: Session, chosen: VolumeRow, plane: str) -> None:
    """Note that a person chose the plane of this volume, and paint the others in it."""
    chosen.plane_chosen = True
    session.get_one(ProjectRow, chosen.project_id).plane = plane
    of_project = VolumeRow.project_id == chosen.project_id
    open_to_it = (
        VolumeRow.plane_chosen.is_(False),
        VolumeRow.id.not_in(select(ReadingRow.of_id)),
        VolumeRow.id.not_in(select(ReadingRow.volume_id)),  # its flag stays once the volume read is gone
        VolumeRow.id.not_in(select(AnnotationRow.volume_id)),
    )
    for each in session.scalars(select(VolumeRow).where(of_project, *open_to_it)):
        if each.review not in _SETTLED and suits_any_plane(each):
            take_plane(each, Plane(plane))


def take_plane_of_project(project: ProjectRow, new: VolumeRow) -> None:
    """Paint a volume that is being imported in the plane that a person chose last."""
    if project.plane is not None and suits_any_plane(new):
        new.plane = project.plane
