"""Migrations, pragmas and locking of the database."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError, OperationalError

from storage.database import Database, alembic_config, sqlite_url
from storage.errors import classify_database_error
from storage.models import AnnotationRow, Base, LabelRow, MaskRow, ProjectRow, VolumeRow, utc_now


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(sqlite_url(tmp_path / "test.sqlite3"))
    database.migrate()
    return database


def make_volume(project_id: str) -> VolumeRow:
    return VolumeRow(
        project_id=project_id, name="v", source_name="v.nii", modality="CT", geometry={}, display={},
        content_hash="0" * 64, voxel_blob="0" * 64 + ".npy", plane="axial",
    )  # fmt: skip


def test_an_empty_database_is_migrated_to_exactly_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert (
            context.get_current_revision()
            == ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
        )


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(ProjectRow(owner="a", name="kept"))
    database.migrate()
    with database.read() as session:
        assert session.scalar(sa.select(ProjectRow.name)) == "kept"


def test_an_older_database_keeps_its_rows(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "old.sqlite3"), may_create=True)
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.execute(
            sa.text("INSERT INTO project VALUES ('p', 'a', 'n', 1, '2026-11-01 00:00:00.000000')")
        )
        connection.execute(
            sa.text(
                "INSERT INTO volume VALUES ('v','p','n','s','CT','{}','{}','h','b','axial',0,NULL,"
                "'done',0,3,NULL,NULL,0,'2026-11-01 00:00:00.000000')"
            )
        )
    database.migrate()
    with database.read() as session:
        volume = session.get_one(VolumeRow, "v")
        assert volume.encoding_state == "done"
        assert volume.encoding_requested_at == volume.created_at


def test_masks_of_an_older_database_have_no_confidence(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "old.sqlite3"), may_create=True)
    now = "'2026-11-01 00:00:00.000000'"
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0002")
        for row in (
            f"project VALUES ('p', 'a', 'n', 1, {now})",
            "volume VALUES ('v','p','n','s','CT','{}','{}','h','b','axial',0,NULL,"
            f"'done',0,3,NULL,NULL,0,{now},{now})",
            "run (id, volume_id, kind, plane, settings, annotation_versions, labels, state, stage, fraction,"
            f" loss, report, created_at) VALUES ('r','v','propagate','axial','{{}}','{{}}','[]','done',"
            f"'Done',1,'[]','{{}}',{now})",
            f"mask VALUES ('m','v','r','[1,1,1]','[]','key',{now})",
        ):
            connection.exec_driver_sql(f"INSERT INTO {row}")
    database.migrate()
    with database.read() as session:
        mask = session.get_one(MaskRow, "m")
        assert (mask.blob, mask.confidence_blob, mask.slice_uncertainty) == ("key", None, None)
        assert (mask.next_slices, mask.domain_shift) == (None, None)


def test_every_migration_can_be_undone(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "down.sqlite3"))
    database.migrate()
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.downgrade(alembic_config(connection), "base")
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}


def test_connections_are_durable_and_checked(database: Database) -> None:
    with database.engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout", "secure_delete")
        }
    assert pragma == {
        "journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 30000, "secure_delete": 1
    }  # fmt: skip


def test_deleted_rows_do_not_stay_in_the_files(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "d.sqlite3"))
    database.migrate()
    for index in range(20):
        with database.write() as session:
            session.add(ProjectRow(id=f"p{index}", owner="a", name="DOE^JOHN" * 20))
    assert any(b"DOE^JOHN" in path.read_bytes() for path in tmp_path.iterdir())
    with database.write() as session:
        for project in session.scalars(sa.select(ProjectRow)):
            session.delete(project)
    database.forget_deleted()
    assert not any(b"DOE^JOHN" in path.read_bytes() for path in tmp_path.iterdir())
    database.close()


def test_a_reader_does_not_keep_a_deletion_waiting(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "d.sqlite3"))
    database.migrate()
    with database.read() as session:
        session.scalars(sa.select(ProjectRow)).all()
        database.forget_deleted()  # gives up; the next one does it
    database.close()


def test_times_come_back_aware(database: Database) -> None:
    with database.write() as session:
        session.add(ProjectRow(id="p", owner="a", name="n"))
    with database.read() as session:
        created = session.get_one(ProjectRow, "p").created_at
    assert created.tzinfo is not None
    assert abs((utc_now() - created).total_seconds()) < 60


def test_a_slice_version_exists_once(database: Database) -> None:
    def version() -> AnnotationRow:
        return AnnotationRow(
            volume_id=volume.id, plane="axial", slice_index=1, version=1, state="painted",
            author="a", values=[1], rows=1, columns=1, data=b"",
        )  # fmt: skip

    with database.write() as session:
        session.add(ProjectRow(id="p", owner="a", name="n"))
        session.flush()
        volume = make_volume("p")
        session.add(volume)
        session.flush()
        session.add(version())
    with pytest.raises(IntegrityError, match="UNIQUE"), database.write() as session:
        session.add(version())


def test_deleting_a_project_deletes_what_hangs_on_it(database: Database) -> None:
    with database.write() as session:
        session.add(ProjectRow(id="p", owner="a", name="n"))
        session.flush()
        session.add_all(
            [make_volume("p"), LabelRow(project_id="p", value=1, code=1, name="l", color="#000000")]
        )
    with database.write() as session:
        session.delete(session.get_one(ProjectRow, "p"))
    with database.read() as session:
        assert session.scalars(sa.select(VolumeRow)).all() == []
        assert session.scalars(sa.select(LabelRow)).all() == []


def test_writers_wait_for_each_other_and_lose_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(ProjectRow(id="p", owner="a", name="0"))

    def count_up() -> None:
        for _ in range(20):
            with database.write() as session:  # reads, then writes: would lose updates without the lock
                project = session.get_one(ProjectRow, "p")
                project.name = str(int(project.name) + 1)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.get_one(ProjectRow, "p").name == "80"


def test_an_exception_rolls_back(database: Database) -> None:
    with pytest.raises(RuntimeError, match="stop"), database.write() as session:
        session.add(ProjectRow(owner="a", name="n"))
        raise RuntimeError("stop")
    with database.read() as session:
        assert session.scalars(sa.select(ProjectRow)).all() == []


def test_a_connection_from_when_the_disk_could_not_be_written_is_not_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite opens a file that it may not write for reading; the pool must not hand that out afterwards."""
    database.close()
    read_only = True

    def connect(_dialect: object, _record: object, arguments: list[str], _options: object) -> None:
        if read_only:
            arguments[0] = arguments[0].replace("mode=rw", "mode=ro")

    sa.event.listen(database.engine, "do_connect", connect)
    monkeypatch.setattr("storage.database.os.access", lambda *_: not read_only)
    for _ in range(3):
        with pytest.raises(OperationalError, match="readonly database"), database.write() as session:
            session.add(ProjectRow(owner="o", name="lost"))
    with database.read() as session:
        assert session.query(ProjectRow).count() == 0  # by a connection that stays in the pool
    read_only = False
    with database.write() as session:
        session.add(ProjectRow(owner="o", name="kept"))
    with database.read() as session:
        assert [project.name for project in session.query(ProjectRow)] == ["kept"]


