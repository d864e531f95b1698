"""The page about a mask: whole in one file, safe with any name, with the slices that hold labels."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from backend.exports.montage import LONGEST_SIDE
from backend.services import Services
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE

SCRIPT = "<script>alert(1)</script>"


def report(client: TestClient, mask_id: str) -> str:
    answer = client.get(f"/api/masks/{mask_id}/download", params={"format": "report"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    return answer.text


@pytest.fixture
def labels(services: Services, project_id: str) -> list[dict[str, Any]]:
    made = [services.labels.create(OWNER, project_id, name).model_dump() for name in ("liver", "aorta")]
    return [{**label, "voxels": 0, "volume_ml": 0.0} for label in made]


@pytest.fixture
def mask_id(services: Services, volume_id: str, labels: list[dict[str, Any]]) -> str:
    label_map = np.zeros(SHAPE, np.uint8)
    label_map[:3, :3, 1:3] = 1
    return store_mask(services, volume_id, label_map, labels)


def test_it_shows_the_slices_that_hold_a_label(client: TestClient, mask_id: str) -> None:
    text = report(client, mask_id)
    assert re.findall(r'alt="axial slice (\d+)"', text) == ["2", "3"]
    for jpeg in re.findall(r"base64,([^\"]+)\"", text):
        with Image.open(io.BytesIO(base64.b64decode(jpeg))) as picture:
            assert (picture.format, max(picture.size)) == ("JPEG", LONGEST_SIDE)
            colours = np.asarray(picture.convert("RGB")).reshape(-1, 3).astype(int)
        assert (colours.max(axis=1) - colours.min(axis=1) > 30).any()  # the label's outline


def test_without_a_label_the_whole_volume_is_shown(
    client: TestClient, services: Services, volume_id: str
) -> None:
    text = report(client, store_mask(services, volume_id, np.zeros(SHAPE, np.uint8)))
    assert len(re.findall(r'alt="axial slice', text)) == min(12, SHAPE[2])


def test_names_are_text_and_nothing_is_loaded(client: TestClient, volume_id: str, mask_id: str) -> None:
    client.patch(f"/api/volumes/{volume_id}", json={"name": f"scan {SCRIPT}"})
    project_id = client.get(f"/api/volumes/{volume_id}").json()["project_id"]
    for label in client.get(f"/api/projects/{project_id}").json()["labels"]:
        client.patch(f"/api/labels/{label['id']}", json={"name": f"{label['value']}{SCRIPT}"})
    text = report(client, mask_id)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "default-src 'none'" in text
    assert not re.search(r'(src|href)="(?!data:image/jpeg;base64,)', text)


def test_it_says_where_the_mask_comes_from(client: TestClient, mask_id: str) -> None:
    text = report(client, mask_id)
    assert "not a medical device" in text
    assert "<dt>Method</dt>" in text
    assert client.get(f"/api/masks/{mask_id}").json()["labels"][0]["name"] in text
