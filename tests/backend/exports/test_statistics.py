"""The table of what labels measure."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.services import Services
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE
from tests.fewshot_sam.synthetic_pictures import write_pictures


@pytest.fixture
def table(client: TestClient, services: Services, project_id: str, volume_id: str) -> list[list[str]]:
    made = [services.labels.create(OWNER, project_id, name).model_dump() for name in ("liver", "aorta")]
    labels = [{**label, "voxels": 0, "volume_ml": 0.0} for label in made]
    label_map = np.zeros(SHAPE, np.uint8)
    label_map[:2, :1, :3] = 1
    mask_id = store_mask(services, volume_id, label_map, labels)
    answer = client.get(f"/api/masks/{mask_id}/download", params={"format": "statistics"})
    assert "tiny-statistics.csv" in answer.headers["content-disposition"]
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_it_says_what_each_label_measures(client: TestClient, volume_id: str, table: list[list[str]]) -> None:
    head, *rows = table
    volume = client.get(f"/api/volumes/{volume_id}").json()
    found = dict(zip(head, rows[0], strict=True))
    assert found["voxels"] == "6"
    x, y, z = volume["spacing_mm"]
    assert float(found["volume_ml"]) == pytest.approx(6 * x * y * z / 1000, abs=1e-4)
    extent = [float(found[f"extent_{axis}_mm"]) for axis in ("right", "anterior", "superior")]
    assert extent == pytest.approx([2 * x, y, 3 * z], abs=1e-4)
    low, high = volume["value_range"]
    assert low <= float(found["mean"]) <= high
    assert float(found["standard_deviation"]) >= 0


def test_a_label_that_is_nowhere_has_no_intensity(table: list[list[str]]) -> None:
    head, *rows = table
    assert [row[1] for row in rows] == ["liver", "aorta"]
    for row in rows[1:]:
        found = dict(zip(head, row, strict=True))
        assert (found["voxels"], found["mean"], found["standard_deviation"]) == ("0", "", "")


def test_of_pictures_it_says_pixels_and_neither_ml_nor_extents(
    client: TestClient, services: Services, project_id: str, tmp_path: Path
) -> None:
    write_pictures(tmp_path / "slides", [(8, 9), (6, 7)])
    form = [("files", (path.name, path.read_bytes())) for path in sorted((tmp_path / "slides").iterdir())]
    stack = client.post(f"/api/projects/{project_id}/volumes", files=form).json()
    label = services.labels.create(OWNER, project_id, "nuclei").model_dump()
    label_map = np.zeros(stack["shape"], np.uint8)
    label_map[-3:, -4:, :] = label["value"]
    for count in (12, 24):
        mask_id = store_mask(services, stack["id"], label_map, [{**label, "voxels": count, "volume_ml": 1.0}])

    def rows(text: bytes) -> dict[str, str]:
        (row,) = csv.DictReader(io.StringIO(text.decode("utf-8-sig")))
        return row

    path = f"/api/masks/{mask_id}/download"
    found = rows(client.get(path, params={"format": "statistics"}).content)
    assert (found["voxels"], float(found["mean"]) > 0) == ("24", True)
    empty = {name for name in found if name.endswith("_ml") or name.startswith("extent_")}
    assert {name: found[name] for name in empty} == dict.fromkeys(empty, "")
    assert len(empty) == 7
    assert rows(client.get(path, params={"format": "csv"}).content)["volume_ml"] == ""
    answer = client.get(f"/api/projects/{project_id}/masks")
    labels = zipfile.ZipFile(io.BytesIO(answer.content)).read("labels.csv")
    assert (rows(labels)["voxels"], rows(labels)["volume_ml"]) == ("24", "")
