"""Every route, ours and Gradio's, as a stranger, another account, a member, a reviewer, an administrator."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.testclient import TestClient

from backend.archives.settings import ArchiveSettings
from backend.asker import Asker
from backend.http.logins import OPEN, SESSION_COOKIE
from backend.http.routes import build_api, build_middleware, build_routes
from backend.queries.accounts import account_named
from backend.schemas.enums import AccountRole
from backend.services import Services
from storage.batches import BatchRow
from storage.models import MaskRow, ModelRow, UploadRow
from storage.references import ReferenceRow
from storage.reviews import ReviewCommentRow
from tests.backend.accounts_helpers import accounts_of, person, stranger
from tests.backend.conftest import introduce_worker
from tests.backend.route_bodies import BODIES, REVIEWING
from tests.backend.test_http_extremes import routes_of
from tests.backend.tiny import axial_bytes, tiny_volume
from ui.page import STATIC_DIR, build_page

REACHED = 299
OF_EVERYONE = {
    ("GET", "/api/health"),
    *(("POST", f"/api/{name}") for name in ("session", "invitations", "invitations/check")),
}
WITHOUT_OWNER = {  # nothing in their answers or effects is anyone's but the asker's
    *OF_EVERYONE,
    *(
        ("GET", f"/api/{name}")
        for name in ("ready", "system", "session", "sessions", "projects", "offers", "deleted", "terms")
    ),
    *(("DELETE", f"/api/{name}") for name in ("session", "sessions")),
    *(("POST", f"/api/{name}") for name in ("session/password", "workspace", "projects", "oidc")),
    *(("POST", f"/api/archives/{{archive}}/{name}") for name in ("studies", "series")),
    ("GET", "/api/fetches/{fetch}"),
}
MANAGING = {
    ("PATCH", "/api/projects/{project_id}"),
    ("PUT", "/api/projects/{project_id}/rules"),
    ("DELETE", "/api/projects/{project_id}"),
    ("PUT", "/api/projects/{project_id}/members"),
    ("DELETE", "/api/projects/{project_id}/members/{account_id}"),
    ("POST", "/api/projects/{project_id}/owner"),
    ("DELETE", "/api/projects/{project_id}/owner"),
    *(("POST", f"/api/volumes/{{volume_id}}/readings{end}") for end in ("", "/end")),
}
OF_RECEIVERS = {  # who is offered a project, and nobody else, whatever they may do in it
    ("POST", f"/api/projects/{{project_id}}/owner/{answer}") for answer in ("accept", "decline")
}


@pytest.fixture
def hospital(hospital: Services) -> Services:
    introduce_worker(hospital)
    archive = ArchiveSettings("main", "PACS", "http://127.0.0.1:1", store=True, timeout_s=1)  # not there
    return dataclasses.replace(hospital, config=dataclasses.replace(hospital.config, archives=(archive,)))


@pytest.fixture
def ids(hospital: Services, ada: TestClient) -> dict[str, str]:
    """Something of Ada's for each parameter of a path."""
    with hospital.database.read() as session:
        account = account_named(session, "Ada")
    assert account is not None
    owner = account.id
    project = hospital.projects.create(Asker(owner), "Livers").id
    label = hospital.labels.create(Asker(owner), project, "liver")
    gone = hospital.labels.create(Asker(owner), project, "gone")
    hospital.labels.delete(Asker(owner), gone.id)
    volume = hospital.volumes.add(Asker(owner), project, tiny_volume(), "tiny.nii").id
    hospital.annotations.save(Asker(owner), volume, "axial", 1, axial_bytes(label.value), "painted", 0)
    run = hospital.runs.create(Asker(owner), volume, "propagate").id
    with hospital.database.write() as session:
        mask = MaskRow(volume_id=volume, run_id=run, shape=[1, 1, 1], labels=[], blob="0" * 64 + ".npy")
        upload = UploadRow(project_id=project, choices=[])
        session.add_all([mask, upload])
        session.flush()
        model = ModelRow(project_id=project, plane="axial", encoder="e", labels=[], blob=mask.blob)
        comment = ReviewCommentRow(volume_id=volume, plane="axial", voxel=[1, 1, 1], text="t", author=owner)
        session.add_all([model, comment, ReferenceRow(volume_id=volume, labels=[], blob=mask.blob)])
        session.flush()
        batch = BatchRow(project_id=project, model_id=model.id, asked_by=owner)
        session.add(batch)
        session.flush()
        made = {"mask": mask, "upload": upload, "batch": batch, "comment": comment, "model": model}
        ids = {f"{name}_id": row.id for name, row in made.items()}
    return {
        "project_id": project, "volume_id": volume, "label_id": label.id, "run_id": run, **ids,
        "deleted_id": gone.id, "account_id": owner, "plane": "axial", "slice_index": "1", "value": "1",
        "archive": "main", "fetch": "0" * 32,
    }  # fmt: skip


