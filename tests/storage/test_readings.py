"""What a session that works for a person finds of readings, however it asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from storage.database import Database, sqlite_url
from storage.deleted import put_away
from storage.errors import FrozenError
from storage.models import AnnotationRow, LabelRow, MaskRow, ModelRow, ProjectRow, RunRow, VolumeRow, utc_now
from storage.readings import ReadingRow, see_as

OWNER, ANN, BEN, VERA = "owner", "ann", "ben", "vera"
ALL = ("scan", "by_ann", "by_ben", "other", "by_owner", "again")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(sqlite_url(tmp_path / "database.sqlite3"))
    database.migrate()
    with database.write() as session:
        session.add(ProjectRow(id="p", owner=OWNER, name="Livers"))
        session.flush()
        for name in ("scan", "by_ann", "by_ben", "other"):
            add_volume(session, name)
        session.flush()
        session.add_all([reading("by_ann", ANN), reading("by_ben", BEN)])
    yield database
    database.close()


def add_volume(session: Session, name: str) -> None:
    """A volume with a slice, a run, a mask and a model."""
    session.add(
        VolumeRow(
            id=name,
            project_id="p",
            name=name,
            source_name=name,
            modality="CT",
            geometry={},
            display={},
            content_hash="h",
            voxel_blob="v",
            plane="axial",
            is_reading=name not in ("scan", "other"),
        )
    )
    session.flush()
    session.add(AnnotationRow(volume_id=name, **slice_columns(1)))
    sources = [{"volume_id": name, "name": name, "slices": 1}]
    session.add(
        ModelRow(
            id=f"model_{name}",
            project_id="p",
            volume_id=name,
            plane="axial",
            encoder="e",
            labels=[],
            blob="m",
            sources=sources,
        )
    )
    session.add(RunRow(id=f"run_{name}", volume_id=name, **run_columns()))
    session.flush()
    session.add(
        MaskRow(id=f"mask_{name}", volume_id=name, run_id=f"run_{name}", shape=[], labels=[], blob="b")
    )


def slice_columns(version: int) -> dict[str, Any]:
    return {
        "plane": "axial",
        "slice_index": 0,
        "version": version,
        "state": "painted",
        "author": "a",
        "values": [1],
        "rows": 1,
        "columns": 1,
        "data": b"",
    }


def run_columns() -> dict[str, Any]:
    return {
        "kind": "propagate",
        "plane": "axial",
        "settings": {},
        "annotation_versions": {},
        "labels": [],
        "state": "done",
    }


def reading(volume_id: str, reader: str) -> ReadingRow:
    place = {"of_id": "scan", "project_id": "p", "number": 1}
    return ReadingRow(volume_id=volume_id, reader=reader, **place)


def seen(database: Database, person: str | None) -> set[str]:
    """The volumes that a session finds, which all ways to ask have to agree on."""
    with database.read() as session:
        if person is not None:
            see_as(session, person)
        volumes = set(session.scalars(select(VolumeRow.id)))
        again = aliased(VolumeRow)
        newest = aliased(RunRow, select(RunRow).subquery())
        ways = [
            session.scalars(select(again.id)),
            session.scalars(select(RunRow.volume_id)),
            session.scalars(select(newest.volume_id)),
            session.scalars(select(MaskRow.volume_id)),
            session.scalars(select(AnnotationRow.volume_id)),
            session.scalars(select(ModelRow.volume_id)),
            [row.id for row in session.get_one(ProjectRow, "p").volumes],
            [row.id for name in ALL if (row := session.get(VolumeRow, name))],
            [row.volume_id for name in volumes if (row := session.get(MaskRow, f"mask_{name}"))],
        ]
        count = select(func.count(VolumeRow.id)).where(VolumeRow.project_id == ProjectRow.id)
        assert session.scalar(select(count.scalar_subquery()).select_from(ProjectRow)) == len(volumes)
        for way in ways:
            assert set(way) == volumes
        for hidden in set(ALL) - volumes:
            assert session.get(MaskRow, f"mask_{hidden}") is None
            assert session.get(ModelRow, f"model_{hidden}") is None
        return volumes


def test_each_reader_sees_their_own_reading_alone(database: Database) -> None:
    assert seen(database, ANN) == {"by_ann", "other"}
    assert seen(database, BEN) == {"by_ben", "other"}
    assert seen(database, ANN) == {"by_ann", "other"}  # nothing of the one before is kept


def test_who_reads_nothing_sees_the_scan_and_an_owner_sees_all(database: Database) -> None:
    assert seen(database, VERA) == {"scan", "other"}
    assert seen(database, OWNER) == {"scan", "by_ann", "by_ben", "other"}
    assert seen(database, None) == {"scan", "by_ann", "by_ben", "other"}


def test_an_owner_who_reads_is_blind_too(database: Database) -> None:
    with database.write() as session:
        add_volume(session, "by_owner")
        session.add(reading("by_owner", OWNER))
    assert seen(database, OWNER) == {"by_owner", "other"}


def test_a_model_that_learnt_from_what_is_hidden_is_hidden(database: Database) -> None:
    with database.write() as session:
        session.get_one(ModelRow, "model_other").sources = [
            {"volume_id": "other", "name": "o", "slices": 1},
            {"volume_id": "scan", "name": "s", "slices": 1},
        ]
        session.add(
            ModelRow(id="old", project_id="p", plane="axial", encoder="e", labels=[], blob="m", sources=None)
        )
    with database.read() as session:
        see_as(session, ANN)
        assert set(session.scalars(select(ModelRow.id))) == {"model_by_ann", "old"}


def test_what_is_revealed_is_seen_until_the_scan_is_read_once_more(database: Database) -> None:
    with database.write() as session:
        for row in session.scalars(select(ReadingRow)):
            row.finished_at = row.revealed_at = utc_now()
    for person in (ANN, BEN, VERA, OWNER):
        assert seen(database, person) == {"scan", "by_ann", "by_ben", "other"}
    with database.write() as session:
        add_volume(session, "again")
        session.add(reading("again", ANN))
    assert seen(database, ANN) == {"again", "other"}
    assert seen(database, BEN) == {"scan", "by_ann", "by_ben", "other"}


def test_what_is_finished_is_frozen(database: Database) -> None:
    with database.write() as session:
        session.get_one(ReadingRow, "by_ann").finished_at = utc_now()
    with database.write() as session:
        session.add(AnnotationRow(volume_id="by_ben", **slice_columns(2)))
    with pytest.raises(FrozenError, match="is finished, so nothing was changed"):
        add_slice(database)
    with database.write() as session:
        session.get_one(ReadingRow, "by_ann").revealed_at = utc_now()
    with pytest.raises(FrozenError, match="have been compared, so this one is frozen"):
        add_slice(database)


def add_slice(database: Database) -> None:
    with database.write() as session:
        session.add(AnnotationRow(volume_id="by_ann", **slice_columns(2)))


@pytest.mark.parametrize("name", ["scan", "by_ann"])
def test_what_is_being_read_is_not_deleted(database: Database, name: str) -> None:
    def delete() -> None:
        with database.write() as session:
            put_away(session, session.get_one(VolumeRow, name), "volume", OWNER, {})

    with pytest.raises(FrozenError, match="reading a scan of this project blind"):
        delete()
    with database.write() as session:
        for row in session.scalars(select(ReadingRow)):
            row.finished_at = row.revealed_at = utc_now()
    delete()


def test_a_label_is_not_deleted_while_it_may_be_painted_out_of_sight(database: Database) -> None:
    with database.write() as session:
        session.add(LabelRow(id="l", project_id="p", value=1, code=1, name="Liver", color="#ff0000"))
    with pytest.raises(FrozenError, match="end the readings first"), database.write() as session:
        put_away(session, session.get_one(LabelRow, "l"), "label", OWNER, {})
