"""Errors nobody foresaw become one sentence with a code that says whose turn it is."""

from __future__ import annotations

import errno
import sqlite3
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError, OperationalError
from starlette.testclient import TestClient

from backend.services import Services


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OperationalError("x", {}, sqlite3.OperationalError("database is locked")), 503, "busy"),
        (OperationalError("x", {}, sqlite3.OperationalError("database or disk is full")), 507, "disk_full"),
        (OSError(errno.ENOSPC, "no space"), 507, "disk_full"),
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
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(services.projects, "list_all", fail)
    answer = client.get("/api/projects")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "secret" not in answer.text
