"""Projects of earlier versions are painted in the plane that was chosen last in them."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command

from storage.database import Database, alembic_config, sqlite_url

DAY = "'2026-11-0{} 00:00:00.000000'"
# volume, project, plane, whether it was chosen, the day on which its encoding was asked for
VOLUMES = [
    ("a", "chosen", "coronal", 1, 2),
    ("b", "chosen", "sagittal", 1, 3),
    ("c", "chosen", "axial", 0, 4),
    ("d", "none", "coronal", 0, 2),
]


def test_a_project_takes_the_plane_that_was_chosen_last(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "old.sqlite3"), may_create=True)
    first = DAY.format(1)
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0027")
        for project in ("chosen", "none"):
            connection.exec_driver_sql(
                "INSERT INTO project (id, owner, name, next_label_value, created_at, changed_at, deidentify)"
                f" VALUES ('{project}', 'ada', 'n', 1, {first}, {first}, 0)"
            )
        for volume, project, plane, chosen, day in VOLUMES:
            connection.exec_driver_sql(
                "INSERT INTO volume (id, project_id, name, source_name, modality, geometry, display,"
                " content_hash, voxel_blob, plane, plane_chosen, encoding_state, encoding_token,"
                " encoding_done, encoding_attempts, encoding_requested_at, created_at) VALUES"
                f" ('{volume}', '{project}', 'n', 'n', 'CT', '{{}}', '{{}}', 'h', 'b', '{plane}', {chosen},"
                f" 'done', 0, 3, 0, {DAY.format(day)}, {first})"
            )
    database.migrate()
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        found = connection.exec_driver_sql("SELECT id, plane FROM project ORDER BY id").all()
        assert found == [("chosen", "sagittal"), ("none", None)]
        command.downgrade(alembic_config(connection), "0027")
        assert "plane" not in {each["name"] for each in sa.inspect(connection).get_columns("project")}
    database.close()
