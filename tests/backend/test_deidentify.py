"""Import without names: nothing that DICOM or a file's name says of a patient is in database or folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.config import Config
from backend.services import Services, build_services
from fewshot_sam.data.identity import KEPT_METADATA, without_identity
from tests.backend.clients import make_client
from tests.backend.tiny import tiny_volume, write_tiny_nifti
from tests.fewshot_sam.synthetic_files import dicom_series, write_dicom
from tests.fewshot_sam.synthetic_pictures import write_pictures

CANARY = "Zaphod1955"
UID = "1.2.826.0.1.1955"


@pytest.fixture
def services(config: Config) -> Iterator[Services]:
    services = build_services(dataclasses.replace(config, deidentify=True))
    yield services
    services.close()


def send_series(client: TestClient, project: str, folder: Path) -> dict[str, object]:
    tags = {"PatientName": f"{CANARY}^A", "SeriesDescription": f"CT of {CANARY}", "SeriesInstanceUID": UID}
    paths = sorted(write_dicom(folder, dicom_series(3, **tags)).iterdir())
    files = [("files", (f"{CANARY}{path.name}", path.read_bytes())) for path in paths]
    answer = client.post(f"/api/projects/{project}/volumes", files=files)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_nothing_of_the_patient_is_kept(
    client: TestClient, services: Services, project_id: str, tmp_path: Path
) -> None:
    first = send_series(client, project_id, tmp_path / "a")
    nifti = write_tiny_nifti(tmp_path / f"{CANARY}.nii")
    files = {"files": (nifti.name, nifti.read_bytes())}
    second = client.post(f"/api/projects/{project_id}/volumes?again=1", files=files).json()
    assert [(each["name"], each["source_name"]) for each in (first, second)] == [
        ("Scan 1", ""),
        ("Scan 2", ""),
    ]
    assert (first["modality"], first["shape"]) == ("CT", first["shape"])
    services.database.close()
    for path in services.config.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert CANARY.encode() not in content and UID.encode() not in content, path
            assert CANARY not in path.name


def test_numbers_are_not_given_twice(client: TestClient, project_id: str, tmp_path: Path) -> None:
    nifti = write_tiny_nifti(tmp_path / "a.nii").read_bytes()

    def bring() -> dict[str, str]:
        address = f"/api/projects/{project_id}/volumes?again=1"
        return dict(client.post(address, files={"files": ("a.nii", nifti)}).json())

    first, second = bring(), bring()
    client.delete(f"/api/volumes/{first['id']}")
    client.patch(f"/api/volumes/{second['id']}", json={"name": "Scan 7"})
    assert bring()["name"] == "Scan 8"


def test_the_page_is_told(client: TestClient) -> None:
    assert client.get("/api/system").json()["deidentify"] is True


def test_by_default_names_are_kept(config: Config, tmp_path: Path) -> None:
    services = build_services(config)
    client = make_client(services, tmp_path)
    project = client.post("/api/projects", json={"name": "p"}).json()["id"]
    volume = send_series(client, project, tmp_path / "a")
    assert volume["name"] == f"CT of {CANARY}"
    assert client.get("/api/system").json()["deidentify"] is False
    services.close()


def test_a_project_can_want_it_whatever_the_server_wants(config: Config, tmp_path: Path) -> None:
    services = build_services(config)
    client = make_client(services, tmp_path)
    project = client.post("/api/projects", json={"name": "p"}).json()["id"]
    rules = f"/api/projects/{project}/rules"
    client.put(rules, json={"keep_days": None, "deidentify": True}).raise_for_status()
    other = client.post("/api/projects", json={"name": "q"}).json()["id"]
    volume = send_series(client, project, tmp_path / "a")
    assert (volume["name"], volume["source_name"]) == ("Scan 1", "")
    assert send_series(client, other, tmp_path / "b")["name"] == f"CT of {CANARY}"
    services.close()


def test_what_the_server_wants_counts_in_projects_that_do_not(
    client: TestClient, project_id: str, tmp_path: Path
) -> None:
    client.put(f"/api/projects/{project_id}/rules", json={"keep_days": None, "deidentify": False})
    assert send_series(client, project_id, tmp_path / "a")["name"] == "Scan 1"


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("0", False), ("", False)])
def test_the_environment_switches_it_on(value: str, expected: bool) -> None:
    assert Config.from_environment({"FEWSHOT_SAM_DEIDENTIFY": value}).deidentify is expected


def test_only_what_is_known_to_be_harmless_stays() -> None:
    volume = dataclasses.replace(
        tiny_volume(CANARY), metadata={"format": "DICOM", "series_uid": UID, "of_a_later_reader": CANARY}
    )
    left = without_identity(volume, "Scan 1")
    assert (left.name, left.metadata) == ("Scan 1", {"format": "DICOM"})
    assert left.voxels is volume.voxels and left.content_hash == volume.content_hash
    assert "series_uid" not in KEPT_METADATA


def test_pictures_are_called_by_numbers(client: TestClient, project_id: str, tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures")
    paths = sorted((tmp_path / "pictures").iterdir())
    files = [("files", (f"{CANARY} {path.name}", path.read_bytes())) for path in paths]
    volume = client.post(f"/api/projects/{project_id}/volumes", files=files).json()
    assert [each["name"] for each in volume["pictures"]] == [f"picture {n}" for n in range(1, 7)]
    assert CANARY not in str(volume)
