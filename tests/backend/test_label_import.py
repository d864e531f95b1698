"""Importing label maps as painted slices."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.asker import Asker
from backend.errors import ConflictError
from backend.schemas.enums import ErrorCode
from backend.services import Services
from fewshot_sam.data.planes import Plane, from_display
from fewshot_sam.errors import AnnotationError, ImageFormatError
from fewshot_sam.io.sandbox import reading
from storage import arrays
from tests.backend.conftest import OWNER
from tests.backend.tiny import SHAPE, tiny_volume, write_tiny_nifti


def test_an_imported_label_map_becomes_slices_and_labels(
    services: Services, volume_id: str, project_id: str, tmp_path: Path
) -> None:
    stored = np.zeros(SHAPE, np.uint16)
    stored[1, 2, 3] = 77
    stored[4, 0, 1] = 30
    path = write_tiny_nifti(tmp_path / "labels.nii.gz", stored)
    names = tmp_path / "names.json"
    names.write_text(json.dumps({"77": "hip"}))
    result = services.label_import.import_label_map(OWNER, volume_id, [path, names])
    assert result.slices == [1, 3]
    assert {label.code: label.name for label in result.labels} == {30: "label 30", 77: "hip"}
    canonical = tiny_volume().source.to_canonical(stored)
    values = {label.code: label.value for label in services.projects.get(OWNER, project_id).labels}
    for index, code in ((1, 30), (3, 77)):
        _, data = services.annotations.get(OWNER, volume_id, "axial", index)
        shown = np.frombuffer(data, np.uint8).reshape(SHAPE[1], SHAPE[0])
        expected = (canonical[:, :, index] == code) * values[code]
        assert np.array_equal(from_display(shown), expected)


def test_labels_of_a_label_map_may_have_one_name(
    services: Services, volume_id: str, project_id: str, tmp_path: Path
) -> None:
    services.labels.create(OWNER, project_id, "hip")
    stored = np.zeros(SHAPE, np.uint16)
    stored[1, 2, 3], stored[4, 0, 1] = 77, 30
    path = write_tiny_nifti(tmp_path / "labels.nii.gz", stored)
    names = tmp_path / "names.json"
    names.write_text(json.dumps({"77": "hip", "30": "hip"}))
    services.label_import.import_label_map(OWNER, volume_id, [path, names])
    labels = services.projects.get(OWNER, project_id).labels
    assert [(label.name, label.code) for label in labels] == [("hip", 1), ("hip", 30), ("hip", 77)]


def test_the_plane_that_was_painted_is_found(services: Services, volume_id: str, tmp_path: Path) -> None:
    stored = np.zeros(SHAPE, np.uint8)
    stored[1, 1:4], stored[4, 1:4] = 1, 1
    path = write_tiny_nifti(tmp_path / "labels.nii", stored)
    found = services.label_import.import_label_map(OWNER, volume_id, [path])
    assert (found.plane, found.slices) == (Plane.SAGITTAL, [1, 4])
    listed = services.annotations.list_latest(OWNER, volume_id)
    assert {(annotation.plane, annotation.slice_index) for annotation in listed} == {
        ("sagittal", 1),
        ("sagittal", 4),
    }


def test_two_planes_that_fit_are_asked_for(services: Services, volume_id: str, tmp_path: Path) -> None:
    stored = np.zeros(SHAPE, np.uint8)
    stored[2], stored[:, :, 1] = 1, 1
    path = write_tiny_nifti(tmp_path / "labels.nii", stored)
    with pytest.raises(ConflictError, match=r"fits 2: .* and .*Say which one it is") as caught:
        services.label_import.import_label_map(OWNER, volume_id, [path])
    planes = [{"plane": "sagittal", "slices": 6}, {"plane": "axial", "slices": 4}]
    assert caught.value.details["code"] == ErrorCode.PLANE_CHOICE
    assert sorted(map(str, caught.value.details["planes"])) == sorted(map(str, planes))
    assert services.annotations.list_latest(OWNER, volume_id) == []
    assert services.label_import.import_label_map(OWNER, volume_id, [path], "axial").slices == [0, 1, 2, 3]


def test_what_is_not_a_number_is_said(services: Services, volume_id: str, tmp_path: Path) -> None:
    stored = np.ones(SHAPE, np.float32)
    stored[0, 0, 0] = np.nan
    path = write_tiny_nifti(tmp_path / "labels.nii", stored)
    notes = services.label_import.import_label_map(OWNER, volume_id, [path]).notes
    assert notes == "In 'labels' 1 voxel is not a number (NaN) and taken as background."


def test_what_a_label_map_leaves_open_is_asked(
    client: TestClient, project_id: str, volume_id: str, tmp_path: Path
) -> None:
    client.post(f"/api/projects/{project_id}/labels", json={"name": "Liver", "code": 7})
    stored = np.zeros((6, 5, 4), np.uint8)
    stored[2], stored[:, :, 1] = 7, 7
    path = write_tiny_nifti(tmp_path / "labels.nii", stored)
    files = [("file", (path.name, path.read_bytes())), ("file", ("labels.tsv", b"index\tname\n7\tLeber\n"))]
    url, data = f"/api/volumes/{volume_id}/annotations/import", {}
    asked = client.post(url, files=files, data=data)
    assert (asked.status_code, asked.json()["error"]["code"]) == (409, "plane_choice")
    data = {"plane": asked.json()["error"]["planes"][0]["plane"]}
    asked = client.post(url, files=files, data=data)
    assert (asked.status_code, asked.json()["error"]["code"]) == (409, "label_choice")
    assert asked.json()["error"]["labels"][0]["file_name"] == "Leber"
    answer = client.post(url, files=files, data={**data, "names": '{"7": "take"}'})
    assert (answer.status_code, answer.json()["labels"][0]["name"], answer.json()["notes"]) == (
        201,
        "Leber",
        "",
    )


def test_importing_again_makes_no_new_versions(services: Services, volume_id: str, tmp_path: Path) -> None:
    stored = np.zeros(SHAPE, np.uint16)
    stored[1, 2, 3] = 5
    path = write_tiny_nifti(tmp_path / "labels.nii", stored)
    first = services.label_import.import_label_map(OWNER, volume_id, [path], plane=Plane.SAGITTAL.value)
    again = services.label_import.import_label_map(OWNER, volume_id, [path], plane="sagittal")
    assert again.annotations == first.annotations
    assert again.labels == []


def test_others_can_save_while_a_label_map_is_compressed(
    services: Services, volume_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, saved = arrays.pack_slice, []

    def pack_while_another_saves(label_map: np.ndarray) -> bytes:
        with ThreadPoolExecutor(1) as pool:
            saved.append(pool.submit(services.projects.create, Asker("another"), "Lungs").result(timeout=5))
        return pack(label_map)

    path = write_tiny_nifti(tmp_path / "labels.nii", np.ones(SHAPE, np.uint8))
    monkeypatch.setattr(arrays, "pack_slice", pack_while_another_saves)
    assert len(services.label_import.import_label_map(OWNER, volume_id, [path]).slices) == SHAPE[2]
    assert len(saved) == SHAPE[2]


def test_labels_that_change_during_an_import(
    services: Services, volume_id: str, project_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = arrays.pack_slice

    def pack_while_a_label_is_made(label_map: np.ndarray) -> bytes:
        if not services.projects.get(OWNER, project_id).labels:
            services.labels.create(OWNER, project_id, "spleen")
        return pack(label_map)

    path = write_tiny_nifti(tmp_path / "labels.nii", np.full(SHAPE, 7, np.uint8))
    with monkeypatch.context() as patched, pytest.raises(ConflictError, match="Import it again"):
        patched.setattr(arrays, "pack_slice", pack_while_a_label_is_made)
        services.label_import.import_label_map(OWNER, volume_id, [path])
    assert services.annotations.list_latest(OWNER, volume_id) == []
    assert [label.name for label in services.projects.get(OWNER, project_id).labels] == ["spleen"]
    assert services.label_import.import_label_map(OWNER, volume_id, [path]).labels[0].code == 7


def test_label_maps_that_do_not_fit_are_refused(services: Services, volume_id: str, tmp_path: Path) -> None:
    other_grid = write_tiny_nifti(tmp_path / "other.nii", np.ones((3, 3, 3), np.uint8))
    empty = write_tiny_nifti(tmp_path / "empty.nii", np.zeros(SHAPE, np.uint8))
    names = tmp_path / "names.json"
    names.write_text("[1, 2]")
    importing = services.label_import.import_label_map
    with pytest.raises(ConflictError, match="must lie on the image's grid"):
        importing(OWNER, volume_id, [other_grid])
    with pytest.raises(AnnotationError, match="every voxel is 0"):
        importing(OWNER, volume_id, [empty])
    with pytest.raises(ImageFormatError, match="names by code"):
        importing(OWNER, volume_id, [empty, names])
    with pytest.raises(ImageFormatError, match="one label map file"):
        importing(OWNER, volume_id, [empty, other_grid])
    assert services.annotations.list_latest(OWNER, volume_id) == []


def test_the_server_parses_no_image_and_the_reader_one_time(
    services: Services, volume_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_tiny_nifti(tmp_path / "labels.nii", np.full(SHAPE, 7, np.uint8))
    started: list[dict[str, Any]] = []

    def count(folder: Path, paths: list[Path], request: dict[str, Any], limits: Any) -> None:
        started.append(request)
        run_child(folder, paths, request, limits)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("an image was parsed in the server")

    run_child = reading.run_child
    monkeypatch.setattr(reading, "run_child", count)
    monkeypatch.setattr(nib, "load", refuse)
    for name in ("fewshot_sam.io.load.load_volume", "fewshot_sam.io.labels.load_label_map"):
        monkeypatch.setattr(name, refuse)
    assert services.label_import.import_label_map(OWNER, volume_id, [path]).slices == [0, 1, 2, 3]
    assert [request["task"] for request in started] == ["labels"]


def test_a_label_map_of_another_grid_is_resampled_only_when_asked(
    client: TestClient, services: Services, volume_id: str, tmp_path: Path
) -> None:
    """On twice as many voxels; what is painted is kept, and its origin says so."""
    stored = np.zeros(SHAPE, np.uint8)
    stored[1:3, 1:3, 2] = 1
    fine = np.kron(stored, np.ones((2, 2, 2), np.uint8))
    image = nib.load(write_tiny_nifti(tmp_path / "coarse.nii", stored))
    to_coarse = np.diag([0.5, 0.5, 0.5, 1.0])
    to_coarse[:3, 3] = -0.25
    path = tmp_path / "fine.nii"
    nib.save(nib.Nifti1Image(fine, image.affine @ to_coarse), path)

    def send(**answers: str) -> Any:
        files = {"files": (path.name, path.read_bytes())}
        return client.post(f"/api/volumes/{volume_id}/annotations/import", files=files, data=answers)

    asked = send()
    assert (asked.status_code, asked.json()["error"]["code"]) == (409, "grid_choice")
    assert "their shapes differ" in asked.json()["error"]["message"]
    assert client.get(f"/api/volumes/{volume_id}/annotations").json() == []
    wrong = send(grid="linear")
    assert wrong.status_code == 400 and "must be nearest, got 'linear'" in wrong.json()["error"]["message"]
    answer = send(grid="nearest", plane="axial")
    assert answer.status_code == 201, answer.text
    assert "each voxel got the label nearest to it" in answer.json()["notes"]
    assert answer.json()["slices"] == [2]
    (found,) = client.get(f"/api/volumes/{volume_id}/annotations").json()
    assert found["origins"]["1"]["resampled"] is True and found["origins"]["1"]["file"] == "fine.nii"
    data = client.get(f"/api/volumes/{volume_id}/annotations/axial/2").content
    wanted = tiny_volume().source.to_canonical(stored)[:, :, 2]
    assert np.array_equal(from_display(np.frombuffer(data, np.uint8).reshape(SHAPE[1], SHAPE[0])), wanted)
