"""Surfaces of a mask, downloaded."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np
import pytest
import trimesh
from starlette.testclient import TestClient

from backend.services import Services
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, tiny_volume


@pytest.fixture
def mask_id(services: Services, project_id: str, volume_id: str) -> str:
    """With a liver of 3 x 5 x 4 voxels, a spleen of 2 x 5 x 4, and a kidney of none."""
    names = (("liver", 300), ("spleen/2", 7), ("kidney", 8))
    labels = [services.labels.create(OWNER, project_id, name, code=code).model_dump() for name, code in names]
    voxels = np.zeros(SHAPE, np.uint8)
    voxels[:3], voxels[4:] = labels[0]["value"], labels[1]["value"]
    held = [{**label, "voxels": 1, "volume_ml": 1.0} for label in labels]
    return store_mask(services, volume_id, voxels, held)


def download(client: TestClient, mask_id: str, kind: str, content_type: str) -> bytes:
    answer = client.get(f"/api/masks/{mask_id}/download", params={"format": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type), answer.text
    return bytes(answer.content)


def check(read: Any, first: int, last: int) -> None:
    """Where columns ``first`` to ``last`` of the canonical grid lie, and of their size."""
    assert read.is_watertight
    volume = tiny_volume()
    assert read.volume == pytest.approx((last - first + 1) * 20 * np.prod(volume.spacing_mm), rel=0.05)
    middle = volume.affine @ [(first + last) / 2, 2.0, 1.5, 1.0]
    np.testing.assert_allclose(read.center_mass, middle[:3] * (-1, -1, 1), atol=0.2)


def test_stl_has_a_file_for_each_label_that_is_there(client: TestClient, mask_id: str) -> None:
    archive = zipfile.ZipFile(io.BytesIO(download(client, mask_id, "stl", "application/zip")))
    assert archive.namelist() == ["007-spleen_2.stl", "300-liver.stl"]
    for name, first, last in (("300-liver.stl", 0, 2), ("007-spleen_2.stl", 4, 5)):
        check(trimesh.load(io.BytesIO(archive.read(name)), file_type="stl"), first, last)


@pytest.mark.parametrize(("kind", "content_type"), [("obj", "model/obj"), ("glb", "model/gltf-binary")])
def test_obj_and_glb_have_all_in_one(client: TestClient, mask_id: str, kind: str, content_type: str) -> None:
    content = download(client, mask_id, kind, content_type)
    scene = trimesh.load_scene(io.BytesIO(content), file_type=kind, split_objects=True)
    assert set(scene.geometry) == {"liver", "spleen/2"}
    check(scene.geometry["liver"], 0, 2)


def test_an_empty_mask_has_none(client: TestClient, services: Services, volume_id: str) -> None:
    mask_id = store_mask(services, volume_id, np.zeros(SHAPE, np.uint8))
    answer = client.get(f"/api/masks/{mask_id}/download", params={"format": "stl"})
    assert answer.status_code == 422
    assert "needs a label with voxels" in answer.json()["error"]["message"]
