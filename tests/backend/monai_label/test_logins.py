"""Who may use a project over MONAI Label: people with an account, by the token that a program sends."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.asker import Asker
from backend.config import Config
from backend.errors import StartError
from backend.http.exposure import require_accounts_of_programs
from backend.http.monai_label.app import build_monai_label
from backend.http.uploads import UploadSlots
from backend.http.work import ApiWork
from backend.schemas.enums import AccountRole, ProjectRole
from backend.services import Services, build_services
from tests.backend.accounts_helpers import PASSWORD, account_id, accounts_of, person, stranger
from tests.backend.clients import make_client
from tests.backend.data_folders import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.monai_label.conftest import MONAILabelClientException, NewClient, serving
from tests.backend.tiny import SHAPE, axial_bytes, tiny_nifti, tiny_volume
from ui.page import STATIC_DIR

ELSEWHERE = {"Origin": "http://elsewhere.example"}
FORM = {"files": {"label": ("label.nii", tiny_nifti())}, "data": {"params": "{}"}}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PUT", "/datastore/"): FORM,
    ("PUT", "/datastore/image"): FORM,
    ("PUT", "/datastore/label"): FORM,
    ("POST", "/infer/wsi/{model}"): {"content": b"{}"},
    ("POST", "/infer/wsi_v2/{model}"): FORM,
    ("POST", "/infer/{model}"): {"files": {"params": (None, "{}")}},
    ("POST", "/auth/token"): {"data": {"username": "Ada", "password": "wrong"}},
}
OF_EVERYONE = {("GET", "/auth/"), ("POST", "/auth/token")}


@pytest.fixture
def ada_project(hospital: Services) -> tuple[str, str]:
    """A project of Ada's, and a volume in it with a painted slice and a mask."""
    accounts_of(hospital).add("Ada", AccountRole.ANNOTATOR, PASSWORD)
    ada = Asker(account_id(hospital, "Ada"))
    project = hospital.projects.create(ada, "Livers").id
    label = hospital.labels.create(ada, project, "liver")
    volume = hospital.volumes.add(ada, project, tiny_volume(), "tiny.nii").id
    hospital.annotations.save(ada, volume, "axial", 1, axial_bytes(label.value), "painted", 0)
    store_mask(hospital, volume, np.zeros(SHAPE, np.uint8))
    return project, volume


@pytest.fixture
def address(hospital: Services) -> Iterator[str]:
    with serving(hospital) as found:
        yield found


def routes_of(services: Services) -> list[tuple[str, str]]:
    """(method, path below the project) of every route."""
    app = build_monai_label(services, ApiWork(), UploadSlots(services.config))
    paths = app.openapi()["paths"].items()
    return [
        (method.upper(), path.removeprefix("/{project_id}")) for path, methods in paths for method in methods
    ]


def asked(client: TestClient, project: str, volume: str, route: tuple[str, str], **headers: str) -> Any:
    """A request to a route that is valid for whom the project belongs to."""
    method, path = route
    url = f"/monailabel/{project}{path}".format(model="fewshot_sam", strategy="first")
    options = BODIES.get(route, {})
    query = {"image": volume, "label": volume}
    return client.request(method, url, params=query, headers=headers, **options)


def test_a_person_logs_in_with_the_client(
    address: str, new_client: NewClient, hospital: Services, ada_project: tuple[str, str], tmp_path: Any
) -> None:
    project, volume = ada_project
    client = new_client(address, project)
    assert client.auth_enabled()
    with pytest.raises(MONAILabelClientException) as error:
        client.info()
    assert error.value.status_code == 401
    assert "You are not logged in" in error.value.msg
    with pytest.raises(MONAILabelClientException) as error:
        client.auth_token("Ada", "wrong")
    assert "do not belong together" in json.loads(error.value.response)["detail"]

    client.update_auth(client.auth_token("Ada", PASSWORD))
    assert client.auth_valid_token()
    assert client.info()["name"] == "Livers"
    scan = tmp_path / "new.nii"
    scan.write_bytes(tiny_nifti())
    image = client.upload_image(str(scan), "tiny")["image"]
    # The client goes on to send the upload's length with what it asks next, and no body.
    assert set(client.datastore()["objects"]) == {volume, image}
    assert client.next_sample("first", {})["id"] in (volume, image)
    assert client.train_stop()["status"] == "STOPPED"
    assert client.download_label(volume, "final").endswith(".nii.gz")
    assert client.auth_valid_token()

    person(hospital, STATIC_DIR, "Grace")
    other = new_client(address, project)
    other.update_auth(other.auth_token("Grace", PASSWORD))
    with pytest.raises(MONAILabelClientException) as error:
        other.info()
    assert (error.value.status_code, "does not exist" in error.value.msg) == (404, True)

    actions = [json.loads(line)["action"] for line in hospital.config.audit_file.read_text().splitlines()]
    assert actions.count("login") == 4  # one failed, and Grace has the page open too
    assert {"read", "change", "export"} <= set(actions)


