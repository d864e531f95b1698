"""Files of calls: whose they are, what a call may name, and how much comes in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.calls.calls import Calls
from backend.calls.files import CALL_FOLDER, MAX_WAITING, CallFiles
from backend.config import Config
from backend.errors import BusyError, InvalidRequestError, NotFoundError
from backend.http.policy import ContentPolicies
from backend.http.routes import build_middleware, build_routes
from backend.services import Services
from tests.backend.accounts_helpers import person
from ui.page import STATIC_DIR, mount_page

JOIN = "/gradio_api/queue/join"


def gradio(services: Services, **cookies: str) -> TestClient:
    policies = ContentPolicies.for_config(services.config)
    routes, middleware = build_routes(services, STATIC_DIR), build_middleware(services)
    app = mount_page(routes, middleware, policies, services.calls)
    return TestClient(app, base_url="http://127.0.0.1:7860", cookies=cookies)


def upload(client: TestClient, name: str = "scan.nii", content: bytes = b"scan") -> Any:
    return client.post("/gradio_api/upload", files={"files": (name, content)})


def test_what_is_sent_can_be_fetched_by_its_path_alone(services: Services) -> None:
    client = gradio(services)
    (path,) = upload(client, "Überblick.nii").json()
    assert path.startswith(f"{CALL_FOLDER}/") and path.endswith("/Überblick.nii")
    answer = client.get(f"/gradio_api/file={path}")
    assert (answer.content, answer.headers["cache-control"]) == (b"scan", "no-store")
    stored = next(services.config.uploads_folder.rglob("*.nii"))
    for other in (str(stored), path.replace(path.split("/")[2], "0" * 32), f"{path}x", "/etc/passwd"):
        assert client.get(f"/gradio_api/file={other}").status_code in (403, 404)


@pytest.mark.parametrize("path", ["/etc/passwd", "http://127.0.0.1/x", "scan.nii", 7, f"{CALL_FOLDER}/x/y"])
def test_a_call_names_no_other_file(services: Services, path: object) -> None:
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    client = gradio(services)
    for address, body in (
        (JOIN, {"data": [[{"x": file}]], "fn_index": 0, "session_hash": "s"}),
        ("/gradio_api/call/predict", {"data": [file, file]}),
    ):
        answer = client.post(address, json=body)
        assert answer.status_code == 400 and "can only name files" in answer.text


def test_pages_of_other_sites_call_nothing(services: Services) -> None:
    client = gradio(services)
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/gradio_api/call/predict", json={"data": []}, headers=headers).status_code == 403
        assert client.get("/config", headers=headers).status_code == 403


def test_uploads_are_bounded(config: Config, services: Services) -> None:
    small = replace(services, config=replace(config, max_upload_bytes=1000))
    answer = upload(gradio(small), content=b"x" * 2000)
    assert answer.status_code == 413 and "at most" in answer.json()["error"]["message"]
    assert not list(config.uploads_folder.iterdir())
    full = replace(services, config=replace(config, min_free_bytes=2**60))
    assert upload(gradio(full)).status_code == 503


def test_folders_are_bounded_and_forgotten_when_they_are_gone(tmp_path: Path) -> None:
    files = CallFiles(tmp_path, by_account=False)
    folders = [files.new_folder("a") for _ in range(MAX_WAITING)]
    with pytest.raises(BusyError):
        files.new_folder("b")
    folders[0].rmdir()  # as the housekeeping does after an hour
    files.new_folder("b")


def test_strangers_call_nothing_where_people_log_in(hospital: Services, ada: TestClient) -> None:
    client = gradio(hospital)
    assert client.get("/config").status_code == 401
    assert upload(client).status_code == 401
    assert client.post(JOIN, json={"data": []}).status_code == 401
    ours = gradio(hospital, **dict(ada.cookies))
    (path,) = upload(ours).json()
    assert ours.get("/config").status_code == 200
    assert ours.get(f"/gradio_api/file={path}").content == b"scan"
    assert client.get(f"/gradio_api/file={path}").status_code == 401
    bob = gradio(hospital, **dict(person(hospital, STATIC_DIR, "Bob").cookies))
    assert bob.get(f"/gradio_api/file={path}").status_code == 404


def test_options_are_checked(config: Config) -> None:
    calls = Calls(config)
    folder = calls.files.new_folder("me")
    for name in ("scan.nii", "paint.nii"):
        (folder / name).write_bytes(b"")
    sent = {
        "image": calls.files.path_of(folder / "scan.nii"),
        "annotations": calls.files.path_of(folder / "paint.nii"),
    }
    with pytest.raises(NotFoundError, match="no such file"):
        calls.propagate("me", {**sent, "image": None}, {})
    with pytest.raises(InvalidRequestError, match="method must be triplanar, sam_decoder, draft, got 'x'"):
        calls.propagate("me", sent, {"method": "x"})
    assert not folder.exists(), "files go when their call ends"
