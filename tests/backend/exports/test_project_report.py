"""The page about a project: every volume, safe with any name, with what stands apart."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.exports.spread import Spread
from backend.services import Services
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, tiny_volume

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
