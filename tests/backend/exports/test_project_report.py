"""The page about a project: every volume, safe with any name, with what stands apart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.exports.spread import Spread
from backend.schemas.enums import VolumeState
from backend.services import Services
from storage.models import VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, tiny_volume
from tests.fewshot_sam.synthetic_pictures import write_pictures

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def report(client: TestClient, services: Services, project_id: str) -> str:
    """Of seven volumes, one of them without a mask and one with far more of the label."""
    label: dict[str, Any] = services.labels.create(OWNER, project_id, f"liver{SCRIPT}").model_dump()
    for number, ml in enumerate((10.0, 11.0, 10.5, 9.5, 10.2, 30.0, None)):
        volume = services.volumes.add(OWNER, project_id, tiny_volume(), "tiny.nii").id
        services.volumes.change(OWNER, volume, name=f"patient {number} {SCRIPT}")
        if ml is not None:
            voxels = np.zeros(SHAPE, np.uint8)
            store_mask(services, volume, voxels, [{**label, "voxels": 1, "volume_ml": ml}])
    answer = client.get(f"/api/projects/{project_id}/report")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    return answer.text


def test_it_lists_every_volume(report: str) -> None:
    assert len(re.findall(r"<td>patient \d", report)) == 7
    assert "30.00" in report
    assert "7 volumes" in report


def test_moments_and_counts_are_written_as_the_page_does(report: str) -> None:
    assert re.search(r"7 volumes, \d+ [A-Z][a-z]+ \d{4} \d\d:\d\d UTC<", report)
    assert "6 volumes, median 10.35 mL, from 9.50 to 30.00 mL" in report


def test_of_pictures_it_says_pixels(
    client: TestClient, services: Services, project_id: str, tmp_path: Path
) -> None:
    label: dict[str, Any] = services.labels.create(OWNER, project_id, "nuclei").model_dump()
    write_pictures(tmp_path / "slides", [(8, 9), (6, 7)])
    form = [("files", (path.name, path.read_bytes())) for path in sorted((tmp_path / "slides").iterdir())]
    stack = client.post(f"/api/projects/{project_id}/volumes", files=form).json()
    sized = [{**label, "voxels": 1234, "volume_ml": 1.234}]
    store_mask(services, stack["id"], np.zeros(stack["shape"], np.uint8), sized)
    scan = services.volumes.add(OWNER, project_id, tiny_volume(), "tiny.nii").id
    store_mask(services, scan, np.zeros(SHAPE, np.uint8), [{**label, "voxels": 1, "volume_ml": 2.5}])
    with services.database.write() as session:
        session.get_one(VolumeRow, scan).review = VolumeState.IN_REVIEW
    text = client.get(f"/api/projects/{project_id}/report").text
    assert "nuclei 1234 px</li>" in text
    assert "nuclei 2.50 mL</li>" in text
    assert "nuclei: 1 volume, median 1234 px, from 1234 to 1234 px" in text
    assert "nuclei: 1 volume, median 2.50 mL" in text
    assert "<td>In review</td>" in text


def test_names_are_text_and_nothing_is_loaded(report: str) -> None:
    assert "<script" not in report
    assert "&lt;script&gt;" in report
    assert "default-src 'none'" in report
    assert not re.search(r'(src|href)="(?!data:image/png;base64,)', report)


def test_what_stands_apart_is_named(report: str) -> None:
    (named,) = re.findall(r"robust standard deviations from the median: ([^<]*)", report)
    assert named.startswith("patient 5 ")
    assert "30.00 mL" in named
    assert report.count('fill="#c2410c"') == 1
    assert report.count("<circle") == 6


def test_head_rows_come_again_on_every_printed_page(report: str) -> None:
    assert "thead { display: table-header-group; }" in report


def test_few_or_equal_volumes_stand_apart_from_nothing() -> None:
    assert not any(Spread.of([1.0, 1.0, 1.0, 9.0]).apart)
    assert not any(Spread.of([1.0] * 9 + [5.0]).apart)  # no spread to measure by
    assert Spread.of([4.0]).places == Spread.of([4.0, 4.0]).places[:1]


def test_an_empty_project_has_a_report(client: TestClient, project_id: str) -> None:
    assert "0 volumes" in client.get(f"/api/projects/{project_id}/report").text
