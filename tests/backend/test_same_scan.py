"""A scan that a project has already is said, and comes again only if that is asked for."""

from __future__ import annotations

import io
import zipfile

import httpx
import pytest
from starlette.testclient import TestClient

from backend.services import Services
from tests.backend.conftest import OWNER
from tests.backend.tiny import tiny_nifti


def bring(client: TestClient, project_id: str, name: str, content: bytes, query: str = "") -> httpx.Response:
    return client.post(f"/api/projects/{project_id}/volumes{query}", files={"files": (name, content)})


def test_the_same_scan_comes_twice_only_if_asked_for(
    client: TestClient, services: Services, project_id: str
) -> None:
    first = bring(client, project_id, "a.nii", tiny_nifti()).json()
    stored = services.blobs.path(services.volumes.row(OWNER, first["id"]).voxel_blob)
    again = bring(client, project_id, "b.nii", tiny_nifti())
    assert again.status_code == 409
    error = again.json()["error"]
    assert (error["code"], error["volume_id"]) == ("same_scan", first["id"])
    assert error["message"].startswith("This scan is in the project already, as 'a'.")
    assert stored.exists(), "the voxels that the first one names"
    assert not any(services.config.uploads_folder.iterdir())
    assert bring(client, project_id, "b.nii", tiny_nifti(), "?again=1").status_code == 201
    other = client.post("/api/projects", json={"name": "other"}).json()["id"]
    assert bring(client, other, "a.nii", tiny_nifti()).status_code == 201


@pytest.fixture
def two_scans() -> bytes:
    """A zip of the same scan twice."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("left.nii", "right.nii"):
            archive.writestr(name, tiny_nifti())
    return packed.getvalue()


def test_a_zip_of_several_scans_asks_and_gives_each(
    client: TestClient, project_id: str, two_scans: bytes
) -> None:
    asked = bring(client, project_id, "both.zip", two_scans).json()["error"]
    assert asked["code"] == "series_choice"
    assert [choice["description"] for choice in asked["choices"]] == ["left", "right"]

    def choose(position: int, **how: bool) -> httpx.Response:
        uid = asked["choices"][position]["series_uid"]
        return client.post(f"/api/uploads/{asked['upload_id']}", json={"series_uid": uid, **how})

    assert choose(0).json()["name"] == "left"
    assert choose(1).json()["error"]["code"] == "same_scan"
    assert choose(1, again=True).json()["name"] == "right"
