"""How labels changed since the mask before: on the mask's answer, in the table and in the report."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.services import Services
from storage.models import MaskRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE

NO_VOXELS = np.zeros(SHAPE, np.uint8)


@pytest.fixture
def labels(services: Services, project_id: str) -> list[dict[str, Any]]:
    made = [services.labels.create(OWNER, project_id, name).model_dump() for name in ("liver", "aorta")]
    return [{**label, "voxels": 0, "volume_ml": 0.0} for label in made]


def store(services: Services, volume_id: str, labels: list[dict[str, Any]], *volumes_ml: float) -> str:
    sized = [{**label, "volume_ml": ml} for label, ml in zip(labels, volumes_ml, strict=False)]
    return store_mask(services, volume_id, NO_VOXELS, sized)


def download(client: TestClient, mask_id: str, name: str) -> str:
    answer = client.get(f"/api/masks/{mask_id}/download", params={"format": name})
    assert answer.status_code == 200, answer.text
    return answer.content.decode("utf-8-sig")


def test_a_mask_is_held_against_the_one_before(
    client: TestClient, services: Services, volume_id: str, labels: list[dict[str, Any]]
) -> None:
    first = store(services, volume_id, labels, 10.0)
    second = store(services, volume_id, labels, 12.0, 3.0)
    answer = client.get(f"/api/masks/{second}").json()
    assert answer["previous"]["mask_id"] == first
    assert [label["previous_ml"] for label in answer["labels"]] == [10.0, None]
    assert client.get(f"/api/masks/{first}").json()["previous"] is None


def test_a_draft_is_nothing_to_compare_with(
    client: TestClient, services: Services, volume_id: str, labels: list[dict[str, Any]]
) -> None:
    first, draft = (store(services, volume_id, labels, ml) for ml in (10.0, 99.0))
    with services.database.write() as session:
        session.get_one(MaskRow, draft).draft = True
    second = store(services, volume_id, labels, 12.0)
    assert client.get(f"/api/masks/{second}").json()["previous"]["mask_id"] == first


def test_the_table_says_millilitres_and_percent(
    client: TestClient, services: Services, volume_id: str, labels: list[dict[str, Any]]
) -> None:
    store(services, volume_id, labels, 10.0)
    head, *rows = csv.reader(
        io.StringIO(download(client, store(services, volume_id, labels, 12.5, 3.0), "statistics"), newline="")
    )
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert (found[0]["previous_volume_ml"], found[0]["change_ml"]) == ("10.0000", "2.5000")
    assert (found[0]["change_percent"], found[1]["change_ml"]) == ("25.0000", "")


def test_the_report_says_it_too(
    client: TestClient, services: Services, volume_id: str, labels: list[dict[str, Any]]
) -> None:
    first = download(client, store(services, volume_id, labels, 10.0), "report")
    second = download(client, store(services, volume_id, labels, 8.0, 3.0), "report")
    assert "Change" not in first
    assert "-2.00 (-20.0 %)" in second
    assert "<td>new</td>" in second
