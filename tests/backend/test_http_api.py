"""The HTTP API as its contract says, without a browser."""

from __future__ import annotations

import errno
import gzip
import io
import zlib
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.services import Services
from tests.backend.tiny import axial_bytes, tiny_volume, write_tiny_nifti


def upload(client: TestClient, project_id: str, *paths: Path):  # type: ignore[no-untyped-def]
    files = [("files", (path.name, path.read_bytes())) for path in paths]
    return client.post(f"/api/projects/{project_id}/volumes", files=files)


def test_health_and_system(client: TestClient) -> None:
    assert client.get("/api/health").json() == {"status": "ok"}
    system = client.get("/api/system").json()
    assert system["multi_user"] is False
    assert {"encoder", "device", "version"} <= set(system)


def test_projects_and_labels(client: TestClient) -> None:
    created = client.post("/api/projects", json={"name": "Livers"})
    assert created.status_code == 201
    project_id = created.json()["id"]
    label = client.post(f"/api/projects/{project_id}/labels", json={"name": "liver", "color": "#ff0000"})
    assert label.status_code == 201
    assert label.json() | {"id": ""} == {
        "id": "", "value": 1, "code": 1, "name": "liver", "color": "#ff0000", "term": None,
    }  # fmt: skip
    changed = client.patch(f"/api/labels/{label.json()['id']}", json={"name": "Leber"}).json()
    assert (changed["name"], changed["color"]) == ("Leber", "#ff0000")
    assert client.patch(f"/api/projects/{project_id}", json={"name": "Organs"}).json()["name"] == "Organs"
    assert client.get(f"/api/projects/{project_id}").json()["labels"] == [changed]
    assert client.delete(f"/api/labels/{label.json()['id']}").status_code == 204
    deleted = {key: changed[key] for key in ("value", "code", "name", "color", "term")}
    restored = client.post(f"/api/projects/{project_id}/labels/restore", json=deleted)
    assert (restored.status_code, restored.json() | {"id": ""}) == (201, deleted | {"id": "", "left_out": []})
    assert client.delete(f"/api/projects/{project_id}").status_code == 204
    assert client.get(f"/api/projects/{project_id}").status_code == 404


def test_the_first_write_brings_the_demo_and_reading_brings_nothing(client: TestClient) -> None:
    assert client.get("/api/projects").json() == []
    (project,) = client.post("/api/workspace").json()
    assert (project["name"], project["volume_count"]) == ("Demo: head MR", 1)
    assert client.get("/api/projects").json() == [project]
    assert client.post("/api/workspace", json={}).json() == [project]


def test_upload_and_voxels(client: TestClient, project_id: str, tmp_path: Path) -> None:
    answer = upload(client, project_id, write_tiny_nifti(tmp_path / "belly.nii.gz"))
    assert answer.status_code == 201
    summary = answer.json()
    voxels = client.get(f"/api/volumes/{summary['id']}/voxels")
    assert voxels.content == tiny_volume().voxels.astype("<i2").tobytes(order="F")
    assert "content-encoding" not in voxels.headers
    etag = voxels.headers["etag"]
    again = client.get(f"/api/volumes/{summary['id']}/voxels", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("wanted", "status", "slices"),
    [
        ("bytes=10-19", 206, slice(10, 20)),
        ("bytes=230-", 206, slice(230, 240)),
        ("bytes=-5", 206, slice(235, 240)),
        ("bytes=0-9999", 206, slice(0, 240)),
        ("bytes=240-", 416, None),
        ("bytes=5-2", 416, None),
        ("items=0-1", 416, None),
    ],
)
def test_voxels_by_range(
    client: TestClient, volume_id: str, wanted: str, status: int, slices: slice | None
) -> None:
    whole = client.get(f"/api/volumes/{volume_id}/voxels").content
    answer = client.get(f"/api/volumes/{volume_id}/voxels", headers={"Range": wanted})
    assert answer.status_code == status
    if slices is None:
        assert answer.headers["content-range"] == "bytes */240"
    else:
        assert answer.content == whole[slices]
        assert answer.headers["content-range"] == f"bytes {slices.start}-{slices.stop - 1}/240"