@pytest.fixture
def routes(hospital: Services) -> list[tuple[str, str]]:
    found = routes_of(build_api(hospital))
    assert len(found) >= 40
    return found


def answers(
    client: TestClient, routes: list[tuple[str, str]], ids: dict[str, str]
) -> dict[tuple[str, str], tuple[int, str]]:
    """The status and text of every route's answer to a request that is right but for who asks."""
    found = {}
    for route in routes:
        method, path = route
        answer = client.request(method, path.format(**ids), **BODIES.get(route, {}))
        found[route] = (answer.status_code, answer.text)
    return found


def test_a_stranger_reaches_no_route_of_ours(
    hospital: Services, routes: list[tuple[str, str]], ids: dict[str, str]
) -> None:
    found = answers(stranger(hospital, STATIC_DIR), routes, ids)
    closed = {route: answer for route, answer in found.items() if route not in OF_EVERYONE}
    assert {status for status, _ in closed.values()} == {401}
    assert all('"login_required"' in text for _, text in closed.values())
    assert found["GET", "/api/health"][0] == 200
    assert found["POST", "/api/session"][0] == 401  # wrong name
    assert found["POST", "/api/invitations"][0] == found["POST", "/api/invitations/check"][0] == 409


def test_another_account_finds_nothing_of_ours(
    hospital: Services, routes: list[tuple[str, str]], ids: dict[str, str]
) -> None:
    grace = person(hospital, STATIC_DIR, "Grace")
    of_owners = [route for route in routes if route not in WITHOUT_OWNER]
    assert all("{" in path for _, path in of_owners)
    found = answers(grace, of_owners, ids)
    assert {route: answer for route, answer in found.items() if answer[0] != 404} == {}
    assert grace.get("/api/projects").json() == []


def test_the_walk_would_find_what_is_there(
    ada: TestClient, routes: list[tuple[str, str]], ids: dict[str, str]
) -> None:
    """The same requests of the owner's are answered otherwise, so their 404 told who asked."""
    missing = {"mask_id", "upload_id"}  # without a file
    for route in routes:
        method, path = route
        if (
            route in WITHOUT_OWNER | OF_RECEIVERS
            or method == "DELETE"
            or any(f"{{{name}}}" in path for name in missing)
        ):
            continue
        if path.endswith(("/preview.nii", "/thumbnail.png")):  # the worker would have to make it
            continue
        answer = ada.request(method, path.format(**ids), **BODIES.get(route, {}))
        assert answer.status_code not in (400, 401, 403, 404), (route, answer.text)


def test_a_reviewer_changes_nothing_of_anyone(
    hospital: Services, routes: list[tuple[str, str]], ids: dict[str, str]
) -> None:
    vera = person(hospital, STATIC_DIR, "Vera", AccountRole.REVIEWER)
    own = {"session", "sessions", "password", "invitations", "check", "workspace"}
    changing = [
        (method, path) for method, path in routes if method != "GET" and path.rsplit("/", 1)[-1] not in own
    ]
    found = answers(vera, changing, ids)
    assert {route: answer for route, answer in found.items() if answer[0] not in (403, 404)} == {}
    assert found["POST", "/api/projects"][0] == 403


def test_a_disabled_account_is_a_stranger(
    hospital: Services, ada: TestClient, routes: list[tuple[str, str]], ids: dict[str, str]
) -> None:
    token = str(ada.cookies[SESSION_COOKIE])
    accounts_of(hospital).set_disabled("Ada", True)
    assert hospital.logins.find(token) is None
    found = answers(ada, [route for route in routes if route not in OF_EVERYONE], ids)
    assert {status for status, _ in found.values()} == {401}


