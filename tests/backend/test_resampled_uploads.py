"""Slices that form no regular stack, over HTTP: told, and resampled if the user says so."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.config import Config
from backend.services import Services
from tests.backend.conftest import OWNER
from tests.fewshot_sam.synthetic_files import axis_affine, dicom_series, write_nifti


def tilted_series(uid: str) -> list[tuple[str, bytes]]:
    """Files of a CT whose gantry leans by 5.71 degrees, as a form has them."""
    files = []
    for k, dataset in enumerate(dicom_series(10, series_uid=uid)):
        dataset.ImagePositionPatient = [-10.0, -20.0 + 0.2 * k, 30.0 + 2.0 * k]
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        files.append((f"{uid}-{k}.dcm", buffer.getvalue()))
    return files


def upload(client: TestClient, project_id: str, files: list[tuple[str, bytes]]) -> Any:
    form = [("files", file) for file in files]
    return client.post(f"/api/projects/{project_id}/volumes", files=form)


def volumes(client: TestClient, project_id: str) -> list[Any]:
    return client.get(f"/api/projects/{project_id}").json()["volumes"]


def test_a_tilted_series_waits_until_it_may_be_resampled(client: TestClient, project_id: str) -> None:
    refused = upload(client, project_id, tilted_series("1.2.5"))
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (409, "resample_choice")
    assert "the stack leans by 5.71 degrees" in error["message"]
    assert volumes(client, project_id) == []
    path = f"/api/uploads/{error['upload_id']}"
    again = client.post(path, json={}).json()["error"]
    assert (again["code"], again["upload_id"]) == ("resample_choice", error["upload_id"])
    assert client.post(path, json={"series_uid": "1.2.5", "resample": True}).status_code == 400
    answer = client.post(path, json={"resample": True})
    assert answer.status_code == 201
    volume = answer.json()
    assert volume["notes"].startswith(
        "Resampled to a regular grid by linear interpolation, because the stack"
    )
    assert volume["shape"][2] == 10
    assert [listed["id"] for listed in volumes(client, project_id)] == [volume["id"]]


def test_one_of_two_series_that_are_both_tilted(client: TestClient, project_id: str) -> None:
    error = upload(client, project_id, tilted_series("1.2.5") + tilted_series("1.2.6")).json()["error"]
    assert error["code"] == "series_choice"
    path = f"/api/uploads/{error['upload_id']}"
    asked = client.post(path, json={"series_uid": "1.2.6"})
    assert (asked.status_code, asked.json()["error"]["code"]) == (409, "resample_choice")
    assert asked.json()["error"]["upload_id"] == error["upload_id"]
    for wrong in ({"resample": True}, {"series_uid": "9.9", "resample": True}):
        assert client.post(path, json=wrong).status_code == 400
    answer = client.post(path, json={"series_uid": "1.2.6", "resample": True})
    assert (answer.status_code, answer.json()["name"]) == (201, "Series 6")


@pytest.mark.parametrize("value", ["yes", 2, None, []])
def test_the_choice_is_yes_or_no(client: TestClient, project_id: str, value: object) -> None:
    error = upload(client, project_id, tilted_series("1.2.5")).json()["error"]
    answer = client.post(f"/api/uploads/{error['upload_id']}", json={"resample": value})
    assert answer.status_code == 400


def test_a_broken_upload_leaves_nothing(client: TestClient, project_id: str, config: Config) -> None:
    files = tilted_series("1.2.5")
    del files[4]
    answer = upload(client, project_id, files)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "user_error")
    assert "1 slice is missing" in answer.json()["error"]["message"]
    assert list(config.uploads_folder.iterdir()) == []


def test_labels_and_masks_of_a_resampled_scan(
    client: TestClient, services: Services, project_id: str, tmp_path: Path
) -> None:
    affine = axis_affine("LPS")
    affine[:3, 2] += [0, 0.5, 0]
    painted = np.zeros((12, 12, 8), np.uint8)
    painted[3:7, 4:9, 2] = 1
    scan = write_nifti(tmp_path / "scan.nii", painted.astype(np.int16) * 300, affine)
    error = upload(client, project_id, [("scan.nii", scan.read_bytes())]).json()["error"]
    assert "two of them are at 78.7 degrees" in error["message"]
    volume = client.post(f"/api/uploads/{error['upload_id']}", json={"resample": True}).json()
    labels = write_nifti(tmp_path / "labels.nii", painted, affine)
    imported = client.post(
        f"/api/volumes/{volume['id']}/annotations/import", files={"file": ("labels.nii", labels.read_bytes())}
    )
    assert imported.json()["slices"] == [2]
    opened = services.volumes.open(OWNER, volume["id"])
    assert nib.aff2axcodes(opened.source.affine) == ("L", "P", "S")
    axes = opened.source.affine[:3, :3]
    np.testing.assert_allclose(axes.T @ axes, np.diag(np.diag(axes.T @ axes)), atol=1e-9)


def test_both_forms_of_a_scan_are_stored(
    client: TestClient, services: Services, project_id: str, tmp_path: Path
) -> None:
    sform, qform = axis_affine("LPS"), axis_affine("LPS")
    qform[:3, 3] += (5, -3, 8)
    stored = np.zeros((6, 5, 4), np.int16)
    scan = nib.Nifti1Image(stored, None)
    scan.set_qform(qform, 1)
    scan.set_sform(sform, 2)
    nib.save(scan, tmp_path / "scan.nii.gz")
    volume = upload(client, project_id, [("scan.nii.gz", (tmp_path / "scan.nii.gz").read_bytes())]).json()
    stored[1:3, 1:3, 3] = 4
    nib.save(nib.Nifti1Image(stored.astype(np.uint8), qform), tmp_path / "drawn.nii.gz")
    imported = client.post(
        f"/api/volumes/{volume['id']}/annotations/import",
        files={"file": ("drawn.nii.gz", (tmp_path / "drawn.nii.gz").read_bytes())},
    )
    assert (imported.status_code, imported.json()["slices"]) == (201, [3])
    grid = services.volumes.open(OWNER, volume["id"]).source
    np.testing.assert_allclose(grid.qform_affine, qform, atol=1e-5)
