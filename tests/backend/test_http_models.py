"""Models as files over HTTP: there and back, asked, refused, counted, recorded, kept and deleted."""

from __future__ import annotations

import dataclasses
import hashlib
import struct
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.audit_trail import read_trail
from backend.config import Config
from backend.http.audit import action_of
from backend.schemas.enums import ProjectRole
from backend.services import Services, build_services
from fewshot_sam.methods.model_file import ModelFile
from storage.models import ModelRow
from tests.backend.accounts_helpers import person
from tests.backend.clients import make_client
from tests.backend.conftest import OWNER
from tests.backend.toy_models import CODES, Desk, fit_there, toy_config


@pytest.fixture
def config(config: Config) -> Config:
    return toy_config(config)


@pytest.fixture
def model(tmp_path: Path) -> bytes:
    return fit_there(tmp_path).read_bytes()


@pytest.fixture
def desk(services: Services) -> Desk:
    return Desk(services, "Organs", (), ())


def form(content: bytes, name: str = "m.safetensors") -> dict[str, tuple[str, bytes]]:
    return {"files": (name, content)}


def test_a_file_is_checked_taken_and_given_again(client: TestClient, desk: Desk, model: bytes) -> None:
    models = f"/api/projects/{desk.project_id}/models"
    checked = client.post(f"{models}/check", files=form(model)).json()
    assert checked["sha256"] == hashlib.sha256(model).hexdigest()
    assert [(each["code"], each["label_id"], each["asked"]) for each in checked["plan"]] == [
        (code, None, False) for code in sorted(CODES)
    ]
    assert client.get(models).json() == []
    answer = client.post(models, files=form(model))
    assert answer.status_code == 201
    assert [label["code"] for label in answer.json()["made"]] == sorted(CODES)
    (listed,) = client.get(models).json()
    assert listed == answer.json()["model"]
    told = client.get(f"/api/models/{listed['id']}").json()
    assert {key: told[key] for key in ("title", "author", "licence")} == {
        "title": "Three organs", "author": "A. Author", "licence": "CC0-1.0"
    }  # fmt: skip
    typed = {"title": "Ours / yours", "licence": "CC-BY-4.0", "note": "a\nb"}
    file = client.get(f"/api/models/{listed['id']}/file", params=typed)
    assert 'filename="Ours_yours.fewshot.safetensors"' in file.headers["content-disposition"]
    assert client.post(f"{models}/check", files=form(file.content)).json()["note"] == "a\nb"


def test_a_code_with_another_name_is_asked(client: TestClient, services: Services, model: bytes) -> None:
    desk = Desk(services, "Organs", ("Pancreas",), (CODES[0],))
    models = f"/api/projects/{desk.project_id}/models"
    answer = client.post(models, files=form(model))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "label_choice")
    (asked,) = answer.json()["error"]["labels"]
    assert (asked["code"], asked["name"], asked["file_name"]) == (CODES[0], "Pancreas", "Liver")
    answer = client.post(models, files=form(model), data={"names": f'{{"{CODES[0]}": "keep"}}'})
    assert answer.status_code == 201
    assert "Pancreas" in [label["name"] for label in answer.json()["model"]["labels"]]


HEADER = struct.pack("<Q", 10 * 1024**3)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not a safetensors file, or it is damaged"),
        (b"no model", "is not a safetensors file, or it is damaged"),
        (HEADER + b"{}", "is not a safetensors file, or it is damaged"),
        (struct.pack("<Q", 9 * 1024**2) + b" " * (9 * 1024**2 + 8), "must have at most 8388608 bytes"),
        (b"\x80\x04\x95cposix\nsystem\n", "is not a safetensors file, or it is damaged"),
    ],
    ids=["empty", "text", "header of 10 GB", "header of 9 MB", "pickle"],
)
def test_what_is_no_model_is_refused(client: TestClient, desk: Desk, content: bytes, sentence: str) -> None:
    for path in ("models", "models/check"):
        answer = client.post(f"/api/projects/{desk.project_id}/{path}", files=form(content))
        assert answer.status_code == 422
        assert sentence in answer.json()["error"]["message"]
    assert list(desk.services.config.uploads_folder.iterdir()) == []
    assert client.get(f"/api/projects/{desk.project_id}/models").json() == []


