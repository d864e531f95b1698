"""When what is in the bin goes: after 30 days, whatever the clock says, and each thing for itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from backend.errors import NotFoundError
from backend.schemas.limits import DAYS_IN_BIN
from backend.services import Services
from storage.models import utc_now
from tests.backend.data_folders import OWNER
from tests.backend.tiny import tiny_volume


def expire_at(services: Services, now: datetime) -> int:
    """A round of a server whose clocks agree."""
    return services.deleted.expire(now, steady=now.timestamp())


def test_after_thirty_days_it_is_deleted_for_good(
    services: Services, project_id: str, volume_id: str
) -> None:
    services.volumes.delete(OWNER, volume_id)
    now = utc_now()
    assert expire_at(services, now + timedelta(days=DAYS_IN_BIN - 1, seconds=30)) == 0
    assert expire_at(services, now + timedelta(days=DAYS_IN_BIN, seconds=-60)) == 0
    assert expire_at(services, now + timedelta(days=DAYS_IN_BIN, seconds=60)) == 1
    assert services.deleted.of_project(OWNER, project_id) == []
    with pytest.raises(NotFoundError):
        services.deleted.restore(OWNER, volume_id)
    assert services.deleted.expire in services.upkeep


def test_a_clock_that_jumps_does_not_empty_the_bin(
    services: Services, project_id: str, volume_id: str
) -> None:
    services.volumes.delete(OWNER, volume_id)
    start, day = utc_now(), timedelta(days=1)
    expire = services.deleted.expire
    assert expire(start + 29.5 * day, steady=0) == 0  # marked
    assert expire(start + 1000 * day, steady=300) == 0
    assert expire(start + 1000.9 * day, steady=300 + 0.9 * 86400) == 0
    assert expire(start + 30.5 * day, steady=86400) == 0  # somebody set the clock right
    assert expire(start + 31.4 * day, steady=1.9 * 86400) == 0
    assert expire(start + 31.6 * day, steady=2.1 * 86400) == 1


def test_a_clock_that_was_wrong_while_the_server_was_off_leaves_a_day(
    services: Services, project_id: str, volume_id: str
) -> None:
    services.volumes.delete(OWNER, volume_id)
    later, day = utc_now() + timedelta(days=1000), timedelta(days=1)
    assert [expire_at(services, later + part * day) for part in (0, 0.9, 1)] == [0, 0, 1]


def test_what_was_deleted_in_the_future_was_deleted_now(
    services: Services, project_id: str, volume_id: str
) -> None:
    services.volumes.delete(OWNER, volume_id)
    past = utc_now() - timedelta(days=100)
    expire_at(services, past)
    (deleted,) = services.deleted.of_project(OWNER, project_id)
    assert deleted.deleted_at == past
    assert [expire_at(services, past + timedelta(days=days)) for days in (29, 30)] == [0, 1]


def test_what_cannot_be_deleted_for_good_keeps_nothing_else(
    services: Services, project_id: str, volume_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = services.volumes.add(OWNER, project_id, tiny_volume(), "other.nii").id
    for each in (volume_id, other):
        services.volumes.delete(OWNER, each)
    with services.database.engine.begin() as connection:  # past every service
        connection.exec_driver_sql("UPDATE volume SET review = 'accepted' WHERE name = 'tiny'")
        connection.exec_driver_sql("UPDATE volume SET review = NULL WHERE id = ?", (other,))
    later = utc_now() + timedelta(days=100)
    assert [expire_at(services, later + timedelta(days=days)) for days in (0, 1)] == [0, 1]
    (left,) = services.deleted.of_project(OWNER, project_id)
    assert left.id == volume_id != other
    assert f"{left.id} is in the bin and could not be deleted for good" in caplog.text
