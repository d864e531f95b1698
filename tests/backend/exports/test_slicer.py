"""Segmentations of 3D Slicer as downloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicerio
from starlette.testclient import TestClient

from backend.services import Services
from fewshot_sam.data.terms import CodedTerm, SegmentTerm
from fewshot_sam.io.labels import read_label_map
from tests.backend.conftest import OWNER
from tests.backend.dicom_seg_helpers import SHAPE, mask_of, send_tiny_series

STRUCTURE = CodedTerm("SCT", "123037004", "Anatomical Structure")
LIVER = SegmentTerm(STRUCTURE, CodedTerm("SCT", "10200004", "Liver"))


def test_names_colours_codes_and_terms(
    client: TestClient, services: Services, project_id: str, tmp_path: Path
) -> None:
    create = services.labels.create
    labels: list[dict[str, Any]] = [
        create(OWNER, project_id, "Leber", code=300, term=LIVER.to_dict()).model_dump(),
        create(OWNER, project_id, "spleen").model_dump(),
    ]
    volume = send_tiny_series(client, project_id, tmp_path)
    values = np.zeros(SHAPE, np.uint8)
    values[1:3, 2, 2], values[0, 0, 1] = labels[0]["value"], labels[1]["value"]
    path = tmp_path / "mask.seg.nrrd"
    mask = mask_of(services, volume, values, labels)
    path.write_bytes(client.get(f"/api/masks/{mask}/download?format=slicer").content)
    segments = slicerio.read_segmentation(str(path))["segments"]
    found = {each["name"]: (each["labelValue"], each.get("terminology", {}).get("type")) for each in segments}
    assert found == {"Leber": (300, ["SCT", "10200004", "Liver"]), "spleen": (labels[1]["code"], None)}
    read = read_label_map([path], services.volumes.open(OWNER, volume).source)
    codes = np.zeros(SHAPE, np.uint16)
    codes[values == labels[0]["value"]], codes[values == labels[1]["value"]] = 300, labels[1]["code"]
    np.testing.assert_array_equal(read.codes, codes)
    assert {read.names[300].color, read.names[300].term} == {labels[0]["color"], LIVER}
