"""Rows become the answers that the API has always given, those of earlier versions too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from backend.queries.answers import upgrade_report
from backend.services import Services
from storage.models import MaskRow, ModelRow, RunRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.tiny import tiny_volume

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def add_run(services: Services, volume_id: str, seconds: int, **values: object) -> str:
    """A run that was asked for at a moment, with a mask."""
    with services.database.write() as session:
        run = RunRow(
            volume_id=volume_id,
            kind="propagate",
            plane="axial",
            settings={},
            annotation_versions={},
            labels=[],
            created_at=START + timedelta(seconds=seconds),
            **values,
        )
        session.add(run)
        session.flush()
        session.add(MaskRow(volume_id=volume_id, run_id=run.id, shape=[1, 1, 1], labels=[], blob="b"))
        return run.id


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ({}, {}),
        ({"1": {"name": "liver", "dice": 0.5}}, {"1": {"name": "liver", "dice": 0.5}}),
        ({"2": {"left_out_dice": 0.8}}, {"2": {"cross_validated_dice": 0.8}}),
        ({"2": {"cross_validated_dice": None}}, {"2": {"cross_validated_dice": None}}),
    ],
)
def test_reports_of_earlier_versions_have_todays_keys(
    services: Services, volume_id: str, stored: dict, read: dict
) -> None:
    assert upgrade_report(stored) == read
    run_id = add_run(services, volume_id, 0, report=stored)
    assert services.runs.get(OWNER, run_id).model_dump()["report"] == read


def test_the_newest_run_is_the_one_asked_for_last(services: Services, volume_id: str) -> None:
    newest = add_run(services, volume_id, 20)
    older = add_run(services, volume_id, 10)
    assert [run.id for run in services.runs.of_volume(OWNER, volume_id)] == [newest, older]
    answer = services.volumes.get(OWNER, volume_id)
    assert answer.run is not None
    assert answer.run.id == newest


def test_the_newest_model_stays_with_the_volume_whatever_became_of_its_newest_run(
    services: Services, volume_id: str
) -> None:
    assert services.volumes.get(OWNER, volume_id).model_id is None
    with services.database.write() as session:
        project = session.get_one(VolumeRow, volume_id).project_id
        models = [
            ModelRow(
                project_id=project,
                volume_id=volume_id,
                plane="axial",
                encoder="e",
                labels=[],
                blob="b",
                created_at=START + timedelta(seconds=k),
            )
            for k in (1, 2, 0)
        ]
        session.add_all(models)
        session.flush()
        newest = models[1].id
    add_run(services, volume_id, 20, state="cancelled")
    assert services.volumes.get(OWNER, volume_id).model_id == newest


def test_each_run_has_its_own_mask(services: Services, volume_id: str) -> None:
    ids = [add_run(services, volume_id, seconds) for seconds in (1, 2)]
    with services.database.read() as session:
        made = {mask.run_id: mask.id for mask in session.query(MaskRow)}
    assert {run.id: run.mask_id for run in services.runs.of_volume(OWNER, volume_id)} == made
    assert set(made) == set(ids)


def test_a_project_is_read_in_as_many_queries_as_a_volume(
    services: Services, project_id: str, volume_id: str
) -> None:
    def queries() -> int:
        counted: list[str] = []
        event.listen(services.database.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
        services.projects.get(OWNER, project_id)
        return len(counted)

    add_run(services, volume_id, 0)
    with_one = queries()
    for number in range(5):
        other = services.volumes.add(OWNER, project_id, tiny_volume(), f"{number}.nii").id
        add_run(services, other, number)
    assert queries() == with_one


def test_moments_are_iso_with_milliseconds_and_zone(services: Services, volume_id: str) -> None:
    run_id = add_run(services, volume_id, 0, started_at=START, finished_at=START + timedelta(seconds=2.5))
    run = services.runs.get(OWNER, run_id)
    assert run.elapsed_s == 2.5
    assert run.model_dump()["started_at"] == "2026-01-02T03:04:05.678+00:00"


def test_what_a_method_adds_to_its_report_is_kept(services: Services, volume_id: str) -> None:
    report = {"1": {"name": "liver", "voxels": 8, "volume_ml": 1.5, "loops": 3, "note": "x", "ok": True}}
    run_id = add_run(services, volume_id, 0, report=report)
    assert services.runs.get(OWNER, run_id).model_dump()["report"] == report