def test_a_label_name_of_a_megabyte_is_refused(client: TestClient, desk: Desk, tmp_path: Path) -> None:
    path = fit_there(tmp_path)
    file = ModelFile.load(path)
    card = {"labels": [{"code": CODES[0], "name": "x" * 2**20}]}
    ModelFile(file.state, {**file.about, "card": card}).save(path)
    answer = client.post(f"/api/projects/{desk.project_id}/models", files=form(path.read_bytes()))
    assert answer.status_code == 422
    assert "at most 200 characters" in answer.json()["error"]["message"]
    assert len(answer.content) < 1000


def test_what_is_typed_has_limits(client: TestClient, desk: Desk, model: bytes) -> None:
    models = f"/api/projects/{desk.project_id}/models"
    model_id = client.post(models, files=form(model)).json()["model"]["id"]
    for name, length in {"title": 201, "author": 201, "licence": 201, "note": 2001}.items():
        answer = client.get(f"/api/models/{model_id}/file", params={name: "x" * length})
        assert answer.status_code == 400


def test_a_file_counts_and_is_not_taken_where_a_quota_is_full(
    config: Config, model: bytes, tmp_path: Path
) -> None:
    services = build_services(dataclasses.replace(config, max_owner_bytes=len(model) + 60_000))
    client, desk = make_client(services, tmp_path), Desk(services, "Organs", (), ())
    models = f"/api/projects/{desk.project_id}/models"
    assert client.post(models, files=form(model)).status_code == 201
    services.quotas.forget(OWNER.id)
    answer = client.post(models, files=form(model))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "quota")
    services.close()


def test_a_model_goes_with_its_project(client: TestClient, desk: Desk, model: bytes) -> None:
    services = desk.services
    model_id = client.post(f"/api/projects/{desk.project_id}/models", files=form(model)).json()["model"]["id"]
    with services.database.read() as session:
        key = session.get_one(ModelRow, model_id).blob
    assert services.blobs.exists(key)
    client.delete(f"/api/projects/{desk.project_id}")
    assert client.get(f"/api/models/{model_id}").status_code == 404
    client.delete(f"/api/deleted/{desk.project_id}")
    assert not services.blobs.exists(key)


def test_who_did_it_is_recorded(hospital: Services, tmp_path: Path, model: bytes) -> None:
    ada = person(hospital, tmp_path, "Ada")
    project_id = ada.post("/api/projects", json={"name": "Organs"}).json()["id"]
    made = ada.post(f"/api/projects/{project_id}/models", files=form(model)).json()["model"]
    assert made["imported"]["by_name"] == "Ada"
    ada.get(f"/api/models/{made['id']}/file", params={"title": "canary title"})
    trail = [(entry.action, entry.path, entry.status) for entry in read_trail(hospital.config.audit_file)]
    assert ("change", f"/api/projects/{project_id}/models", 201) in trail
    assert ("export", f"/api/models/{made['id']}/file", 200) in trail
    assert b"canary" not in hospital.config.audit_file.read_bytes()


def test_a_reviewer_takes_a_model_out_and_brings_none(
    hospital: Services, tmp_path: Path, model: bytes
) -> None:
    ada, rex = person(hospital, tmp_path, "Ada"), person(hospital, tmp_path, "Rex")
    project_id = ada.post("/api/projects", json={"name": "Organs"}).json()["id"]
    model_id = ada.post(f"/api/projects/{project_id}/models", files=form(model)).json()["model"]["id"]
    assert rex.get(f"/api/models/{model_id}/file").status_code == 404
    member = {"name": "Rex", "role": ProjectRole.REVIEWER}
    assert ada.put(f"/api/projects/{project_id}/members", json=member).status_code == 200
    assert rex.get(f"/api/models/{model_id}/file").status_code == 200
    for path in ("models", "models/check"):
        assert rex.post(f"/api/projects/{project_id}/{path}", files=form(model)).status_code == 403


def test_taking_a_file_out_is_an_export() -> None:
    assert action_of({"method": "GET", "path": f"/api/models/{'0' * 32}/file"}) == "export"
