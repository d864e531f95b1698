"""How often the database is asked where people log in and a slice is saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from backend.config import Config
from backend.services import Services
from tests.backend.accounts_helpers import person, services_with_logins
from tests.backend.tiny import axial_bytes, tiny_nifti
from ui.page import STATIC_DIR

ALL_OF_A_SAVE = 10  # 12 when shape, quota and row were asked for one after the other


@contextmanager
def statements(services: Services) -> Iterator[list[str]]:
    """What is asked of the database meanwhile, without what begins and ends transactions."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "PRAGMA")):
            found.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(services.database.engine, "before_cursor_execute", note)


def test_a_save_opens_the_project_once_before_it_writes(config: Config) -> None:
    services = services_with_logins(config)
    ada = person(services, STATIC_DIR, "Ada")
    project = ada.post("/api/projects", json={"name": "Livers"}).json()["id"]
    files = {"files": ("a.nii", tiny_nifti())}
    volume = ada.post(f"/api/projects/{project}/volumes", files=files).json()["id"]
    value = ada.post(f"/api/projects/{project}/labels", json={"name": "liver"}).json()["value"]
    headers = {"X-Base-Version": "0", "X-State": "painted"}
    places = [f"/api/volumes/{volume}/annotations/axial/{index}" for index in (0, 1)]
    assert ada.put(places[0], content=axial_bytes(value), headers=headers).status_code == 200
    with statements(services) as found:
        assert ada.put(places[1], content=axial_bytes(value), headers=headers).status_code == 200
    opened = [each for each in found if "FROM volume JOIN project" in " ".join(each.split())]
    assert len(opened) == 2, "before the body, which its shape limits, and in the writing transaction"
    assert len(found) == ALL_OF_A_SAVE, found
    services.close()
