"""Extreme values to every route of a real server with its real worker: refused or done, and nothing suffers.

The limits on time and memory are those the project promises for hostile requests (docs/reliability.md).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.config import Config
from backend.http.routes import build_api
from backend.services import build_services
from benchmarks.attacks.server import MEBIBYTE, AttackedServer, memory_bytes
from tests.backend import extremes
from tests.backend.extremes import Route
from tests.backend.tiny import axial_bytes, write_tiny_nifti

pytestmark = [pytest.mark.slow, pytest.mark.thorough]
ANSWER_LIMIT_S = 2.0
SERVER_LIMIT_BYTES, WORKER_LIMIT_BYTES = 600 * MEBIBYTE, 3000 * MEBIBYTE
RUN_DEADLINE_S = 240.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttackedServer]:
    with AttackedServer(tmp_path_factory.mktemp("extremes") / "home") as server:
        server.wait_for_worker()
        yield server


@pytest.fixture(scope="module")
def visitor(server: AttackedServer) -> Iterator[httpx.Client]:
    with server.visitor(timeout_s=30.0) as client:
        yield client


@pytest.fixture(scope="module")
def known(visitor: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Ids of things that exist and belong to the visitor, by the names of path parameters."""
    project = visitor.post("/api/projects", json={"name": "p"}).json()["id"]
    label = visitor.post(f"/api/projects/{project}/labels", json={"name": "l"}).json()
    path = write_tiny_nifti(tmp_path_factory.mktemp("scan") / "tiny.nii")
    files = {"files": (path.name, path.read_bytes())}
    volume = visitor.post(f"/api/projects/{project}/volumes", files=files).json()["id"]
    address = f"/api/volumes/{volume}/annotations/axial/1"
    saved = visitor.put(address, content=axial_bytes(label["value"]), headers={"X-Base-Version": "0"})
    assert saved.status_code == 200
    return {
        "project_id": project,
        "label_id": label["id"],
        "volume_id": volume,
        "plane": "axial",
        "slice_index": "1",
        "value": "1",
    }


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[Route]:
    services = build_services(Config.for_home(tmp_path_factory.mktemp("routes") / "home"))
    found = extremes.routes_of(build_api(services))
    services.close()
    assert len(found) > 25
    return found


def send(client: httpx.Client, method: str, url: str, **request: object) -> httpx.Response:
    """Send once; again if the answer took long, since the machine may have been busy just then."""
    what = f"{method} {url[:100]} {str(request)[:200]}"
    for _ in range(2):
        started = time.monotonic()
        answer = client.request(method, url, **request)  # type: ignore[arg-type]
        if time.monotonic() - started < ANSWER_LIMIT_S:
            break
    else:
        pytest.fail(f"{what} took over {ANSWER_LIMIT_S} s")
    is_truth = url.startswith("/api/ready") and answer.status_code == 503
    assert answer.status_code < 500 or is_truth, f"{what}: {answer.text[:200]}"
    return answer


def check_unharmed(server: AttackedServer, worker_pid: int | None) -> None:
    assert server.alive
    assert memory_bytes(server.pid, "VmRSS") < SERVER_LIMIT_BYTES
    assert server.worker_pid() == worker_pid, "the worker ended"
    assert memory_bytes(worker_pid or 0, "VmRSS") < WORKER_LIMIT_BYTES


def test_every_field_of_every_body(
    server: AttackedServer, visitor: httpx.Client, known: dict[str, str], routes: list[Route]
) -> None:
    worker_pid = server.worker_pid()
    with_body = [route for route in routes if route.body is not None]
    assert {route.body.__name__ for route in with_body if route.body} >= {"ProjectBody", "RunBody"}
    for route in with_body:
        url = route.url({name: known.get(name, "0" * 32) for name in route.path_names})
        assert route.body is not None
        for text in extremes.bodies(route.body):
            send(visitor, route.method, url, content=text, headers={"Content-Type": "application/json"})
    check_unharmed(server, worker_pid)


def test_every_part_of_every_path_query_and_header(
    server: AttackedServer, visitor: httpx.Client, known: dict[str, str], routes: list[Route]
) -> None:
    worker_pid = server.worker_pid()
    for route in routes:
        content = "{}" if route.body is not None else b""
        headers = {"Content-Type": "application/json"} if route.body is not None else {}
        for values in extremes.path_values(route, known):
            send(visitor, route.method, route.url(values), content=content, headers=headers)
        if route.method == "DELETE":
            continue  # what the other requests need stays
        url = route.url({name: known.get(name, "0" * 32) for name in route.path_names})
        for segment in extremes.SEGMENTS:
            for name in route.query_names:
                send(visitor, route.method, f"{url}?{name}={segment}", content=content, headers=headers)
            for name in route.header_names:
                send(visitor, route.method, url, content=content, headers={**headers, name: segment})
    check_unharmed(server, worker_pid)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_json_to_any_route(
    visitor: httpx.Client, known: dict[str, str], routes: list[Route], data: st.DataObject
) -> None:
    import json

    route = data.draw(st.sampled_from([route for route in routes if route.body is not None]))
    assert route.body is not None
    fields = st.sampled_from([*route.body.model_fields, "surprise"])
    body = data.draw(JSON | st.dictionaries(fields, JSON, max_size=5))
    url = route.url({name: known.get(name, "0" * 32) for name in route.path_names})
    text = json.dumps(body)
    send(visitor, route.method, url, content=text, headers={"Content-Type": "application/json"})


def end_readings(visitor: httpx.Client, project_id: str) -> None:
    """The visitor was asked to read the volume a second time, which hides it from who reads it."""
    volumes = visitor.get(f"/api/projects/{project_id}").json()["volumes"]
    reading = next(each for each in volumes if each["reading"] and each["reading"]["reader"])
    answer = visitor.post(f"/api/volumes/{reading['id']}/readings/end", json={})
    assert answer.status_code == 200, answer.text


def test_afterwards_a_run_is_made_as_ever(
    server: AttackedServer, visitor: httpx.Client, known: dict[str, str], tmp_path: Path
) -> None:
    """The worker is not busy with what was asked for above, and what was painted is as it was."""
    volume = known["volume_id"]
    end_readings(visitor, known["project_id"])
    painted = visitor.get(f"/api/volumes/{volume}/annotations/axial/1").content
    assert np.count_nonzero(np.frombuffer(painted, np.uint8)) == 2
    deadline = time.monotonic() + RUN_DEADLINE_S
    while (
        answer := visitor.post(f"/api/volumes/{volume}/runs", json={"kind": "propagate"})
    ).status_code == 409:
        assert time.monotonic() < deadline, "an extreme run has not ended"
        time.sleep(1)
    assert answer.status_code == 201, answer.text
    run = answer.json()
    while run["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.5)
        run = visitor.get(f"/api/runs/{run['id']}").json()
    assert run["state"] == "done", run["error"]
    check_unharmed(server, server.worker_pid())
