"""An export plugs in with one file and one line."""

from __future__ import annotations

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.exports.registry import EXPORTS, find_export
from backend.services import Services
from storage.models import MaskRow
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE


@pytest.fixture
def mask_id(services: Services, volume_id: str) -> str:
    return store_mask(services, volume_id, np.ones(SHAPE, np.uint8))


def test_a_toy_is_served_by_its_name(
    client: TestClient, mask_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"/api/masks/{mask_id}/download"
    assert client.get(url, params={"format": "toy"}).status_code == 400
    monkeypatch.setitem(EXPORTS, "toy", "tests.backend.exports.toy_export:export")
    answer = client.get(url, params={"format": "toy"})
    assert (answer.status_code, answer.text) == (200, "tiny: 120")
    assert "tiny.txt" in answer.headers["content-disposition"]


def test_an_unknown_format_is_told_which_there_are(client: TestClient, mask_id: str) -> None:
    answer = client.get(f"/api/masks/{mask_id}/download", params={"format": "exe"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    known = (
        "nifti, bundle, labels, csv, statistics, report, provenance, names, confidence, "
        "seg, seg_label_map, rtstruct, slicer, stl, obj, glb, png, coco"
    )
    assert f"one of {known}, got 'exe'" in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_every_registered_export_is_there(name: str) -> None:
    assert callable(find_export(name))


def test_a_table_needs_no_voxels(client: TestClient, services: Services, mask_id: str) -> None:
    with services.database.read() as session:
        services.blobs.path(session.get_one(MaskRow, mask_id).blob).unlink()
    assert client.get(f"/api/masks/{mask_id}/download", params={"format": "csv"}).status_code == 200
