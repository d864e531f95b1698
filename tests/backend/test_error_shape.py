"""Whatever goes wrong, the answer has one shape: an error with a code, a sentence, and known details."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.errors import (
    BusyError,
    ConflictError,
    DamagedDataError,
    InvalidRequestError,
    NotFoundError,
    QuotaError,
    TooLargeError,
    TooManyError,
    UnknownLabelError,
    UnsupportedTypeError,
)
from backend.http.errors import user_error_response
from backend.schemas.enums import ErrorCode
from backend.schemas.errors import ErrorAnswer, ErrorFacts
from backend.services import Services
from fewshot_sam.errors import UserError
from tests.backend.tiny import axial_bytes

DETAILS = {name for name in ErrorFacts.model_fields if name not in ("code", "message")}


def checked(status: int, content: dict[str, Any]) -> tuple[int, str]:
    """Status and code of an error, whose shape is checked."""
    assert set(content) == {"error"}
    error = ErrorAnswer.model_validate(content).error
    assert error.message.endswith((".", "..."))
    assert set(content["error"]) - {"code", "message"} <= DETAILS
    return status, error.code


@pytest.mark.parametrize(
    ("method", "path", "more", "expected"),
    [
        ("GET", "/api/nothing", {}, (404, ErrorCode.NOT_FOUND)),
        ("GET", "/api/volumes/no-id", {}, (404, ErrorCode.NOT_FOUND)),
        ("PUT", "/api/projects", {}, (405, ErrorCode.METHOD_NOT_ALLOWED)),
        ("POST", "/api/projects", {"json": {"name": ""}}, (400, ErrorCode.BAD_REQUEST)),
        ("POST", "/api/projects", {"json": {"name": "a", "x": 1}}, (400, ErrorCode.BAD_REQUEST)),
        ("POST", "/api/projects", {"content": b"name=a"}, (415, ErrorCode.BAD_TYPE)),
        ("POST", "/api/projects", {"content": b" " * 70_000}, (413, ErrorCode.TOO_LARGE)),
        ("POST", "/api/projects", {"headers": {"X-Fewshot-Sam": "0"}}, (403, ErrorCode.FORBIDDEN)),
        ("GET", "/api/projects", {"headers": {"Host": "elsewhere.example"}}, (403, ErrorCode.FORBIDDEN)),
        ("GET", "/elsewhere", {}, (404, ErrorCode.NOT_FOUND)),
    ],
)
def test_refused_requests(
    client: TestClient, method: str, path: str, more: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = client.request(method, path, **more)
    assert checked(answer.status_code, answer.json()) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NotFoundError("It is gone."), (404, ErrorCode.NOT_FOUND)),
        (ConflictError("It changed.", version=3), (409, ErrorCode.CONFLICT)),
        (QuotaError("It is full."), (409, ErrorCode.QUOTA)),
        (TooLargeError("It is large."), (413, ErrorCode.TOO_LARGE)),
        (UnsupportedTypeError("It is XML."), (415, ErrorCode.BAD_TYPE)),
        (TooManyError("Wait."), (429, ErrorCode.TOO_MANY)),
        (BusyError("Wait."), (503, ErrorCode.BUSY)),
        (DamagedDataError("It is damaged."), (500, ErrorCode.DAMAGED)),
        (InvalidRequestError("It is wrong."), (400, ErrorCode.BAD_REQUEST)),
        (UnknownLabelError("It has no label."), (422, ErrorCode.UNKNOWN_LABEL)),
        (UserError("x" * 5000), (422, ErrorCode.USER_ERROR)),
    ],
)
def test_errors_of_the_services(error: UserError, expected: tuple[int, str]) -> None:
    answer = user_error_response(error)
    assert checked(answer.status_code, json.loads(bytes(answer.body))) == expected


def test_a_conflict_names_what_it_is_about(
    client: TestClient, services: Services, project_id: str, volume_id: str, label_value: int
) -> None:
    url = f"/api/volumes/{volume_id}/annotations/axial/1"
    client.put(url, content=axial_bytes(label_value), headers={"X-Base-Version": "0"})
    run = client.post(f"/api/volumes/{volume_id}/runs", json={"kind": "propagate"}).json()
    second = client.post(f"/api/volumes/{volume_id}/runs", json={"kind": "propagate"})
    assert checked(second.status_code, second.json()) == (409, ErrorCode.CONFLICT)
    assert second.json()["error"]["run_id"] == run["id"]
    label = client.get(f"/api/projects/{project_id}").json()["labels"][0]
    deleted = client.delete(f"/api/labels/{label['id']}")
    assert checked(deleted.status_code, deleted.json()) == (409, ErrorCode.CONFLICT)
    assert deleted.json()["error"]["slices"] == 1