def test_voxels_are_compressed_for_the_network_only(
    client: TestClient, services: Services, volume_id: str
) -> None:
    remote = TestClient(
        client.app, base_url="http://127.0.0.1:7860", client=("192.0.2.7", 1), headers=client.headers
    )
    answer = remote.get(f"/api/volumes/{volume_id}/voxels", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == tiny_volume().voxels.tobytes(order="F")
    local = client.get(f"/api/volumes/{volume_id}/voxels", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in local.headers


def test_preview_is_a_small_nifti_in_place(client: TestClient, media_thread: None) -> None:
    (project,) = client.post("/api/workspace").json()
    volume = client.get(f"/api/projects/{project['id']}").json()["volumes"][0]
    answer = client.get(f"/api/volumes/{volume['id']}/preview.nii")
    image = nib.Nifti1Image.from_bytes(answer.content)
    assert image.get_data_dtype() == np.uint8
    assert max(image.shape) <= 160
    centre = np.append((np.array(image.shape) - 1) / 2, 1)
    full_centre = np.append((np.array(volume["shape"]) - 1) / 2, 1)
    apart = image.affine @ centre - np.array(volume["affine"]) @ full_centre
    assert np.abs(apart).max() <= 1.0  # a voxel that filled no block was left out at the end


def test_painted_slices(client: TestClient, volume_id: str, label_value: int) -> None:
    url = f"/api/volumes/{volume_id}/annotations/axial/2"
    assert client.get(url).status_code == 404
    data = axial_bytes(label_value)
    saved = client.put(url, content=data, headers={"X-Base-Version": "0", "X-State": "painted"})
    assert (saved.status_code, saved.json()["version"]) == (200, 1)
    assert "saved_at" in saved.json()
    read = client.get(url)
    assert (read.content, read.headers["x-version"], read.headers["x-state"]) == (data, "1", "painted")
    stale = client.put(url, content=data[::-1], headers={"X-Base-Version": "5", "X-State": "painted"})
    assert stale.status_code == 409
    assert (stale.json()["error"]["code"], stale.json()["error"]["version"]) == ("conflict", 1)
    (listed,) = client.get(f"/api/volumes/{volume_id}/annotations").json()
    assert (listed["slice_index"], listed["values"]) == (2, [label_value])
    assert client.get(f"/api/volumes/{volume_id}").json()["painted"]["axial"] == 1
    assert [v["version"] for v in client.get(f"{url}/versions").json()] == [1]


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_slices_may_be_sent_compressed(
    client: TestClient,
    volume_id: str,
    label_value: int,
    encoding: str,
    compress,  # type: ignore[no-untyped-def]
) -> None:
    url = f"/api/volumes/{volume_id}/annotations/axial/2"
    headers = {"X-Base-Version": "0", "X-State": "painted", "Content-Encoding": encoding}
    body = compress(axial_bytes(label_value))
    assert client.put(url, content=body[:-6], headers=headers).status_code == 400
    assert client.put(url, content=b"\x1f\x8bgarbage", headers=headers).status_code == 400
    assert client.put(url, content=body, headers=headers).status_code == 200
    assert client.get(url).content == axial_bytes(label_value)


def test_a_compressed_bomb_is_refused(client: TestClient, volume_id: str) -> None:
    headers = {"X-Base-Version": "0", "X-State": "painted", "Content-Encoding": "gzip"}
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 9)
    answer = client.put(f"/api/volumes/{volume_id}/annotations/axial/2", content=bomb, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_a_slice_larger_than_its_volume_is_refused_before_it_is_read(
    client: TestClient, volume_id: str
) -> None:
    headers = {"X-Base-Version": "0", "X-State": "painted"}
    url = f"/api/volumes/{volume_id}/annotations/axial/2"

    def chunks():  # type: ignore[no-untyped-def]
        for _ in range(10):
            yield bytes(1000)

    for content in (bytes(10_000), chunks()):
        answer = client.put(url, content=content, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    nothing = client.put(url.replace(volume_id, "0" * 32), content=bytes(10_000), headers=headers)
    assert nothing.status_code == 404


def test_importing_a_label_map(client: TestClient, volume_id: str, tmp_path: Path) -> None:
    stored = np.zeros((6, 5, 4), np.uint8)
    stored[0, 0, 0] = 7
    path = write_tiny_nifti(tmp_path / "labels.nii.gz", stored)
    answer = client.post(
        f"/api/volumes/{volume_id}/annotations/import",
        files={"file": (path.name, path.read_bytes())},
        data={"plane": "coronal"},
    )
    assert answer.status_code == 201
    assert (answer.json()["slices"], answer.json()["plane"]) == ([0], "coronal")


def test_errors_have_one_shape(client: TestClient, project_id: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.nii"
    broken.write_bytes(b"no image")
    cases = [
        (upload(client, project_id, broken), 422, "user_error"),
        (client.get("/api/volumes/nope"), 404, "not_found"),
        (client.get("/api/nope"), 404, "not_found"),
        (client.post("/api/projects", json={}), 400, "bad_request"),
        (client.post("/api/projects", json={"name": ""}), 400, "bad_request"),
        (client.post(f"/api/projects/{project_id}/volumes", content=b"x"), 400, "bad_request"),
        (client.put("/api/projects"), 405, "method_not_allowed"),
    ]
    for answer, status, code in cases:
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (status, code)
        assert error["message"].endswith(".")
        assert "Traceback" not in answer.text


def test_an_unforeseen_error_is_a_sentence(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_asked: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(services.projects, "list_all", fail)
    answer = client.get("/api/projects")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "secret" not in answer.text


def test_a_full_disk_is_told(client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_asked: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(services.projects, "list_all", fail)
    answer = client.get("/api/projects")
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "disk_full")


def test_runs_need_paint(client: TestClient, volume_id: str, label_value: int) -> None:
    url = f"/api/volumes/{volume_id}/runs"
    refused = client.post(url, json={"kind": "propagate"})
    assert refused.status_code == 422
    assert "Paint a label on at least one axial slice" in refused.json()["error"]["message"]
    assert client.post(url, json={"kind": "predict"}).status_code == 422
    assert client.post(url, json={"kind": "guess"}).status_code == 400


def test_a_queued_run_can_be_cancelled(client: TestClient, volume_id: str, label_value: int) -> None:
    client.put(
        f"/api/volumes/{volume_id}/annotations/axial/2",
        content=axial_bytes(label_value),
        headers={"X-Base-Version": "0", "X-State": "painted"},
    )
    url = f"/api/volumes/{volume_id}/runs"
    bad = client.post(url, json={"kind": "propagate", "settings": {"fit": {"stepz": 1}}})
    assert (bad.status_code, "Unknown setting 'stepz'" in bad.text) == (422, True)
    run = client.post(url, json={"kind": "propagate"}).json()
    assert (run["state"], run["fraction"], run["mask_id"]) == ("queued", 0.0, None)
    second = client.post(url, json={"kind": "propagate"})
    assert (second.status_code, second.json()["error"]["run_id"]) == (409, run["id"])
    assert client.post(f"/api/runs/{run['id']}/cancel").json()["state"] == "cancelled"
    assert client.get(f"/api/runs/{run['id']}").json()["finished_at"] is not None
    assert [r["id"] for r in client.get(url).json()] == [run["id"]]
    assert client.get(f"/api/volumes/{volume_id}").json()["run"]["id"] == run["id"]


def test_dicom_zip(client: TestClient, project_id: str, data_dir: Path) -> None:
    import zipfile

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted((data_dir / "ct_dicom").rglob("*")):
            if path.is_file() and path.suffix not in (".gz", ".json"):
                archive.write(path, f"study/{path.name}")
    files = {"files": ("ct.zip", content.getvalue())}
    answer = client.post(f"/api/projects/{project_id}/volumes", files=files)
    assert answer.status_code == 201
    summary = answer.json()
    assert (summary["modality"], summary["shape"]) == ("CT", [512, 512, 20])
    labels = data_dir / "ct_dicom" / "labels.nii.gz"
    imported = client.post(
        f"/api/volumes/{summary['id']}/annotations/import",
        files=[
            ("file", (labels.name, labels.read_bytes())),
            ("file", ("labels.json", (data_dir / "ct_dicom" / "labels.json").read_bytes())),
        ],
    )
    assert imported.status_code == 201
    assert len(imported.json()["slices"]) == 20
    assert not any(label["name"].startswith("label ") for label in imported.json()["labels"])
