"""A database of an earlier version: what its columns held is in the new ones, and comes back when undone."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa
from alembic import command

from storage.database import Database, alembic_config, sqlite_url
from storage.models import MaskRow, ModelRow, ProjectRow, utc_now

NOW = "'2026-11-01 00:00:00.000000'"


def test_the_warm_start_of_earlier_runs_gets_its_column(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "old.sqlite3"), may_create=True)
    settings = {"r1": {"warm_start_model_id": "m" * 32, "fit": {"steps": 3}}, "r2": {}, "r3": {"predict": {}}}
    settings["r4"] = {"warm_start_model_id": 7}  # written by a client
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0003")
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for run_id, values in settings.items():
            connection.execute(
                sa.text(
                    "INSERT INTO run (id, volume_id, kind, plane, settings, annotation_versions, labels,"
                    " state, stage, fraction, loss, report, created_at) VALUES (:id, 'v', 'propagate',"
                    f" 'axial', :settings, '{{}}', '[]', 'done', 'Done', 1, '[]', '{{}}', {NOW})"
                ),
                {"id": run_id, "settings": json.dumps(values)},
            )
        connection.execute(
            sa.text(
                f"INSERT INTO project VALUES ('p', 'a', 'n', 1, {NOW})",
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO volume (id, project_id, name, source_name, modality, geometry, display,"
                " content_hash, voxel_blob, plane, plane_chosen, encoding_state, encoding_token,"
                " encoding_done, encoding_attempts, created_at) VALUES"
                " ('v', 'p', 'n', 'n', 'CT', '{}', '{}', 'h', 'b',"
                f" 'axial', 0, 'done', 0, 3, 0, {NOW})"
            )
        )
    database.migrate()
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        rows = connection.execute(
            sa.text("SELECT id, settings, warm_start_model_id FROM run ORDER BY id")
        ).all()
        found = {row.id: (json.loads(row.settings), row.warm_start_model_id) for row in rows}
        assert found == {
            "r1": ({"fit": {"steps": 3}}, "m" * 32),
            "r2": ({}, None), "r3": ({"predict": {}}, None), "r4": ({}, None),
        }  # fmt: skip
        command.downgrade(alembic_config(connection), "0003")
        rows = connection.execute(sa.text("SELECT id, settings FROM run ORDER BY id")).all()
        assert json.loads(rows[0].settings) == settings["r1"]


def test_the_uncertainty_of_masks_keeps_its_values_under_its_new_name(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "old.sqlite3"), may_create=True)
    stored = json.dumps({"axial": [0.0, 1.5]})
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0003")
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for statement in (
            f"INSERT INTO project VALUES ('p', 'a', 'n', 1, {NOW})",
            "INSERT INTO volume (id, project_id, name, source_name, modality, geometry, display,"
            " content_hash, voxel_blob, plane, plane_chosen, encoding_state, encoding_token, encoding_done,"
            " encoding_attempts, created_at) VALUES ('v', 'p', 'n', 'n', 'CT', '{}', '{}', 'h', 'b', 'axial',"
            f" 0, 'done', 0, 3, 0, {NOW})",
            "INSERT INTO run (id, volume_id, kind, plane, settings, annotation_versions, labels, state,"
            " stage, fraction, loss, report, created_at) VALUES ('r', 'v', 'propagate', 'axial', '{}',"
            f" '{{}}', '[]', 'done', 'Done', 1, '[]', '{{}}', {NOW})",
            "INSERT INTO mask (id, volume_id, run_id, shape, labels, blob, slice_doubt, created_at) VALUES"
            f" ('m', 'v', 'r', '[]', '[]', 'b', '{stored}', {NOW}), ('n', 'v', 'r', '[]', '[]', 'b', NULL,"
            f" {NOW})",
        ):
            connection.execute(sa.text(statement.replace(":", "\\:")))
    database.migrate()
    with database.read() as session:
        masks = {mask.id: mask.slice_uncertainty for mask in session.query(MaskRow)}
    assert masks == {"m": {"axial": [0.0, 1.5]}, "n": None}
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.downgrade(alembic_config(connection), "0003")
        rows = connection.execute(sa.text("SELECT slice_doubt FROM mask ORDER BY id")).scalars().all()
    assert rows == [stored, None]
    database.close()


def with_earlier_model(folder: Path) -> Database:
    """A database of today's form, whose model is of revision 0011."""
    database = Database(sqlite_url(folder / "old.sqlite3"), may_create=True)
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0011")
        for statement in (
            f"INSERT INTO project VALUES ('p', 'a', 'n', 1, {NOW})",
            "INSERT INTO model (id, project_id, plane, encoder, labels, blob, created_at) VALUES"
            f" ('m', 'p', 'axial', 'e', '[]', 'b', {NOW})",
        ):
            connection.execute(sa.text(statement.replace(":", "\\:")))
    database.migrate()
    return database


def test_earlier_runs_and_models_get_no_choice(tmp_path: Path) -> None:
    database = with_earlier_model(tmp_path)
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        row = connection.execute(sa.text("SELECT method, encoder_name, seed FROM model")).one()
        assert tuple(row) == (None, None, None)
        command.downgrade(alembic_config(connection), "0011")
        columns = {column["name"] for column in sa.inspect(connection).get_columns("run")}
        assert not columns & {"encoder", "seed"}
    database.close()


def test_the_upgrade_counts_as_a_change_of_earlier_projects(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "old.sqlite3"), may_create=True)
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0013")
        insert = f"INSERT INTO project VALUES ('p', 'a', 'n', 1, {NOW})"
        connection.execute(sa.text(insert.replace(":", "\\:")))
    before = utc_now()
    database.migrate()
    with database.read() as session:
        project = session.get_one(ProjectRow, "p")
        assert before <= project.changed_at <= utc_now()
        assert (project.keep_days, project.deidentify, project.keep_warned_at) == (None, False, None)
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.downgrade(alembic_config(connection), "0013")
        names = {column["name"] for column in sa.inspect(connection).get_columns("project")}
    assert names == {"id", "owner", "name", "next_label_value", "created_at"}
    database.close()


def test_models_of_earlier_versions_get_no_sources(tmp_path: Path) -> None:
    database = with_earlier_model(tmp_path)
    with database.read() as session:
        assert session.get_one(ModelRow, "m").sources is None
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.downgrade(alembic_config(connection), "0016")
        inspector = sa.inspect(connection)
        assert not {"batch", "batch_volume"} & set(inspector.get_table_names())
        columns = {
            table: {c["name"] for c in inspector.get_columns(table)} for table in ("run", "model", "mask")
        }
    assert "sources" not in columns["run"] | columns["model"]
    assert "mean_confidence" not in columns["mask"]
    database.close()
