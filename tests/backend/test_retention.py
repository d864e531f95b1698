"""How long projects are kept: what counts as a change, when it is said, what a wrong clock does not do."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from backend.audit_trail import read_trail
from backend.config import Config
from backend.errors import InvalidRequestError, NotFoundError
from backend.queries.retention import retention_of
from backend.services import Services, build_services
from backend.services.retention import BY_THE_RULE, MAX_AT_ONCE
from storage.models import ProjectRow, RunRow, UploadRow, utc_now
from tests.backend.clients import make_client
from tests.backend.data_folders import OWNER
from tests.backend.tiny import axial_bytes, tiny_volume

DAY = timedelta(days=1)
MakeServices = Callable[..., Services]


@pytest.fixture
def services_with(config: Config) -> Iterator[MakeServices]:
    opened: list[Services] = []

    def make(**changes: object) -> Services:
        opened.append(build_services(dataclasses.replace(config, **changes)))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for services in opened:
        services.close()


def kept_project(services: Services, days: int | None = 30, name: str = "Livers") -> str:
    project_id = services.projects.create(OWNER, name).id
    services.projects.set_rules(OWNER, project_id, days, deidentify=False)
    return project_id


def row(services: Services, project_id: str) -> ProjectRow:
    with services.database.read() as session:
        return session.get_one(ProjectRow, project_id)


def changed(services: Services, project_id: str) -> datetime:
    return row(services, project_id).changed_at


def sweep_at(services: Services, now: datetime) -> int:
    """A round of a server whose clocks agree."""
    return services.retention.sweep(now, steady=now.timestamp())


def days_of_server(services: Services, start: datetime, days: float) -> int:
    """Rounds every 12 hours; how many projects were deleted."""
    return sum(sweep_at(services, start + DAY * step / 2) for step in range(int(days * 2) + 1))


@pytest.mark.parametrize(("days", "warned_before"), [(365, 14), (30, 14), (10, 5), (1, 0.5)])
def test_the_end_is_near_two_weeks_before_or_half_of_a_shorter_period(
    days: int, warned_before: float
) -> None:
    now = utc_now()
    kept = retention_of(ProjectRow(keep_days=days, changed_at=now), None, now)
    assert kept is not None
    assert kept.warned_from == now + DAY * (days - warned_before)
    assert kept.deleted_at == max(now + DAY * days, kept.warned_from + DAY)
    assert [kept.is_near(kept.warned_from - DAY / 100), kept.is_near(kept.warned_from)] == [False, True]


@pytest.mark.parametrize(
    ("own", "limit", "days", "by_server"),
    [
        (30, None, 30, False),
        (None, 90, 90, True),
        (30, 90, 30, False),
        (365, 90, 90, True),
        (90, 90, 90, False),
    ],
)
def test_the_shorter_of_rule_and_limit_counts(
    own: int | None, limit: int | None, days: int, by_server: bool
) -> None:
    now = utc_now()
    kept = retention_of(ProjectRow(keep_days=own, changed_at=now), limit, now)
    assert kept is not None
    assert (kept.days, kept.by_server) == (days, by_server)


def test_without_a_rule_a_project_is_kept_for_ever(services: Services) -> None:
    project_id = kept_project(services, None)
    assert days_of_server(services, utc_now() + 5000 * DAY, 3) == 0
    assert services.projects.get(OWNER, project_id).deleted_at is None


def test_a_project_goes_when_its_time_is_over(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    project_id, other = kept_project(services, name="Mr. Smith"), kept_project(services, None)
    services.volumes.add(OWNER, project_id, tiny_volume(), "smith.nii")
    blobs = set(services.blobs.keys())
    start = utc_now()
    with caplog.at_level(logging.INFO):
        assert days_of_server(services, start, 29.5) == 0
        assert row(services, project_id).keep_warned_at is not None
        assert sweep_at(services, start + 30.5 * DAY) == 1
    with pytest.raises(NotFoundError):
        services.projects.get(OWNER, project_id)
    assert blobs and not set(services.blobs.keys())
    assert services.projects.get(OWNER, other).name == "Livers"
    assert "Deleted 1 projects by their retention rule." in caplog.text
    assert "smith" not in caplog.text.lower()


def test_whatever_changes_a_project_begins_its_time_anew(services: Services) -> None:
    project_id = kept_project(services)
    moments = [changed(services, project_id)]

    def is_a_change() -> None:
        moments.append(changed(services, project_id))
        assert moments[-1] > moments[-2]

    label = services.labels.create(OWNER, project_id, "liver")
    is_a_change()
    services.labels.change(OWNER, label.id, name="spleen")
    is_a_change()
    volume = services.volumes.add(OWNER, project_id, tiny_volume(), "a.nii").id
    is_a_change()
    services.volumes.change(OWNER, volume, name="b")
    is_a_change()
    services.annotations.save(OWNER, volume, "axial", 1, axial_bytes(label.value), "painted", 0)
    is_a_change()
    run = services.runs.create(OWNER, volume, "propagate")
    is_a_change()
    services.runs.cancel(OWNER, run.id)
    is_a_change()
    services.projects.rename(OWNER, project_id, "Spleens")
    is_a_change()
    services.volumes.new_upload_folder(OWNER, project_id)
    is_a_change()
    services.labels.delete(OWNER, label.id, force=True)
    is_a_change()
    services.volumes.delete(OWNER, volume)
    is_a_change()


def test_reading_changes_nothing(services: Services, project_id: str, volume_id: str) -> None:
    before = changed(services, project_id)
    services.projects.get(OWNER, project_id)
    services.projects.list_all(OWNER)
    services.volumes.get(OWNER, volume_id)
    services.volumes.voxel_file(OWNER, volume_id)
    services.volumes.change(OWNER, volume_id, first_slice=2)  # as the page says which slice it shows
    services.annotations.list_latest(OWNER, volume_id)
    assert changed(services, project_id) == before


def test_a_change_takes_the_warning_back(services: Services) -> None:
    project_id = kept_project(services)
    with services.database.write() as session:
        session.get_one(ProjectRow, project_id).changed_at = utc_now() - 20 * DAY
    sweep_at(services, utc_now())
    told = services.projects.get(OWNER, project_id)
    assert told.deletion_near and told.deleted_at is not None
    assert 9 * DAY < told.deleted_at - utc_now() < 10 * DAY
    services.labels.create(OWNER, project_id, "liver")
    assert row(services, project_id).keep_warned_at is None
    assert not services.projects.get(OWNER, project_id).deletion_near


def test_a_clock_that_jumps_deletes_nothing_at_once(services: Services) -> None:
    project_id = kept_project(services)
    start = utc_now()
    services.retention.sweep(start, steady=0)
    services.retention.sweep(start + 20 * DAY, steady=20 * DAY.total_seconds())  # marked, in its own time
    later, steady = start + 1000 * DAY, 20 * DAY.total_seconds() + 300
    assert services.retention.sweep(later, steady) == 0
    assert row(services, project_id).keep_warned_at == later
    assert services.retention.sweep(later + 0.9 * DAY, steady + 0.9 * DAY.total_seconds()) == 0
    back = start + 21 * DAY  # somebody set the clock right
    assert services.retention.sweep(back, steady + 0.95 * DAY.total_seconds()) == 0
    assert row(services, project_id).keep_warned_at == back
    assert services.retention.sweep(start + 31 * DAY, steady + 10 * DAY.total_seconds()) == 1


def test_after_a_jump_while_the_server_was_off_there_is_a_day(services: Services) -> None:
    kept_project(services)
    later = utc_now() + 1000 * DAY
    assert sweep_at(services, later) == 0
    assert sweep_at(services, later + 0.99 * DAY) == 0
    assert sweep_at(services, later + DAY) == 1


def test_a_change_in_the_future_is_moved_to_now(services: Services) -> None:
    project_id = kept_project(services)
    with services.database.write() as session:
        session.get_one(ProjectRow, project_id).changed_at = utc_now() + 5000 * DAY
    now = utc_now()
    sweep_at(services, now)
    assert changed(services, project_id) == now


def test_one_round_deletes_a_few(services: Services) -> None:
    for number in range(MAX_AT_ONCE + 3):
        kept_project(services, name=f"p{number}")
    later = utc_now() + 100 * DAY
    assert [sweep_at(services, later + DAY * day) for day in (0, 1, 1.1, 1.2)] == [0, MAX_AT_ONCE, 3, 0]


def test_a_run_or_a_waiting_upload_postpones(services: Services) -> None:
    running, waiting = kept_project(services), kept_project(services)
    label = services.labels.create(OWNER, running, "liver").value
    volume = services.volumes.add(OWNER, running, tiny_volume(), "a.nii").id
    services.annotations.save(OWNER, volume, "axial", 1, axial_bytes(label), "painted", 0)
    run = services.runs.create(OWNER, volume, "propagate")
    with services.database.write() as session:
        session.add(UploadRow(id="0" * 32, project_id=waiting, choices=[]))
    later = utc_now() + 100 * DAY
    assert days_of_server(services, later, 3) == 0
    with services.database.write() as session:
        session.delete(session.get_one(UploadRow, "0" * 32))
        session.delete(session.get_one(RunRow, run.id))
        session.flush()
        for project_id in (running, waiting):
            session.get_one(ProjectRow, project_id).changed_at = utc_now()
    assert days_of_server(services, later + 3 * DAY, 3) == 2


def test_the_limit_of_the_server_counts_without_a_rule_and_caps_one(services_with: MakeServices) -> None:
    services = services_with(max_keep_days=90)
    project_id = services.projects.create(OWNER, "p").id
    with pytest.raises(InvalidRequestError, match="keeps a project for 90 days at most, got 365"):
        services.projects.set_rules(OWNER, project_id, 365, deidentify=False)
    told = services.projects.get(OWNER, project_id)
    assert (told.keep_days, told.kept_by_server) == (None, True)
    assert services.system.describe().max_keep_days == 90
    assert days_of_server(services, utc_now() + 80 * DAY, 9) == 0
    assert days_of_server(services, utc_now() + 89.5 * DAY, 1.5) == 1


def test_a_mark_does_not_outlive_its_rule(services_with: MakeServices) -> None:
    limited = services_with(max_keep_days=30)
    project_id = limited.projects.create(OWNER, "p").id
    sweep_at(limited, utc_now() + 20 * DAY)
    limited.close()
    free = services_with()
    sweep_at(free, utc_now() + 21 * DAY)
    assert row(free, project_id).keep_warned_at is None


def test_the_audit_trail_says_why(services_with: MakeServices) -> None:
    services = services_with(multi_user=True, auth=True)
    project_id = kept_project(services)
    later = utc_now() + 100 * DAY
    sweep_at(services, later)
    assert sweep_at(services, later + DAY) == 1
    (entry,) = read_trail(services.config.audit_file)
    assert (entry.action, entry.path, entry.account) == (BY_THE_RULE, f"/api/projects/{project_id}", None)


def test_the_rules_over_http(services: Services, tmp_path: Path) -> None:
    client = make_client(services, tmp_path)
    project = client.post("/api/projects", json={"name": "p"}).json()
    assert [project[key] for key in ("keep_days", "deleted_at", "deletion_near", "deidentify")] == [
        None, None, False, False,
    ]  # fmt: skip
    rules = f"/api/projects/{project['id']}/rules"
    told = client.put(rules, json={"keep_days": 90, "deidentify": True}).json()
    assert [told["keep_days"], told["deidentify"], told["kept_by_server"]] == [90, True, False]
    assert 89 * DAY < datetime.fromisoformat(told["deleted_at"]) - utc_now() < 91 * DAY
    (listed,) = client.get("/api/projects").json()
    assert listed["deleted_at"] == told["deleted_at"]
    for days in (0, 3651, 1.5, "30"):
        assert client.put(rules, json={"keep_days": days, "deidentify": True}).status_code == 400
    nobodys = f"/api/projects/{'0' * 32}/rules"
    assert client.put(nobodys, json={"keep_days": 1, "deidentify": False}).status_code == 404
    assert client.put(rules, json={"keep_days": None, "deidentify": False}).json()["deleted_at"] is None