def test_a_file_that_is_moved_away_keeps_its_log_and_works_when_it_is_back(tmp_path: Path) -> None:
    path, aside = tmp_path / "d.sqlite3", tmp_path / "aside.sqlite3"
    database = Database(sqlite_url(path))
    database.migrate()
    with database.write() as session:
        session.add(ProjectRow(id="p", owner="a", name="n"))
    path.rename(aside)
    other = Database(sqlite_url(path))  # as a worker that starts, or one more connection of the pool
    with pytest.raises(sa.exc.OperationalError, match="unable to open") as caught, other.read() as session:
        session.get(ProjectRow, "p")
    assert classify_database_error(caught.value) == "damaged"
    other.forget_deleted()
    assert not path.exists()
    assert (tmp_path / "d.sqlite3-wal").stat().st_size
    aside.rename(path)
    with other.read() as session:
        assert session.get(ProjectRow, "p") is not None
    database.close()
    other.close()


@pytest.mark.parametrize("name", ["a b.sqlite3", "q?mode=ro.sqlite3", "h#%41.sqlite3", "ä.sqlite3"])
def test_names_of_files_mean_themselves(tmp_path: Path, name: str) -> None:
    database = Database(sqlite_url(tmp_path / name))
    database.migrate()
    with database.write() as session:
        session.add(ProjectRow(id="p", owner="a", name="n"))
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_url_of_sqlites_own_kind_works(tmp_path: Path) -> None:
    database = Database(f"sqlite:///file:{tmp_path}/d.sqlite3?cache=private&uri=true")
    database.migrate()
    with database.write() as session:
        session.add(ProjectRow(id="p", owner="a", name="n"))
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == ["d.sqlite3"]
