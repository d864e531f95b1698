"""The plane that is chosen for one volume is taken for those that any plane suits, and for no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.records.volumes import reading_row
from backend.schemas.enums import ReviewState
from backend.services import Services
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from storage.models import VolumeRow
from storage.readings import ReadingRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import paint
from tests.backend.tiny import SHAPE, tiny_volume

CUBES = SourceGrid(SHAPE, np.diag([-1.0, 1.0, 1.0, 1.0]))
THICK = SourceGrid(SHAPE, np.diag([-1.0, 1.0, 5.0, 1.0]))


def add(services: Services, project_id: str, grid: SourceGrid = CUBES, acquired: Plane | None = None) -> str:
    volume = replace(tiny_volume(), source=grid, acquisition_plane=acquired)
    return str(services.volumes.add(OWNER, project_id, volume, "tiny.nii").id)


def planes(services: Services, *volume_ids: str) -> list[str]:
    return [services.volumes.get(OWNER, each).plane for each in volume_ids]


def test_volumes_that_any_plane_suits_follow(services: Services, project_id: str) -> None:
    chosen, cubes, thick = (
        add(services, project_id),
        add(services, project_id),
        add(services, project_id, THICK),
    )
    acquired = add(services, project_id, CUBES, Plane.CORONAL)
    services.volumes.change(OWNER, chosen, plane="sagittal")
    assert planes(services, chosen, cubes, thick, acquired) == ["sagittal", "sagittal", "axial", "coronal"]
    row = services.volumes.row(OWNER, cubes)
    assert (row.plane_chosen, row.encoding_state, row.encoding_token) == (False, "pending", 1)


def test_a_volume_that_comes_later_follows_too(services: Services, project_id: str) -> None:
    services.volumes.change(OWNER, add(services, project_id), plane="coronal")
    assert planes(services, add(services, project_id), add(services, project_id, THICK)) == [
        "coronal",
        "axial",
    ]


def test_what_was_chosen_last_counts(services: Services, project_id: str) -> None:
    older, newer = add(services, project_id), add(services, project_id)
    services.volumes.change(OWNER, newer, plane="coronal")
    services.volumes.change(OWNER, older, plane="sagittal")
    assert planes(services, add(services, project_id)) == ["sagittal"]


def test_a_choice_of_its_own_paint_and_acceptance_stay(services: Services, project_id: str) -> None:
    own, painted, accepted, chosen = (add(services, project_id) for _ in range(4))
    value = services.labels.create(OWNER, project_id, "liver").value
    paint(services, painted, value)
    services.volumes.change(OWNER, own, plane="axial")
    with services.database.write() as session:
        session.get_one(VolumeRow, accepted).review = ReviewState.ACCEPTED
    services.volumes.change(OWNER, chosen, plane="sagittal")
    assert planes(services, own, painted, accepted, chosen) == ["axial", "axial", "axial", "sagittal"]


def add_reading(services: Services, read: str) -> str:
    """A reading of a volume, not finished; its id."""
    with services.database.write() as session:
        volume = session.get_one(VolumeRow, read)
        second = reading_row(volume, "reading 1")
        session.add(second)
        session.flush()
        reading = {"project_id": volume.project_id, "reader": "ben", "number": 1}
        session.add(ReadingRow(volume_id=second.id, of_id=read, **reading))
        return second.id


def test_what_is_empty_in_review_or_read_blind_stays(services: Services, project_id: str) -> None:
    empty, in_review, read, chosen = (add(services, project_id) for _ in range(4))
    services.annotations.save(OWNER, empty, "axial", 1, b"", "empty", 0)
    with services.database.write() as session:
        session.get_one(VolumeRow, in_review).review = ReviewState.IN_REVIEW
    reading = add_reading(services, read)
    services.volumes.change(OWNER, chosen, plane="sagittal")
    assert planes(services, empty, in_review, read, chosen) == ["axial", "axial", "axial", "sagittal"]
    with services.database.read() as session:
        assert session.get_one(VolumeRow, reading).plane == "axial"


def test_a_reading_follows_once_the_volume_that_was_read_is_gone(services: Services, project_id: str) -> None:
    read, chosen = add(services, project_id), add(services, project_id)
    reading = add_reading(services, read)
    with services.database.write() as session:
        session.delete(session.get_one(VolumeRow, read))
    services.volumes.change(OWNER, chosen, plane="sagittal")
    assert planes(services, reading, chosen) == ["sagittal", "sagittal"]


@pytest.mark.parametrize("change", [{"name": "x"}, {"first_slice": 1}])
def test_other_changes_choose_no_plane(
    services: Services, project_id: str, change: dict[str, object]
) -> None:
    first, second = add(services, project_id, CUBES, Plane.SAGITTAL), add(services, project_id)
    services.volumes.change(OWNER, first, **change)  # type: ignore[arg-type]
    assert planes(services, second) == ["axial"]


def test_a_plane_that_came_with_an_import_or_its_undo_is_its_own(services: Services, project_id: str) -> None:
    imported, other = add(services, project_id), add(services, project_id)
    services.volumes.change(OWNER, imported, plane="sagittal", chosen=False)
    assert planes(services, imported, other, add(services, project_id)) == ["sagittal", "axial", "axial"]
    summary = services.volumes.change(OWNER, imported, plane="axial", chosen=False)
    assert (summary.plane, summary.plane_chosen) == ("axial", False)
    services.volumes.change(OWNER, imported, plane="axial")
    assert services.volumes.change(OWNER, imported, plane="coronal", chosen=False).plane_chosen is True


def test_what_an_import_turns_does_not_change_the_choice(services: Services, project_id: str) -> None:
    older, newer = add(services, project_id), add(services, project_id)
    services.volumes.change(OWNER, older, plane="sagittal")
    services.volumes.change(OWNER, newer, plane="coronal")
    for plane in ("axial", "sagittal"):  # the import, and its undo
        services.volumes.change(OWNER, older, plane=plane, chosen=False)
        assert planes(services, older, newer, add(services, project_id)) == [plane, "coronal", "coronal"]


def test_the_choice_outlives_the_volume_that_it_was_made_for(services: Services, project_id: str) -> None:
    chosen = add(services, project_id)
    services.volumes.change(OWNER, chosen, plane="coronal")
    services.volumes.delete(OWNER, chosen)
    assert planes(services, add(services, project_id)) == ["coronal"]


def test_other_projects_keep_theirs(services: Services, project_id: str) -> None:
    elsewhere = add(services, str(services.projects.create(OWNER, "Hearts").id))
    services.volumes.change(OWNER, add(services, project_id), plane="sagittal")
    project = services.volumes.get(OWNER, elsewhere).project_id
    assert planes(services, elsewhere, add(services, project)) == ["axial", "axial"]
