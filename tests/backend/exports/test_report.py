"""The page about a mask: whole in one file, safe with any name, with the slices that hold labels."""

from __future__ import annotations

import base64
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from backend.exports.montage import LONGEST_SIDE
from backend.services import Services
from storage.models import MaskRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE
from tests.fewshot_sam.synthetic_pictures import write_pictures

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
    assert "<dt>Method</dt><dd>Three planes, seed 0</dd>" in text  # as the page calls it
    assert client.get(f"/api/masks/{mask_id}").json()["labels"][0]["name"] in text


def test_moments_are_written_as_the_page_does(client: TestClient, services: Services, mask_id: str) -> None:
    with services.database.write() as session:
        session.get_one(MaskRow, mask_id).created_at = datetime(2024, 5, 3, 14, 5, tzinfo=UTC)
    text = report(client, mask_id)
    assert "<dt>Made</dt><dd>3 May 2024 14:05 UTC</dd>" in text
    assert re.search(r"Written \d+ \w+ \d{4} \d\d:\d\d UTC\.", text)


def test_of_pictures_it_says_areas(
    client: TestClient, services: Services, project_id: str, labels: list[dict[str, Any]], tmp_path: Path
) -> None:
    write_pictures(tmp_path / "slides", [(8, 9), (6, 7)])
    form = [("files", (path.name, path.read_bytes())) for path in sorted((tmp_path / "slides").iterdir())]
    stack = client.post(f"/api/projects/{project_id}/volumes", files=form).json()
    voxels = np.zeros(stack["shape"], np.uint8)
    voxels[-3:, -4:, :] = labels[0]["value"]
    mask = store_mask(services, stack["id"], voxels, labels)
    text = report(client, mask)
    assert "<th>Area, px</th>" in text
    assert "<td>24</td>" in text
    assert ">picture 2.png<" in text
    assert "2 pictures" in text
    assert not re.search(r"mL|mm\b", text.partition("</style>")[2])


@pytest.mark.parametrize(
    ("sides", "shown"), [((0.5, 0.5), "-20.0"), ((0.5, 2.0), "\u2013"), ((0.5, None), "\u2013")]
)
def test_pixels_of_several_sizes_tell_no_change_of_an_area(
    client: TestClient, services: Services, project_id: str, labels: list[dict[str, Any]], tmp_path: Path,
    sides: tuple[float | None, ...], shown: str,
) -> None:  # fmt: skip
    write_pictures(tmp_path / "slides", [(8, 9), (6, 7)])
    form = [("files", (path.name, path.read_bytes())) for path in sorted((tmp_path / "slides").iterdir())]
    stack = client.post(f"/api/projects/{project_id}/volumes", files=form).json()
    with services.database.write() as session:
        row = session.get_one(VolumeRow, stack["id"])
        each = zip(row.geometry["pictures"], sides, strict=True)
        pictures = [{**one, "pixel_mm": None if side is None else [side, side]} for one, side in each]
        row.geometry = {**row.geometry, "pictures": pictures}
    voxels = np.zeros(stack["shape"], np.uint8)
    for ml in (10.0, 8.0):
        mask = store_mask(services, stack["id"], voxels, [{**labels[0], "volume_ml": ml}])
    assert "<th>Change, %</th>" in report(client, mask)
    assert f"<td>{shown}</td>\n      <td>" in report(client, mask)
