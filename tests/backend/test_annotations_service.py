"""Saving, conflicts and import of painted slices."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.errors import ConflictError, InvalidRequestError, NotFoundError
from backend.services import Services
from backend.services import annotations as annotations_module
from backend.services import runs as runs_module
from fewshot_sam.data.planes import Plane, from_display
from fewshot_sam.errors import AnnotationError, GeometryError, ImageFormatError
from storage import arrays
from storage.models import ModelRow
from tests.backend.conftest import OWNER
from tests.backend.tiny import SHAPE, axial_bytes, tiny_volume, write_tiny_nifti


def save(services: Services, volume_id: str, data: bytes, base: int, **change: Any) -> dict[str, Any]:
    arguments = {"plane": "axial", "slice_index": 1, "state": "painted"} | change
    return services.annotations.save(OWNER, volume_id, data=data, base_version=base, **arguments)


def test_versions_are_kept_and_the_latest_counts(
    services: Services, volume_id: str, label_value: int
) -> None:
    first, erased = axial_bytes(label_value), axial_bytes(0)
    assert save(services, volume_id, first, 0)["version"] == 1
    assert save(services, volume_id, erased, 1, state="empty")["version"] == 2
    (latest,) = services.annotations.list_latest(OWNER, volume_id)
    assert (latest["version"], latest["state"], latest["values"]) == (2, "empty", [])
    assert services.annotations.get(OWNER, volume_id, "axial", 1, version=1)[1] == first
    versions = services.annotations.versions(OWNER, volume_id, "axial", 1)
    assert [version["version"] for version in versions] == [2, 1]


def test_saving_the_same_again_is_the_same_version(
    services: Services, volume_id: str, label_value: int
) -> None:
    saved = save(services, volume_id, axial_bytes(label_value), 0)
    assert save(services, volume_id, axial_bytes(label_value), 0) == saved  # a retry whose answer was lost
    assert len(services.annotations.versions(OWNER, volume_id, "axial", 1)) == 1


def test_a_stale_writer_is_told_the_current_version(
    services: Services, volume_id: str, label_value: int
) -> None:
    save(services, volume_id, axial_bytes(label_value), 0)
    other = bytes(reversed(axial_bytes(label_value)))
    with pytest.raises(ConflictError, match="changed elsewhere") as conflict:
        save(services, volume_id, other, 0)
    assert conflict.value.details == {"version": 1}
    assert save(services, volume_id, other, 1)["version"] == 2


def test_painted_without_paint_says_nothing(services: Services, volume_id: str) -> None:
    assert save(services, volume_id, axial_bytes(0), 0)["state"] == "cleared"


@pytest.mark.parametrize(
    ("change", "data", "error", "match"),
    [
        ({"slice_index": 4}, axial_bytes(0), InvalidRequestError, "must be from 0 to 3"),
        ({"slice_index": -1}, axial_bytes(0), InvalidRequestError, "must be from 0 to 3"),
        ({"plane": "oblique"}, axial_bytes(0), InvalidRequestError, "axial, coronal or sagittal"),
        ({"state": "done"}, axial_bytes(0), InvalidRequestError, "painted, empty or cleared"),
        ({}, b"123", AnnotationError, "must be 5 x 6 bytes, got 3 bytes"),
        ({}, axial_bytes(9), AnnotationError, "values that the project does not have: .9."),
        ({"state": "empty"}, axial_bytes(1), AnnotationError, "must hold no paint"),
    ],
)
def test_what_does_not_fit_is_refused_and_not_stored(
    services: Services,
    volume_id: str,
    label_value: int,
    change: dict[str, Any],
    data: bytes,
    error: type[Exception],
    match: str,
) -> None:
    with pytest.raises(error, match=match):
        save(services, volume_id, data, 0, **change)
    assert services.annotations.list_latest(OWNER, volume_id) == []


def test_other_owners_see_nothing(services: Services, volume_id: str, label_value: int) -> None:
    save(services, volume_id, axial_bytes(label_value), 0)
    with pytest.raises(NotFoundError, match="volume does not exist"):
        services.annotations.list_latest("someone else", volume_id)
    with pytest.raises(NotFoundError, match="volume does not exist"):
        services.annotations.save("someone else", volume_id, "axial", 1, b"", "cleared", 1)


def test_an_imported_label_map_becomes_slices_and_labels(
    services: Services, volume_id: str, project_id: str, tmp_path: Path
) -> None:
    stored = np.zeros(SHAPE, np.uint16)
    stored[1, 2, 3] = 77
    stored[4, 0, 1] = 30
    path = write_tiny_nifti(tmp_path / "labels.nii.gz", stored)
    names = tmp_path / "names.json"
    names.write_text(json.dumps({"77": "hip"}))
    result = services.annotations.import_label_map(OWNER, volume_id, [path, names])
    assert result["slices"] == [1, 3]
    assert {label["code"]: label["name"] for label in result["labels"]} == {30: "label 30", 77: "hip"}
    canonical = tiny_volume().source.to_canonical(stored)
    values = {label["code"]: label["value"] for label in services.projects.get(OWNER, project_id)["labels"]}
    for index, code in ((1, 30), (3, 77)):
        _, data = services.annotations.get(OWNER, volume_id, "axial", index)
        shown = np.frombuffer(data, np.uint8).reshape(SHAPE[1], SHAPE[0])
        expected = (canonical[:, :, index] == code) * values[code]
        assert np.array_equal(from_display(shown), expected)


def test_importing_again_makes_no_new_versions(services: Services, volume_id: str, tmp_path: Path) -> None:
    stored = np.zeros(SHAPE, np.uint16)
    stored[1, 2, 3] = 5
    path = write_tiny_nifti(tmp_path / "labels.nii", stored)
    first = services.annotations.import_label_map(OWNER, volume_id, [path], plane=Plane.SAGITTAL.value)
    again = services.annotations.import_label_map(OWNER, volume_id, [path], plane="sagittal")
    assert again["annotations"] == first["annotations"]
    assert again["labels"] == []


def test_others_can_save_while_a_label_map_is_compressed(
    services: Services, volume_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, saved = arrays.pack_slice, []

    def pack_while_another_saves(label_map: np.ndarray) -> bytes:
        with ThreadPoolExecutor(1) as pool:
            saved.append(pool.submit(services.projects.create, "another", "Lungs").result(timeout=5))
        return pack(label_map)

    path = write_tiny_nifti(tmp_path / "labels.nii", np.ones(SHAPE, np.uint8))
    monkeypatch.setattr(arrays, "pack_slice", pack_while_another_saves)
    assert len(services.annotations.import_label_map(OWNER, volume_id, [path])["slices"]) == SHAPE[2]
    assert len(saved) == SHAPE[2]


def test_labels_that_change_during_an_import(
    services: Services, volume_id: str, project_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = arrays.pack_slice

    def pack_while_a_label_is_made(label_map: np.ndarray) -> bytes:
        if not services.projects.get(OWNER, project_id)["labels"]:
            services.labels.create(OWNER, project_id, "spleen")
        return pack(label_map)

    path = write_tiny_nifti(tmp_path / "labels.nii", np.full(SHAPE, 7, np.uint8))
    with monkeypatch.context() as patched, pytest.raises(ConflictError, match="Import it again"):
        patched.setattr(arrays, "pack_slice", pack_while_a_label_is_made)
        services.annotations.import_label_map(OWNER, volume_id, [path])
    assert services.annotations.list_latest(OWNER, volume_id) == []
    assert [label["name"] for label in services.projects.get(OWNER, project_id)["labels"]] == ["spleen"]
    assert services.annotations.import_label_map(OWNER, volume_id, [path])["labels"][0]["code"] == 7


def test_label_maps_that_do_not_fit_are_refused(services: Services, volume_id: str, tmp_path: Path) -> None:
    other_grid = write_tiny_nifti(tmp_path / "other.nii", np.ones((3, 3, 3), np.uint8))
    empty = write_tiny_nifti(tmp_path / "empty.nii", np.zeros(SHAPE, np.uint8))
    names = tmp_path / "names.json"
    names.write_text("[1, 2]")
    importing = services.annotations.import_label_map
    with pytest.raises(GeometryError, match="must lie on the image's grid"):
        importing(OWNER, volume_id, [other_grid])
    with pytest.raises(AnnotationError, match="every voxel is 0"):
        importing(OWNER, volume_id, [empty])
    with pytest.raises(ImageFormatError, match="names by code"):
        importing(OWNER, volume_id, [empty, names])
    with pytest.raises(ImageFormatError, match="one label map file"):
        importing(OWNER, volume_id, [empty, other_grid])
    assert services.annotations.list_latest(OWNER, volume_id) == []


def test_lists_have_an_end(
    services: Services,
    volume_id: str,
    project_id: str,
    label_value: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """100,000 versions would take 14 s and hundreds of megabytes; a client can make any number."""
    for module in (annotations_module, runs_module):
        monkeypatch.setattr(module, "MAX_LISTED", 3)
    data = [axial_bytes(label_value), bytes(reversed(axial_bytes(label_value)))]
    for base in range(5):
        save(services, volume_id, data[base % 2], base)
    versions = services.annotations.versions(OWNER, volume_id, "axial", 1)
    assert [version["version"] for version in versions] == [5, 4, 3]
    made = [services.runs.create(OWNER, volume_id, "propagate")["id"]]
    for _ in range(4):
        services.runs.cancel(OWNER, made[-1])
        made.append(services.runs.create(OWNER, volume_id, "propagate")["id"])
    assert {run["id"] for run in services.runs.of_volume(OWNER, volume_id)} == set(made[-3:])
    models = [
        ModelRow(project_id=project_id, plane="axial", encoder="", labels=[], blob="") for _ in range(4)
    ]
    with services.database.write() as session:
        session.add_all(models)
    assert len(services.runs.models(OWNER, project_id)) == 3
