"""Every route of the API as a visitor without a cookie and as another user, with ids that are somebody's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from backend.config import Config
from backend.http.routes import build_api
from backend.services import build_services
from benchmarks.attacks.cases import new_project, upload
from benchmarks.torture.ledger import COLUMNS, ROWS, scan
from benchmarks.torture.row import Found, TortureRow
from benchmarks.torture.servers import toy_server
from benchmarks.torture.write_points import Things, held, label_map, make_things

REFUSED = (401, 403, 404)
_COMMENT = {"plane": "axial", "voxel": [1, 1, 1], "text": "t"}
# What a JSON body needs to be valid, by the end of its path; else {}.
_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/projects"): {"name": "n"},
    ("PATCH", "/projects/{project_id}"): {"name": "n"},
    ("PUT", "/projects/{project_id}/rules"): {"keep_days": 30, "deidentify": False},
    ("POST", "/projects/{project_id}/labels"): {"name": "n"},
    ("PATCH", "/labels/{label_id}"): {"name": "n2"},
    ("PATCH", "/volumes/{volume_id}"): {"name": "n"},
    ("POST", "/volumes/{volume_id}/review/reopen"): {"reason": "r"},
    ("POST", "/volumes/{volume_id}/readings"): {"readers": ["nobody"]},
    ("POST", "/volumes/{volume_id}/merge"): {"method": "majority"},
    ("POST", "/volumes/{volume_id}/comments"): _COMMENT,
    ("POST", "/volumes/{volume_id}/comments/{comment_id}/replies"): {"text": "t"},
    ("PUT", "/volumes/{volume_id}/comments/{comment_id}/resolved"): {"resolved": True},
    ("POST", "/volumes/{volume_id}/runs"): {"kind": "propagate"},
    ("PUT", "/projects/{project_id}/members"): {"name": "n", "role": "reviewer"},
    ("POST", "/projects/{project_id}/owner"): {"name": "n"},
    ("POST", "/volumes/{volume_id}/annotations/{plane}/revert"): {"slices": [[1, 1, 0]]},
    ("POST", "/volumes/{volume_id}/slices/{plane}/{slice_index}/outline"): {"box": [1, 1, 3, 3]},
    ("POST", "/archives/{archive}/series"): {"study_uid": "1.2"},
    ("POST", "/projects/{project_id}/archives/{archive}/volumes"): {
        "study_uid": "1.2", "series_uid": "1.3", "fetch_id": "0" * 32,
    },
    ("POST", "/masks/{mask_id}/archives/{archive}"): {"format": "seg"},
    ("POST", "/projects/{project_id}/labels/restore"): {
        "value": 9, "code": 9, "name": "n3", "color": "#ff0000", "with_paint": True,
    },
}  # fmt: skip


@dataclass(frozen=True)
class RouteQuestion:
    """A request to one route, valid for whom the ids belong to."""

    method: str
    path: str
    url: str
    options: dict[str, Any]

    @property
    def names_something(self) -> bool:
        """Whether ids of somebody are in it."""
        return "_id}" in self.path

    def ask(self, client: httpx.Client) -> httpx.Response:
        """Send it."""
        return client.request(self.method, self.url, **self.options)


def walk_as_others(folder: Path, count: int, seed: int) -> Found:
    """Ask all routes for what belongs to another user."""
    found, server = Found(), toy_server(folder / "home")
    with server, server.visitor() as owner, server.visitor() as other:
        things = make_things(owner, seed)
        model = owner.get(f"/api/projects/{things.project}/models").json()[0]["id"]
        run = owner.get(f"/api/volumes/{things.volume}/runs").json()[0]["id"]
        batch = owner.post(f"/api/projects/{things.project}/batches", json={}).json()["id"]
        review = owner.post(f"/api/volumes/{things.volume}/comments", json=_COMMENT).json()
        comment = review["comments"][0]["id"]
        reference = f"/api/volumes/{things.volume}/reference"
        owner.post(reference, files=[("files", label_map())]).raise_for_status()
        owner.delete(f"/api/volumes/{things.spare_volume}").raise_for_status()
        questions = list(_questions(things, run, batch, model, comment, folder / "routes"))
        own_project = new_project(other)
        own_volume = upload(other, own_project, scan(seed + 77)).json()["id"]
        before = held(owner)
        secrets = [things.project, things.volume, things.mask, things.upload_id, run, model, batch]
        asked = 0
        for _ in range(count):
            for who, client in (("another user", other), ("a stranger", None)):
                for question in questions:
                    with server.visitor() as fresh:
                        answer = question.ask(client or fresh)
                    asked += 1
                    found.faults += _faults(
                        f"{who}: {question.method} {question.path}", question, answer, secrets
                    )
            found.faults += _by_reference(other, own_project, own_volume, things, model)
        if held(owner) != before:
            found.faults.append("what belongs to the owner changed")
        found.faults += _controls(owner, questions)
    routes = sum(question.names_something for question in questions)
    found.figures = (
        f"{len(questions)} routes, {routes} of them with ids, as another user and as a stranger: "
        f"{asked} requests, {len(found.faults)} faults"
    )
    return found


def _questions(
    things: Things, run: str, batch: str, model: str, comment: str, routes_home: Path
) -> Iterator[RouteQuestion]:
    """A valid request to each route, those that delete last."""
    ids = {
        "project_id": things.project, "label_id": things.label["id"], "volume_id": things.volume,
        "upload_id": things.upload_id, "run_id": run, "batch_id": batch, "mask_id": things.mask,
        "model_id": model,
        "plane": "axial", "slice_index": "3", "account_id": "0" * 32, "comment_id": comment,
        "value": str(things.label["value"]),
        "deleted_id": things.spare_volume, "archive": "main", "fetch": "0" * 32,
    }  # fmt: skip
    services = build_services(Config.for_home(routes_home))
    try:
        routes = [
            (method.upper(), path)
            for path, methods in build_api(services).openapi()["paths"].items()
            for method in methods
        ]
    finally:
        services.close()
    # A deletion ends what others ask for; the project's takes all of it.
    for method, path in sorted(routes, key=_turn):
        url = "/api" + re.sub(r"\{(\w+)\}", lambda match: ids[match[1]], path)
        yield RouteQuestion(method, path, _queried(url), _options(method, path, things))


def _turn(route: tuple[str, str]) -> tuple[object, ...]:
    """Where it stands among all: deletions at the end, those of parts before those of the whole."""
    method, path = route
    is_last = method == "DELETE"
    return is_last, "project" in path, -path.count("/") if is_last else 0, route


def _queried(url: str) -> str:
    if url.endswith("/download"):
        return f"{url}?format=nifti"
    return f"{url}?force=true" if "/labels/" in url and url.count("/") == 3 else url


def _options(method: str, path: str, things: Things) -> dict[str, Any]:
    if path.endswith("/annotations/{plane}/{slice_index}") and method == "PUT":
        cells = bytes([things.label["value"]]) * (ROWS * COLUMNS)
        return {"content": cells, "headers": {"X-Base-Version": "1", "X-State": "painted"}}
    if path.endswith(("/annotations/import", "/reference")) and method == "POST":
        return {"files": [("files", label_map())]}
    if path.endswith(("/models", "/models/check")) and method == "POST":
        return {"files": [("files", ("m.safetensors", b"no model"))]}
    if path == "/projects/{project_id}/volumes" and method == "POST":
        return {"files": [("files", scan(1))]}
    if path == "/uploads/{upload_id}":
        return {"json": {"series_uid": things.series}}
    if method in ("POST", "PUT", "PATCH"):
        return {"json": _BODIES.get((method, path), {})}
    return {}


def _faults(what: str, question: RouteQuestion, answer: httpx.Response, secrets: list[str]) -> Iterator[str]:
    if (question.names_something and answer.status_code not in REFUSED) or (
        answer.status_code >= 500 and question.path != "/ready"
    ):
        yield f"{what}: {answer.status_code} {answer.text[:100]}"
    if not question.names_something and any(secret in answer.text for secret in secrets):
        yield f"{what}: names what belongs to another"


def _by_reference(
    other: httpx.Client, project: str, volume: str, things: Things, model: str
) -> Iterator[str]:
    """Another user's things named in the body of a request about one's own."""
    answer = other.post(f"/api/volumes/{volume}/runs", json={"kind": "predict", "model_id": model})
    if answer.status_code not in REFUSED:
        yield f"a prediction with another's model: {answer.status_code}"
    answer = other.post(f"/api/uploads/{things.upload_id}", json={"series_uid": things.series})
    if answer.status_code not in REFUSED:
        yield f"another's upload: {answer.status_code}"
    listed = json.dumps(other.get("/api/projects").json())
    if project not in listed or things.project in listed:
        yield "the list of projects is not one's own"


def _controls(owner: httpx.Client, questions: list[RouteQuestion]) -> Iterator[str]:
    """The same requests by the owner: they were refused for who asked, not for what was asked."""
    for question in questions:
        if re.search("/(members.*|owner(/.*)?)$", question.path):  # nobody logs in here, so nothing is shared
            continue
        if "{archive}" in question.path:  # there is none
            continue
        if (question.method, question.path) == ("DELETE", "/deleted/{deleted_id}"):  # restored by then
            continue
        answer = question.ask(owner)
        if question.names_something and answer.status_code in REFUSED:
            yield f"the owner: {question.method} {question.path}: {answer.status_code} {answer.text[:100]}"


STRANGERS = TortureRow("401, 403 or 404 on every route with an id", 1, "walks", walk_as_others)
