"""The latest version of a slice is the one with the largest number, whatever the order of rows."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from backend.queries.annotations import (
    annotations_with_label,
    find_version,
    latest_annotations,
    latest_versions,
    painted_counts,
)
from backend.schemas.enums import SliceState
from backend.services import Services
from fewshot_sam.data.planes import Plane
from storage.models import AnnotationRow, LabelRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.tiny import tiny_volume


def add_version(
    session: Session,
    volume_id: str,
    slice_index: int,
    version: int,
    state: SliceState = SliceState.PAINTED,
    plane: Plane = Plane.AXIAL,
    values: tuple[int, ...] = (1,),
) -> None:
    session.add(
        AnnotationRow(
            volume_id=volume_id,
            plane=plane.value,
            slice_index=slice_index,
            version=version,
            state=state,
            author=OWNER.id,
            values=list(values),
            rows=1,
            columns=1,
            data=b"",
        )
    )
    session.flush()


@pytest.fixture
def mixed_up(services: Services, volume_id: str) -> str:
    """A volume whose rows were written in another order than their versions, as by a merge of databases."""
    with services.database.write() as session:
        add_version(session, volume_id, 1, version=3, state=SliceState.PAINTED)
        add_version(session, volume_id, 1, version=1, state=SliceState.EMPTY)
        add_version(session, volume_id, 1, version=2, state=SliceState.CLEARED)
        add_version(session, volume_id, 2, version=2, state=SliceState.EMPTY, values=())
        add_version(session, volume_id, 2, version=1, state=SliceState.PAINTED)
        add_version(session, volume_id, 0, version=1, plane=Plane.CORONAL, values=(2,))
    return volume_id


def test_the_largest_version_is_the_latest(services: Services, mixed_up: str) -> None:
    with services.database.read() as session:
        latest = [(row.plane, row.slice_index, row.version) for row in latest_annotations(session, mixed_up)]
        volume = session.get_one(VolumeRow, mixed_up)
        found = find_version(session, volume, Plane.AXIAL, 1)
    assert latest == [("axial", 1, 3), ("axial", 2, 2), ("coronal", 0, 1)]
    assert found is not None
    assert found.version == 3


def test_one_plane_can_be_asked_for(services: Services, mixed_up: str) -> None:
    with services.database.read() as session:
        assert [row.slice_index for row in latest_annotations(session, mixed_up, "coronal")] == [0]
        assert latest_versions(session, mixed_up, Plane.AXIAL) == {
            SliceState.PAINTED: {1: 3},
            SliceState.EMPTY: {2: 2},
            SliceState.CLEARED: {},
            SliceState.INTERPOLATED: {},
        }


def test_slices_are_counted_by_their_latest_version(
    services: Services, project_id: str, mixed_up: str
) -> None:
    other = services.volumes.add(OWNER, project_id, tiny_volume(), "other.nii").id
    with services.database.read() as session:
        counts = painted_counts(session, [mixed_up, other])
    assert counts == {
        mixed_up: {Plane.AXIAL: 1, Plane.CORONAL: 1, Plane.SAGITTAL: 0},
        other: {Plane.AXIAL: 0, Plane.CORONAL: 0, Plane.SAGITTAL: 0},
    }


def test_a_label_is_painted_where_the_latest_version_says_so(
    services: Services, project_id: str, mixed_up: str
) -> None:
    labels = [services.labels.create(OWNER, project_id, name) for name in ("liver", "spleen")]
    with services.database.read() as session:
        slices = [
            [row.slice_index for row in annotations_with_label(session, session.get_one(LabelRow, label.id))]
            for label in labels
        ]
    assert slices == [[1], [0]]


def test_the_pages_counts_and_the_runs_snapshot_agree(services: Services, mixed_up: str) -> None:
    assert services.volumes.get(OWNER, mixed_up).painted[Plane.AXIAL] == 1
    listed = services.annotations.list_latest(OWNER, mixed_up)
    assert [each.version for each in listed if (each.plane, each.slice_index) == (Plane.AXIAL, 1)] == [3]
