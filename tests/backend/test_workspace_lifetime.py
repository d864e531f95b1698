"""How long work is kept: a day where visitors come and go, for ever where people have accounts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.asker import Asker
from backend.config import Config
from backend.services import Services, build_services
from storage.models import OwnerRow, utc_now
from tests.backend.clients import make_client

MakeServices = Callable[..., Services]


@pytest.fixture
def services_with(config: Config) -> Iterator[MakeServices]:
    opened: list[Services] = []

    def make(**changes: object) -> Services:
        opened.append(build_services(dataclasses.replace(config, multi_user=True, **changes)))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for services in opened:
        services.close()


def test_who_is_active_keeps_what_is_kept_for_a_day(services_with: MakeServices, tmp_path: Path) -> None:
    """Activity is noted by the hour there: by the day, what was changed an hour ago could be deleted."""
    services = services_with(keep_days=1)
    visitor = make_client(services, tmp_path)
    project = visitor.post("/api/workspace").json()[0]["id"]
    with services.database.write() as session:
        (owner,) = session.scalars(select(OwnerRow))
        owner.last_seen_at = utc_now() - timedelta(hours=23)
    visitor.post(f"/api/projects/{project}/labels", json={"name": "spleen"})
    visitor.post("/api/projects", json={"name": "mine"})
    assert services.workspaces.expire(utc_now() + timedelta(hours=23, minutes=59)) == 0
    assert services.workspaces.expire(utc_now() + timedelta(hours=25, minutes=1)) == 1


def test_who_has_an_account_keeps_everything(services_with: MakeServices) -> None:
    services = services_with(auth=True)
    services.workspaces.open(Asker("a"))
    assert services.workspaces.expire(utc_now() + timedelta(days=1000)) == 0
    services.close()
    limited = services_with(auth=True, keep_days=30)
    assert limited.workspaces.expire(utc_now() + timedelta(days=29)) == 0  # the demo as it was left, too
    assert limited.workspaces.expire(utc_now() + timedelta(days=32)) == 1
