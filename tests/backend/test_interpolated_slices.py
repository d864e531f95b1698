"""Slices that were filled in between painted ones: kept as such, used by no run, never mixed with paint."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from backend.errors import UserError
from backend.schemas.answers import SavedSliceAnswer
from backend.schemas.enums import SliceState
from backend.services import Services
from fewshot_sam.errors import AnnotationError
from storage.database import Database, alembic_config, sqlite_url
from storage.models import AnnotationRow, RunRow
from tests.backend.conftest import OWNER
from tests.backend.tiny import axial_bytes

NOW = "'2026-11-01 00:00:00.000000'"


def save(
    services: Services, volume_id: str, index: int, data: bytes, state: str, base: int = 0
) -> SavedSliceAnswer:
    return services.annotations.save(OWNER, volume_id, "axial", index, data, state, base)


def test_they_are_stored_as_such_until_somebody_accepts_them(
    services: Services, volume_id: str, label_value: int
) -> None:
    data = axial_bytes(label_value)
    assert save(services, volume_id, 1, data, "interpolated").state == SliceState.INTERPOLATED
    assert services.annotations.get(OWNER, volume_id, "axial", 1)[1] == data
    accepted = save(services, volume_id, 1, data, "painted", 1)
    assert (accepted.version, accepted.state, accepted.merged) == (2, "painted", False)
    assert save(services, volume_id, 2, axial_bytes(0), "interpolated").state == SliceState.CLEARED


def test_no_run_starts_from_them(services: Services, volume_id: str, label_value: int) -> None:
    save(services, volume_id, 1, axial_bytes(label_value), "interpolated")
    with pytest.raises(AnnotationError, match="Paint a label on at least one axial slice"):
        services.runs.create(OWNER, volume_id, "propagate")
    save(services, volume_id, 2, axial_bytes(label_value), "painted")
    run = services.runs.create(OWNER, volume_id, "propagate")
    with services.database.read() as session:
        row = session.get(RunRow, run.id)
        assert row is not None and row.annotation_versions == {"2": 1}
    assert services.volumes.get(OWNER, volume_id).painted["axial"] == 1


def test_what_a_person_said_meanwhile_stands(services: Services, volume_id: str, label_value: int) -> None:
    painted, filled = axial_bytes(label_value), bytes(reversed(axial_bytes(label_value)))
    save(services, volume_id, 1, painted, "painted")
    late = save(services, volume_id, 1, filled, "interpolated", 0)
    assert (late.version, late.state, late.merged, late.gave_way) == (1, "painted", True, True)
    assert services.annotations.get(OWNER, volume_id, "axial", 1)[1] == painted
    save(services, volume_id, 2, filled, "interpolated")
    over = save(services, volume_id, 2, painted, "painted", 0)
    assert (over.version, over.state, over.merged) == (2, "painted", False)
    assert services.annotations.get(OWNER, volume_id, "axial", 2)[1] == painted


@pytest.mark.parametrize("said", ["painted", "empty"])
@pytest.mark.parametrize("sent", ["cleared", "interpolated"])
def test_who_withdraws_an_interpolated_slice_leaves_what_a_person_said(
    services: Services, volume_id: str, label_value: int, said: str, sent: str
) -> None:
    filled = axial_bytes(label_value)
    save(services, volume_id, 1, filled, "interpolated")
    kept = filled if said == "painted" else axial_bytes(0)
    save(services, volume_id, 1, kept, said, 1)
    withdrawn = axial_bytes(0) if sent == "cleared" else bytes(reversed(filled))
    late = save(services, volume_id, 1, withdrawn, sent, 1)
    assert (late.version, late.state, late.merged, late.conflicting_cells) == (2, said, True, 0)
    assert late.gave_way
    assert services.annotations.get(OWNER, volume_id, "axial", 1)[1] == kept
    assert save(services, volume_id, 1, axial_bytes(0), "cleared", 2).state == SliceState.CLEARED


def test_who_accepts_an_interpolated_slice_that_was_withdrawn_keeps_it(
    services: Services, volume_id: str, label_value: int
) -> None:
    filled = axial_bytes(label_value)
    save(services, volume_id, 1, filled, "interpolated")
    save(services, volume_id, 1, axial_bytes(0), "cleared", 1)
    late = save(services, volume_id, 1, filled, "painted", 1)
    assert (late.version, late.state, late.merged) == (3, "painted", False)
    assert services.annotations.get(OWNER, volume_id, "axial", 1)[1] == filled


def test_two_windows_that_interpolate_are_merged_as_interpolated(
    services: Services, volume_id: str, label_value: int
) -> None:
    save(services, volume_id, 1, axial_bytes(label_value), "interpolated")
    merged = save(services, volume_id, 1, bytes(reversed(axial_bytes(label_value))), "interpolated", 0)
    assert (merged.state, merged.merged, merged.gave_way) == ("interpolated", True, False)


def test_deleting_a_label_leaves_the_others_interpolated(
    services: Services, project_id: str, volume_id: str
) -> None:
    liver, spleen = (services.labels.create(OWNER, project_id, name) for name in ("liver", "spleen"))
    save(services, volume_id, 1, bytes([liver.value, spleen.value]) + bytes(28), "interpolated")
    with pytest.raises(UserError, match=r"painted on 1 slice\."):
        services.labels.delete(OWNER, liver.id)
    services.labels.delete(OWNER, liver.id, force=True)
    (latest,) = services.annotations.list_latest(OWNER, volume_id)
    assert (latest.state, latest.values) == ("interpolated", [spleen.value])


def test_slices_of_an_earlier_version_stay_as_they_were(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "old.sqlite3"), may_create=True)
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0009")
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for number, state in enumerate(("painted", "empty", "cleared")):
            connection.exec_driver_sql(
                'INSERT INTO annotation (id, volume_id, plane, slice_index, version, state, author, "values",'
                f" rows, columns, data, created_at) VALUES ({number}, 'v', 'axial', {number}, 1, '{state}',"
                f" 'a', '[1]', 5, 6, X'00', {NOW})"
            )
        for statement in (
            f"INSERT INTO project VALUES ('p', 'a', 'n', 1, {NOW})",
            "INSERT INTO volume (id, project_id, name, source_name, modality, geometry, display,"
            " content_hash, voxel_blob, plane, plane_chosen, encoding_state, encoding_token, encoding_done,"
            " encoding_attempts, created_at) VALUES ('v', 'p', 'n', 'n', 'CT', '{}', '{}', 'h', 'b', 'axial',"
            f" 0, 'done', 0, 3, 0, {NOW})",
        ):
            connection.execute(sa.text(statement.replace(":", "\\:")))
    database.migrate()
    with database.write() as session:
        assert [row.state for row in session.query(AnnotationRow)] == ["painted", "empty", "cleared"]
        session.query(AnnotationRow).filter_by(id=0).update({"state": "interpolated"})
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.downgrade(alembic_config(connection), "0009")
        states = connection.execute(sa.text("SELECT state FROM annotation ORDER BY id")).scalars().all()
    assert states == ["cleared", "empty", "cleared"]
    database.close()
