"""The table of what labels measure."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.services import Services
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE


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
