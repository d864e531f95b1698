"""Every route with odd values: never an answer of 500 or above, and always one JSON sentence for an error."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from backend.asker import Asker
from backend.http.bodies import MAX_BODY_BYTES
from backend.http.json_body import MAX_DEPTH
from backend.http.routes import build_api
from backend.schemas import requests
from backend.services import Services
from tests.backend.conftest import introduce_worker
from tests.backend.tiny import axial_bytes

pytestmark = pytest.mark.usefixtures("media_thread")  # else previews and surfaces are waited for

HUGE = "9" * 5000
TEXTS = (
    "",
    "\x00",
    "a\x00b",
    "\u202egnp.exe",
    "x" * 100_000,
    "../../etc/passwd",
    "%00",
    "\ufeff",
    "\u0301" * 500,
)
NUMBERS = (10**400, -(10**400), 2**63, 2**31 + 1, -1, 1.5, 1e308, True)
OTHERS = (None, [], {}, [[]], {"a": {"b": []}}, [None] * 1000)
RAW_BODIES = (
    b"", b"null", b"[]", b"{", b"\xff\xfe", b'"x"', b"NaN", b'{"name": NaN}', b'{"name": Infinity}',
    b'{"name": -Infinity}', b'{"name": "\\ud800"}', b'{"\\udfff": 1}', b'{"name": "a", "name": "b"}',
    b'{"name": ' + HUGE.encode() + b"}", b'{"code": 1e999}', b'{"name": "\\u0000"}',
    b'{"name": "x", "unknown": 1}', b"[" * 30_000, b'{"a":' * 10_000, b"[" * 100_000,
    b'{"name": "' + b"x" * 200_000 + b'"}', b'{"' + b"k" * 60_000 + b'": 1}',
)  # fmt: skip
PATH_VALUES = (
    "nope", "0" * 32 + "%0a", "Z" * 32, "%00", "a%00b", "..%2f..%2fetc%2fpasswd", "%2e%2e", HUGE, "-1", "1e5",
    "\uff11", quote("\u202e"), "%ff%fe", "a" * 300, "%5c..%5c", "1.5", "99999999999999999999",
)  # fmt: skip
HEADERS = (
    {"Range": f"bytes={HUGE}-{HUGE}"}, {"Range": "bytes=-" + HUGE}, {"Range": "bytes=\xb2-\xb3"},
    {"If-None-Match": '"\xff", W/,,*"' * 50}, {"If-Range": "\xff"}, {"Accept-Encoding": "gzip;q=\xff, br"},
    {"X-Base-Version": HUGE}, {"X-Base-Version": "-1"}, {"X-Base-Version": "\xb2"}, {"X-State": "\xff"},
    {"X-State": "x" * 5000}, {"Content-Encoding": "br"}, {"Cookie": "fewshot_sam_owner=\xff; ;;=\x01"},
    {"Origin": "http://["}, {"Origin": "http://[::1"}, {"Origin": "\xff"}, {"X-Forwarded-For": "\xff"},
    {"X-Forwarded-Proto": "\xff"}, {"X-Forwarded-Host": "["}, {"Content-Type": "\xff"},
    {"Content-Type": "multipart/form-data; boundary=" + "b" * 500},
    {"Content-Type": "multipart/form-data; boundary="}, {"Content-Length": HUGE}, {"Content-Length": "-5"},
    {"Content-Type": "multipart/form-data; boundary*=\xff''x"},
    {"Content-Type": 'multipart/form-data; boundary="a\\"'},
    {"Content-Length": "ten"}, {"Sec-Fetch-Site": "\xff"}, {"User-Agent": "x" * 10_000},
)  # fmt: skip


@pytest.fixture
def ids(services: Services, project_id: str, volume_id: str, label_value: int) -> dict[str, str]:
    """A value for each path parameter that names something that is there."""
    introduce_worker(services)
    label = services.projects.get(Asker("local"), project_id).labels[0].id
    services.annotations.save(Asker("local"), volume_id, "axial", 1, axial_bytes(label_value), "painted", 0)
    run = services.runs.create(Asker("local"), volume_id, "propagate").id
    nothing = "0" * 32
    return {
        "project_id": project_id, "volume_id": volume_id, "label_id": label, "run_id": run,
        "mask_id": nothing, "upload_id": nothing, "account_id": nothing, "batch_id": nothing,
        "model_id": nothing,
        "deleted_id": nothing, "comment_id": nothing,
        "plane": "axial", "slice_index": "1", "value": "1", "archive": "main", "fetch": nothing,
    }  # fmt: skip


def routes_of(api: FastAPI) -> list[tuple[str, str]]:
    """(method, path template) of all routes of the API; what deletes comes last."""
    paths = api.openapi()["paths"].items()
    routes = [(method.upper(), f"/api{path}") for path, methods in paths for method in methods]
    return sorted(routes, key=lambda route: route[0] == "DELETE")


def assert_civil(answer: Any) -> None:
    """Below 500; an error is one JSON sentence that does not send back what was sent at length."""
    if answer.url.path == "/api/ready" and answer.status_code == 503:
        return  # on a busy machine that is the truth
    assert answer.status_code < 500, answer.text[:300]
    if answer.status_code >= 400 and answer.status_code != 416:  # which has its sentence in Content-Range
        error = json.loads(answer.content)["error"]
        assert error["message"].endswith((".", "..."))
        assert len(answer.content) < 3000


@pytest.fixture
def all_routes(services: Services) -> list[tuple[str, str]]:
    found = routes_of(build_api(services))
    assert len(found) > 30
    assert ("POST", "/api/projects/{project_id}/volumes") in found
    return found


def test_every_route_refuses_odd_paths(
    client: TestClient, all_routes: list[tuple[str, str]], ids: dict[str, str]
) -> None:
    for method, template in all_routes:
        for parameter in [name for name in ids if f"{{{name}}}" in template]:
            for value in PATH_VALUES:
                url = template.format(**(ids | {parameter: value}))
                answer = client.request(method, url, headers={"X-Base-Version": "0"})
                assert_civil(answer)
                if method != "GET" and parameter.endswith("_id"):
                    assert answer.status_code >= 400


def test_every_route_refuses_odd_bodies(
    client: TestClient, all_routes: list[tuple[str, str]], ids: dict[str, str]
) -> None:
    for method, template in all_routes:
        url = template.format(**ids)
        for body in RAW_BODIES:
            for kind in ("application/json", "text/plain", ""):
                headers = {"Content-Type": kind, "X-Base-Version": "0"}
                assert_civil(client.request(method, url, content=body, headers=headers))


def test_every_route_refuses_odd_headers(
    client: TestClient, all_routes: list[tuple[str, str]], ids: dict[str, str]
) -> None:
    for method, template in all_routes:
        for headers in HEADERS:
            raw = {name: value.encode("latin-1") for name, value in headers.items()}
            assert_civil(client.request(method, template.format(**ids), headers=raw))


def test_every_query_parameter_is_bounded(
    client: TestClient, all_routes: list[tuple[str, str]], ids: dict[str, str]
) -> None:
    for method, template in all_routes:
        for name in ("version", "force", "format", "words", "unknown"):
            for value in (HUGE, "-1", "\x00", "\u202e", "x" * 5000, "%ud800", ""):
                headers = {"X-Base-Version": "0"}
                answer = client.request(method, template.format(**ids), params={name: value}, headers=headers)
                assert_civil(answer)


BODIES = [
    ("POST", "/api/workspace", requests.WorkspaceBody, {}),
    ("POST", "/api/projects", requests.ProjectBody, {"name": "a"}),
    ("PATCH", "/api/projects/{project_id}", requests.ProjectBody, {"name": "a"}),
    (
        "PUT",
        "/api/projects/{project_id}/rules",
        requests.ProjectRulesBody,
        {"keep_days": 30, "deidentify": False},
    ),
    ("POST", "/api/projects/{project_id}/labels", requests.NewLabelBody, {"name": "a"}),
    (
        "POST",
        "/api/projects/{project_id}/labels/restore",
        requests.RestoredLabelBody,
        {"value": 1, "code": 1, "name": "a", "color": "#ff0000"},
    ),
    ("PATCH", "/api/labels/{label_id}", requests.LabelBody, {}),
    ("POST", "/api/uploads/{upload_id}", requests.SeriesBody, {"series_uid": "1"}),
    ("PATCH", "/api/volumes/{volume_id}", requests.VolumeBody, {}),
    ("POST", "/api/volumes/{volume_id}/runs", requests.RunBody, {"kind": "propagate"}),
    ("POST", "/api/volumes/{volume_id}/masks", requests.TakeBody, {}),
    ("POST", "/api/runs/{run_id}/cancel", requests.CancelBody, {}),
    ("POST", "/api/masks/{mask_id}/current", requests.CurrentBody, {}),
    (
        "POST",
        "/api/volumes/{volume_id}/annotations/axial/revert",
        requests.RevertBody,
        {"slices": [[1, 0, 0]]},
    ),
    (
        "POST",
        "/api/volumes/{volume_id}/slices/axial/1/outline",
        requests.OutlineBody,
        {"box": [1, 1, 3, 3]},
    ),
]


def test_every_model_of_a_body_is_tried() -> None:
    models = {
        model
        for _, model in inspect.getmembers(requests, inspect.isclass)
        if issubclass(model, requests.Body) and model is not requests.Body
    }
    assert models == {model for _, _, model, _ in BODIES}


@pytest.mark.parametrize(("method", "template", "model", "valid"), BODIES, ids=[b[1] + b[0] for b in BODIES])
def test_every_field_of_every_body_is_bounded(
    client: TestClient,
    ids: dict[str, str],
    method: str,
    template: str,
    model: type[requests.Body],
    valid: dict[str, Any],
) -> None:
    for field in [*model.model_fields, "unknown", "", "x" * 5000, "\ud800"]:
        for value in (*TEXTS, *NUMBERS, *OTHERS):
            body = json.dumps({**valid, field: value})
            headers = {"Content-Type": "application/json"}
            answer = client.request(method, template.format(**ids), content=body, headers=headers)
            assert_civil(answer)
            if field not in model.model_fields:
                assert answer.status_code >= 400


@pytest.mark.parametrize("settings", [{"fit": []}, {"fit": 5}, {"fit": None}, [], "x", {"x": {}, "y": []}])
def test_settings_are_objects(client: TestClient, ids: dict[str, str], settings: Any) -> None:
    body = {"kind": "propagate", "settings": settings}
    answer = client.post(f"/api/volumes/{ids['volume_id']}/runs", json=body)
    assert_civil(answer)
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "BREW"])
def test_odd_methods(client: TestClient, method: str) -> None:
    for path in ("/api/projects", "/api/health", "/static/x", "/", "/robots.txt"):
        assert client.request(method, path).status_code < 500


def test_a_large_body_is_refused_without_being_read(client: TestClient) -> None:
    read = 0

    def chunks() -> Iterator[bytes]:
        nonlocal read
        for _ in range(400):
            read += 1
            yield b"x" * 1024 * 1024

    headers = {"Content-Type": "application/json"}
    told = client.post("/api/projects", content=b"x" * (MAX_BODY_BYTES + 1), headers=headers)
    untold = client.post("/api/projects", content=chunks(), headers=headers)
    for answer in (told, untold):
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
        assert "at most 64 KB" in answer.text


def test_deep_json_is_refused(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    for deep in (b"[" * 30_000 + b"]" * 30_000, b'{"a":' * 20 + b"1" + b"}" * 20):
        answer = client.post("/api/projects", content=deep, headers=headers)
        assert (answer.status_code, f"at most {MAX_DEPTH} deep" in answer.text) == (400, True)
    too_long = client.post("/api/projects", content=b"[" * 100_000 + b"]" * 100_000, headers=headers)
    assert too_long.status_code == 413


def test_json_must_be_called_json(client: TestClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        answer = client.post("/api/projects", content=b'{"name": "x"}', headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "bad_type")
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert client.post("/api/projects", content=b'{"name": "x"}', headers=headers).status_code == 201
