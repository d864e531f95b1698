"""Errors nobody foresaw become one sentence with a code that says whose turn it is."""

from __future__ import annotations

import errno
import sqlite3
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError, OperationalError
from starlette.testclient import TestClient

from backend.errors import BusyError, DamagedDataError
from backend.services import Services

Answers = tuple[int, str, str, bool]


def answer_to(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> Answers:
    """Status, code and sentence where a service raises ``error``, and whether to try again later is told."""

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(services.projects, "list_all", fail)
    answer = client.get("/api/projects")
    told = answer.json()["error"]
    return answer.status_code, told["code"], told["message"], "retry-after" in answer.headers


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BusyError("Two scans are read. Wait."), 503, "busy"),
        (DamagedDataError("The scan is damaged."), 500, "damaged"),
    ],
)
def test_errors_of_the_services_have_their_codes(
    client: TestClient,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    code: str,
) -> None:
    assert answer_to(client, services, monkeypatch, error) == (status, code, str(error), status == 503)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OperationalError("x", {}, sqlite3.OperationalError("database is locked")), 503, "busy"),
        (OperationalError("x", {}, sqlite3.OperationalError("database or disk is full")), 507, "disk_full"),
        (OSError(errno.ENOSPC, "no space"), 507, "disk_full"),
        (OSError(errno.EROFS, "read-only"), 500, "damaged"),
        (DatabaseError("x", {}, sqlite3.DatabaseError("database disk image is malformed")), 500, "damaged"),
        (ZeroDivisionError("secret detail"), 500, "internal"),
    ],
)
def test_what_went_wrong_is_told_without_details(
    client: TestClient,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    code: str,
) -> None:
    found, name, message, again = answer_to(client, services, monkeypatch, error)
    assert (found, name, again) == (status, code, status == 503)
    assert "secret" not in message
