"""Labels of earlier versions have no term."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command

from storage.database import Database, alembic_config, sqlite_url


def test_labels_that_were_there_have_no_term(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "old.sqlite3"), may_create=True)
    writing = database.engine.execution_options(fewshot_sam_write=True)
    with writing.begin() as connection:
        command.upgrade(alembic_config(connection), "0028")
        day = "'2026-11-01 00:00:00.000000'"
        connection.exec_driver_sql(
            "INSERT INTO project (id, owner, name, next_label_value, created_at, changed_at, deidentify)"
            f" VALUES ('p', 'ada', 'n', 2, {day}, {day}, 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO label (id, project_id, value, code, name, color)"
            " VALUES ('l', 'p', 1, 1, 'n', '#ff0000')"
        )
    database.migrate()
    with writing.begin() as connection:
        assert connection.exec_driver_sql("SELECT id, term FROM label").all() == [("l", None)]
        command.downgrade(alembic_config(connection), "0028")
        assert "term" not in {each["name"] for each in sa.inspect(connection).get_columns("label")}
    database.close()
