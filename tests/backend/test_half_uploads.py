"""Scans that are too large, and files of several volumes, over HTTP: told, and opened as chosen."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.config import Config
from backend.services import Services
from fewshot_sam.io.limits import ReadLimits
from tests.backend.conftest import OWNER
from tests.backend.test_resampled_uploads import upload
from tests.fewshot_sam.synthetic_files import random_voxels, write_nifti

SHAPE = (7, 6, 9)


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, read_limits=ReadLimits(max_voxels=200))


def test_a_scan_waits_until_it_may_be_halved_and_its_mask_is_whole(
    client: TestClient, services: Services, project_id: str, tmp_path: Path
) -> None:
    path = write_nifti(tmp_path / "scan.nii", random_voxels(SHAPE))
    error = upload(client, project_id, [("scan.nii", path.read_bytes())]).json()["error"]
    assert error["code"] == "half_choice"
    assert "can be opened at half resolution, with 4 x 3 x 5 voxels" in error["message"]
    route = f"/api/uploads/{error['upload_id']}"
    assert client.post(route, json={"resample": True}).json()["error"]["code"] == "half_choice"
    answer = client.post(route, json={"half": True})
    assert answer.status_code == 201
    volume = answer.json()
    assert (volume["shape"], "at half resolution" in volume["notes"]) == ([4, 3, 5], True)
    opened = services.volumes.open(OWNER, volume["id"])
    assert opened.source.full is not None
    assert opened.source.full.shape == SHAPE


def test_frames_of_a_file_in_a_zip(client: TestClient, project_id: str, tmp_path: Path) -> None:
    frames = np.random.default_rng(1).integers(0, 900, (4, 3, 5, 2)).astype(np.int16)
    nib.save(nib.Nifti1Image(frames, np.eye(4)), tmp_path / "a.nii")
    write_nifti(tmp_path / "b.nii", random_voxels((4, 3, 5)))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("a.nii", "b.nii"):
            archive.write(tmp_path / name, name)
    error = upload(client, project_id, [("both.zip", packed.getvalue())]).json()["error"]
    assert [choice["series_uid"] for choice in error["choices"]] == ["#1", "#2"]
    route = f"/api/uploads/{error['upload_id']}"
    further = client.post(route, json={"series_uid": "#1"}).json()["error"]
    assert (further["code"], further["upload_id"]) == ("series_choice", error["upload_id"])
    assert [choice["series_uid"] for choice in further["choices"]] == ["#1.1", "#1.2"]
    answer = client.post(route, json={"series_uid": "#1.2"})
    assert (answer.status_code, answer.json()["name"]) == (201, "a frame 2 of 2")