def test_every_route_is_closed_to_strangers(hospital: Services, ada_project: tuple[str, str]) -> None:
    project, volume = ada_project
    routes = routes_of(hospital)
    assert len(routes) >= 19
    ada, grace = stranger(hospital, STATIC_DIR), person(hospital, STATIC_DIR, "Grace")
    assert ada.post("/api/session", json={"name": "Ada", "password": PASSWORD}).status_code == 201
    tokens = {name: _token(hospital, project, name) for name in ("Ada", "Grace")}
    nobody = stranger(hospital, STATIC_DIR)
    for route in routes:
        if route in OF_EVERYONE:
            continue
        told = {
            asked(nobody, project, volume, route).status_code,
            asked(ada, project, volume, route).status_code,
            asked(grace, project, volume, route).status_code,
        }
        assert told == {401}, route  # a cookie is not enough, its owner's own neither
        bearer = {"Authorization": f"Bearer {tokens['Grace']}"}
        answer = asked(nobody, project, volume, route, **bearer)
        assert answer.status_code == (200 if route[1] == "/auth/token/valid" else 404), (route, answer.text)
        mine = {"Authorization": f"bearer {tokens['Ada']}"}
        foreign = asked(nobody, project, volume, route, **mine, **ELSEWHERE)
        assert foreign.status_code == 403, route


def _token(services: Services, project: str, name: str) -> str:
    client = stranger(services, STATIC_DIR)
    form = {"username": name, "password": PASSWORD}
    return str(client.post(f"/monailabel/{project}/auth/token", data=form).json()["access_token"])


def test_a_reviewer_looks_and_changes_nothing(hospital: Services, ada_project: tuple[str, str]) -> None:
    project, volume = ada_project
    person(hospital, STATIC_DIR, "Rita", AccountRole.REVIEWER)
    owner = Asker(account_id(hospital, "Ada"), role=AccountRole.ANNOTATOR)
    hospital.members.put(owner, project, "Rita", ProjectRole.REVIEWER)
    bearer = {"Authorization": f"Bearer {_token(hospital, project, 'Rita')}"}
    client = stranger(hospital, STATIC_DIR)
    for route in routes_of(hospital):
        if route in OF_EVERYONE or route[1].startswith("/train"):
            continue
        status = asked(client, project, volume, route, **bearer).status_code
        changes = route[0] == "PUT" or route[1].startswith("/infer")
        assert status == (403 if changes else 200), route


def test_logins_are_bounded(hospital: Services, ada_project: tuple[str, str]) -> None:
    project, _ = ada_project
    client, url = stranger(hospital, STATIC_DIR), f"/monailabel/{project}/auth/token"
    for body in (
        "",
        "username=Ada",
        "username=Ada&username=B&password=x",
        "&".join("a=b" for _ in range(99)),
    ):
        assert client.post(url, content=body).status_code == 400
    assert client.post(url, content=b"\xff=" + b"x" * 70_000).status_code == 413
    wrong = {"username": "Ada", "password": "wrong"}
    assert 429 in {client.post(url, data=wrong).status_code for _ in range(30)}


def test_nothing_is_there_unless_it_is_switched_on(config: Config, tmp_path: Any) -> None:
    shared = dataclasses.replace(config, multi_user=True)
    with pytest.raises(StartError, match=r"FEWSHOT_SAM_MONAI_LABEL needs logins.*--auth"):
        require_accounts_of_programs(shared)
    require_accounts_of_programs(config)
    require_accounts_of_programs(dataclasses.replace(shared, auth=True))
    for each in (dataclasses.replace(config, monai_label=False), shared):
        services = build_services(each)
        client = make_client(services, tmp_path)
        assert client.get(f"/monailabel/{'0' * 32}/auth/").status_code == 404
        services.close()
    assert not Config.from_environment({}).monai_label
    assert Config.from_environment({"FEWSHOT_SAM_MONAI_LABEL": "1"}).monai_label


def test_pages_of_other_sites_reach_nothing_without_logins(services: Services, tmp_path: Any) -> None:
    project = services.projects.create(OWNER, "Livers").id
    client = make_client(services, tmp_path)
    del client.headers["X-Fewshot-Sam"]
    url = f"/monailabel/{project}/train/"
    assert client.delete(url).json() is None  # a program sends no such header
    for headers in (ELSEWHERE, {"Origin": "http://127.0.0.1:9999"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.delete(url, headers=headers).status_code == 403
        assert client.get(f"/monailabel/{project}/info/", headers=headers).status_code == 403
    assert client.get(url, headers={"Host": "rebound.example"}).status_code == 403
    assert (
        client.post("/api/projects", json={"name": "n"}).status_code == 403
    )  # the page's API still wants it
