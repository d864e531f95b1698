"""The plane that a project is painted in: a volume that any plane suits follows the one that was chosen.

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
from storage.models import AnnotationRow, VolumeRow
from storage.readings import ReadingRow

_SETTLED = (ReviewState.IN_REVIEW, ReviewState.ACCEPTED)


def choose_for_project(session: Session, chosen: VolumeRow, plane: str) -> None:
    """Note that a person chose the plane of this volume, and paint the others in it."""
    chosen.plane_chosen = True
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


def take_plane_of_project(session: Session, new: VolumeRow) -> None:
    """Paint a volume that is being imported in the plane of the one whose plane was chosen, or seen, last."""
    query = select(VolumeRow.plane).where(
        VolumeRow.project_id == new.project_id, VolumeRow.plane_chosen.is_(True)
    )
    last_first = (VolumeRow.encoding_requested_at.desc(), VolumeRow.created_at.desc(), VolumeRow.id)
    plane = session.scalar(query.order_by(*last_first).limit(1))
    if plane is not None and suits_any_plane(new):
        new.plane = plane