def of_projects(routes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Routes with an id, but those of receivers, of files not made here and of what the worker makes."""
    unmade = ("{mask_id}/", "{upload_id}", "/preview.nii", "/thumbnail.png")
    found = [route for route in routes if "{" in route[1] and route not in OF_RECEIVERS | WITHOUT_OWNER]
    return [route for route in found if not any(part in route[1] for part in unmade)]


def share(ada: TestClient, ids: dict[str, str], name: str, role: str) -> None:
    answer = ada.put(f"/api/projects/{ids['project_id']}/members", json={"name": name, "role": role})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("account", [AccountRole.ANNOTATOR, AccountRole.REVIEWER])
def test_who_is_shared_a_project_to_look_at_looks_and_changes_nothing(
    hospital: Services,
    ada: TestClient,
    routes: list[tuple[str, str]],
    ids: dict[str, str],
    account: AccountRole,
) -> None:
    grace = person(hospital, STATIC_DIR, "Grace", account)
    share(ada, ids, "grace", "reviewer")
    before = ada.get(f"/api/projects/{ids['project_id']}").json()
    looking = [route for route in of_projects(routes) if route not in REVIEWING]
    for route, (status, _) in answers(grace, looking, ids).items():
        assert (status not in (401, 403, 404)) if route[0] == "GET" else status == 403, (route, status)
    assert ada.get(f"/api/projects/{ids['project_id']}").json() == before
    reviewing = answers(grace, sorted(REVIEWING), ids)
    assert {route: answer for route, answer in reviewing.items() if answer[0] not in (200, 201, 409)} == {}


def test_an_annotator_of_a_project_changes_what_is_in_it_but_not_whose_it_is(
    hospital: Services, ada: TestClient, routes: list[tuple[str, str]], ids: dict[str, str]
) -> None:
    grace = person(hospital, STATIC_DIR, "Grace")
    share(ada, ids, "Grace", "annotator")
    found = of_projects(routes)
    assert {status for status, _ in answers(grace, sorted(MANAGING), ids).values()} == {403}
    restored = ("DELETE", "/api/deleted/{deleted_id}")  # is not in the bin any more by then
    changing = [route for route in found if route not in {*MANAGING, restored}]
    parts_first = lambda route: (route[0] == "DELETE", "volume_id" in route[1], -route[1].count("/"))  # noqa: E731
    for route in sorted(changing, key=parts_first):
        status = answers(grace, [route], ids)[route][0]
        assert status not in (400, 401, 403, 404), (route, status)
    assert ada.get(f"/api/volumes/{ids['volume_id']}").status_code == 404  # it went by Grace's hand


def test_an_administrator_looks_at_everything_and_manages_but_does_not_paint(
    hospital: Services, ada: TestClient, routes: list[tuple[str, str]], ids: dict[str, str]
) -> None:
    root = person(hospital, STATIC_DIR, "Root", AccountRole.ADMIN)
    person(hospital, STATIC_DIR, "Grace")
    assert root.get("/api/projects").json() == []
    (listed,) = root.get("/api/projects", params={"everyones": True}).json()
    assert (listed["access"], listed["owner_name"]) == ("reviewer", "Ada")
    others = [route for route in of_projects(routes) if route not in MANAGING]
    for route, (status, _) in answers(root, others, ids).items():
        assert (status not in (401, 403, 404)) if route[0] == "GET" else status == 403, (route, status)
    put, offer = (f"/api/projects/{ids['project_id']}/{end}" for end in ("members", "owner"))
    assert root.put(put, json={"name": "Root", "role": "annotator"}).status_code == 200
    assert root.patch(f"/api/volumes/{ids['volume_id']}", json={"name": "n"}).status_code == 200
    assert root.post(offer, json={"name": "Grace"}).json()["offer"]["name"] == "Grace"
    assert root.delete(f"/api/projects/{ids['project_id']}").status_code == 204


async def _reached(_scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("reached", status_code=REACHED)(_scope, receive, send)


def paths_below(routes: list[Any], prefix: str = "") -> Iterator[str]:
    """The paths of Gradio's table, those of included routers and mounted applications too."""
    for route in routes:
        if isinstance(route, Mount):
            yield from paths_below(list(route.routes or []), prefix + route.path)
        elif hasattr(route, "effective_candidates"):  # FastAPI's included routers
            yield from paths_below(list(route.effective_candidates()), prefix)
        elif hasattr(route, "path"):
            yield prefix + route.path


def test_a_stranger_reaches_nothing_of_gradio(hospital: Services) -> None:
    gradio = gr.mount_gradio_app(
        FastAPI(openapi_url=None), build_page(hospital.calls), path="/", ssr_mode=False
    )
    paths = set(paths_below(list(gradio.routes)))
    assert {"/config", "/login", "/gradio_api/upload"} <= paths, sorted(paths)
    app = Starlette(
        routes=[*build_routes(hospital, STATIC_DIR), Mount("/", _reached)],
        middleware=build_middleware(hospital),
    )
    headers = {"X-Fewshot-Sam": "1", "Accept": "text/html"}
    client = TestClient(app, "http://127.0.0.1:7860", headers=headers, follow_redirects=False)
    for path in sorted(paths | {"/", "/static/main.js", "/theme.css", "/assets/index.js", "/favicon.ico"}):
        example = path.replace("{path:path}", "x").replace("{", "").replace("}", "").replace(":path", "")
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
            answer = client.request(method, example)
            told = (answer.status_code, answer.headers.get("location"))
            allowed = answer.status_code in (401, 403, 404, 405) or told == (303, "login") or example in OPEN
            assert allowed, (method, path, told)
            assert answer.status_code != REACHED or example == "/robots.txt", (method, path)


def test_files_of_the_page_are_for_those_who_are_logged_in(hospital: Services, ada: TestClient) -> None:
    nobody = stranger(hospital, STATIC_DIR)
    for file in sorted(Path(STATIC_DIR).rglob("*.*")):
        address = f"/static/{file.relative_to(STATIC_DIR).as_posix()}"
        assert nobody.get(address).status_code == (200 if address in OPEN else 401), address
    assert ada.get("/static/main.js").status_code == 200
