"""Which volumes a propagation learns from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import InvalidRequestError
from backend.queries.access import get_volume
from backend.queries.model_kinds import suits
from backend.queries.sources import painted_volumes, run_sources
from backend.records.volumes import pictures_of
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import AnnotationError
from storage.models import VolumeRow
from storage.readings import ReadingRow


def choose_sources(
    session: Session, asker: Asker, volume: VolumeRow, plane: Plane, asked: Sequence[str] | None
) -> list[dict[str, Any]]:
    """The sources of a propagation as its row keeps them.

    Args:
        volume: the run's own, which is always one of them.
        asked: ids of the others; None for all of the project that are painted in the plane.

    Raises:
        AnnotationError: the volume, or one that was asked for, has no painted slice in the plane.
        NotFoundError: one that was asked for does not exist.
        InvalidRequestError: one that was asked for is in another project.
    """
    of_pictures = bool(pictures_of(volume))
    all_painted = painted_volumes(session, volume.project_id, plane, volume.id)
    painted = [each for each in all_painted if suits(of_pictures, each)]
    ids = {each.id for each in painted}
    if volume.id not in ids:
        raise AnnotationError(
            f"Paint a label on at least one {plane.value} slice first; a few, spread over the "
            "structure, work best."
        )
    if asked is None:
        return run_sources(session, painted, plane)
    for other in (get_volume(session, asker, volume_id) for volume_id in asked):
        if other.project_id != volume.project_id:
            raise InvalidRequestError("A run learns from volumes of its own project. Leave the others out.")
        if other.id != volume.id and session.get(ReadingRow, other.id) is not None:
            raise InvalidRequestError(
                f"{other.name} is a reading, which only runs on it learn from. Leave it out."
            )
        if other.id not in ids:
            raise AnnotationError(
                f"{other.name} has no painted {plane.value} slice to learn from. Paint one, or leave it out."
            )
    wanted = {volume.id, *asked}
    return run_sources(session, [each for each in painted if each.id in wanted], plane)
