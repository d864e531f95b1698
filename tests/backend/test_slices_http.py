"""Single slices of voxels, which the page shows ahead of the volume."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.services import Services
from fewshot_sam.data.planes import Plane, take_slice, to_display
from tests.backend.tiny import tiny_volume


@pytest.mark.parametrize("plane", list(Plane))
def test_a_slice_lies_as_on_screen(client: TestClient, volume_id: str, plane: Plane) -> None:
    answer = client.get(f"/api/volumes/{volume_id}/slices/{plane.value}/1")
    expected = to_display(take_slice(tiny_volume().voxels, plane, 1)).astype("<i2")
    assert answer.content == expected.tobytes()
    assert "immutable" in answer.headers["cache-control"]
    assert "content-encoding" not in answer.headers


def test_slices_that_are_not_there(client: TestClient, volume_id: str) -> None:
    count = tiny_volume().slice_count(Plane.AXIAL)
    answer = client.get(f"/api/volumes/{volume_id}/slices/axial/{count}")
    assert answer.status_code == 400 and "The slice must be from 0" in answer.json()["error"]["message"]
    assert client.get(f"/api/volumes/{volume_id}/slices/oblique/0").status_code == 400
    assert client.get("/api/volumes/unknown/slices/axial/0").status_code == 404


def test_a_slice_is_compressed_for_the_network(
    services: Services, client: TestClient, volume_id: str, tmp_path: Path
) -> None:
    headers = {"Accept-Encoding": "gzip", "X-Forwarded-For": "10.1.2.3"}
    answer = client.get(f"/api/volumes/{volume_id}/slices/axial/0", headers=headers)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == to_display(take_slice(tiny_volume().voxels, Plane.AXIAL, 0)).tobytes()
