"""Who began a reading is no column any more; readings of earlier versions stay as they are."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command

from storage.database import Database, alembic_config, sqlite_url

NOW = "'2026-11-01 00:00:00.000000'"
PEOPLE = "SELECT reader, number, started_by FROM reading"


def test_readings_stay_without_who_began_them(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "old.sqlite3"), may_create=True)
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0026")
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        connection.exec_driver_sql(
            "INSERT INTO project (id, owner, name, next_label_value, created_at, changed_at, deidentify)"
            f" VALUES ('p', 'ada', 'n', 1, {NOW}, {NOW}, 0)"
        )
        for volume in ("scan", "second"):
            connection.exec_driver_sql(
                "INSERT INTO volume (id, project_id, name, source_name, modality, geometry, display,"
                " content_hash, voxel_blob, plane, plane_chosen, encoding_state, encoding_token,"
                f" encoding_done, encoding_attempts, created_at) VALUES ('{volume}', 'p', 'n', 'n', 'CT',"
                f" '{{}}', '{{}}', 'h', 'b', 'axial', 0, 'done', 0, 3, 0, {NOW})"
            )
        connection.exec_driver_sql(
            "INSERT INTO reading (volume_id, of_id, project_id, reader, number, started_by, created_at)"
            f" VALUES ('second', 'scan', 'p', 'ben', 2, 'root', {NOW})"
        )
    database.migrate()
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        assert "started_by" not in {each["name"] for each in sa.inspect(connection).get_columns("reading")}
        assert connection.exec_driver_sql("SELECT reader, number FROM reading").all() == [("ben", 2)]
        command.downgrade(alembic_config(connection), "0026")
        assert connection.exec_driver_sql(PEOPLE).all() == [("ben", 2, "ada")]
    database.close()
