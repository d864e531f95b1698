"""DICOM segmentations that are imported: names tell labels, as the numbers of segments mean nothing."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.services import Services
from fewshot_sam.io.dicom.segmentation import SegmentationKind, segmentation
from fewshot_sam.io.dicom.segments import Segment
from fewshot_sam.io.load import load_scan
from tests.backend.conftest import OWNER
from tests.backend.dicom_seg_helpers import (
    SHAPE,
    download,
    mask_of,
    on_frames,
    read_seg,
    send_files,
    send_tiny_series,
)
from tests.fewshot_sam.synthetic_files import dicom_series, write_dicom

Named = list[tuple[str, int, str]]


def label_map() -> np.ndarray:
    """Canonical label values: 1 on slices 1 and 2, 2 on slice 2."""
    values = np.zeros(SHAPE, np.uint8)
    values[0, :2, 1:3], values[2, 2:4, 2] = 1, 2
    return values


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[SegmentationKind, bytes]:
    """Segmentations of a spleen (#abcdef, code 9) and a liver (#123456, code 40) on the scan."""
    volume, headers = load_scan(write_dicom(tmp_path_factory.mktemp("series"), dicom_series(4)))
    assert headers is not None
    codes = np.array([0, 40, 9], np.uint8)[label_map()]
    segments = [Segment(9, "Spleen", "#abcdef"), Segment(40, "Liver", "#123456")]
    found = {}
    for kind in SegmentationKind:
        content = io.BytesIO()
        segmentation(codes, volume, headers, segments, kind).save_as(content)
        found[kind] = content.getvalue()
    return found


@pytest.fixture
def seg(made: dict[SegmentationKind, bytes]) -> bytes:
    """The one of bits."""
    return made[SegmentationKind.BINARY]


@pytest.fixture
def volume(client: TestClient, project_id: str, tmp_path: Path) -> str:
    """Of the scan that the segmentation is of."""
    return send_tiny_series(client, project_id, tmp_path / "here")


def send(client: TestClient, volume: str, *files: tuple[str, bytes], what: str = "annotations/import") -> Any:
    form = [("file", file) for file in files]
    plane = {"plane": "axial"} if what == "annotations/import" else None
    answer = client.post(f"/api/volumes/{volume}/{what}", files=form, data=plane)
    assert answer.status_code == 201, answer.text
    return answer.json()


def labels_of(services: Services, project_id: str) -> Named:
    found = services.projects.get(OWNER, project_id).labels
    return [(label.name, label.code, label.color) for label in found]


def painted(services: Services, volume: str, index: int) -> np.ndarray:
    """(rows, columns) label values."""
    _, data = services.annotations.get(OWNER, volume, "axial", index)
    return np.frombuffer(data, np.uint8).reshape(SHAPE[1], SHAPE[0])


def test_names_in_the_project_are_met_though_codes_differ(
    client: TestClient, services: Services, project_id: str, volume: str, seg: bytes
) -> None:
    """The spleen is segment 1 in the file and the liver 2, which are code 2 and 1 here."""
    for name in ("LIVER", "spleen"):
        services.labels.create(OWNER, project_id, name, "#777777")
    answer = send(client, volume, ("mask.dcm", seg))
    assert (answer["slices"], answer["labels"]) == ([1, 2], [])
    assert labels_of(services, project_id) == [("LIVER", 1, "#777777"), ("spleen", 2, "#777777")]
    for index in (1, 2):
        np.testing.assert_array_equal(painted(services, volume, index), on_frames(label_map())[index])


def test_new_names_take_no_code_of_another_label(
    client: TestClient, services: Services, project_id: str, volume: str, seg: bytes
) -> None:
    services.labels.create(OWNER, project_id, "Aorta", "#777777")
    send(client, volume, ("mask.dcm", seg))
    found = labels_of(services, project_id)
    assert [(name, code) for name, code, _ in found] == [("Aorta", 1), ("Spleen", 2), ("Liver", 3)]
    for (_, _, color), expected in zip(found[1:], ("#abcdef", "#123456"), strict=True):
        apart = [int(color[at : at + 2], 16) - int(expected[at : at + 2], 16) for at in (1, 3, 5)]
        assert max(map(abs, apart)) <= 3  # the file holds it as CIELab


def test_a_label_map_brings_its_codes_where_they_are_free(
    client: TestClient,
    services: Services,
    project_id: str,
    volume: str,
    made: dict[SegmentationKind, bytes],
) -> None:
    send(client, volume, ("mask.dcm", made[SegmentationKind.LABEL_MAP]))
    assert [each[:2] for each in labels_of(services, project_id)] == [("Spleen", 9), ("Liver", 40)]


@pytest.mark.parametrize("is_zip", [False, True])
def test_files_beside_it_that_tell_of_codes_change_nothing(
    client: TestClient, services: Services, project_id: str, volume: str, seg: bytes, is_zip: bool
) -> None:
    files = {
        "mask.dcm": seg,
        "labels.json": json.dumps({"1": "Kidney", "2": "Lung"}).encode(),
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, each in files.items():
            archive.writestr(name, each)
    send(client, volume, *([("masks.zip", content.getvalue())] if is_zip else files.items()))
    assert [each[0] for each in labels_of(services, project_id)] == ["Spleen", "Liver"]


def test_segments_of_one_name_become_one_label_and_that_is_said(
    client: TestClient, services: Services, project_id: str, volume: str, seg: bytes
) -> None:
    changed = read_seg(seg)
    for segment in changed.SegmentSequence:
        segment.SegmentLabel = "Lesion"
    content = io.BytesIO()
    changed.save_as(content)
    answer = send(client, volume, ("mask.dcm", content.getvalue()))
    assert "2 segments are called 'Lesion' and became one label." in answer["notes"]
    assert [each[0] for each in labels_of(services, project_id)] == ["Lesion"]
    np.testing.assert_array_equal(painted(services, volume, 2) > 0, on_frames(label_map())[2] > 0)


def test_one_is_a_reference_too(
    client: TestClient, services: Services, project_id: str, volume: str, seg: bytes
) -> None:
    services.labels.create(OWNER, project_id, "liver")
    answer = send(client, volume, ("mask.dcm", seg), what="reference")
    found = {label["name"]: label["voxels"] for label in answer["labels"]}
    assert found == {"liver": 4, "Spleen": 2}


def test_a_real_scan_there_and_back(
    client: TestClient, services: Services, project_id: str, data_dir: Path
) -> None:
    paths = sorted((data_dir / "ct_dicom" / "series").iterdir())
    first, second = (send_files(client, project_id, paths) for _ in range(2))
    names = ("labels.nii.gz", "labels.json")
    given = [(name, (data_dir / "ct_dicom" / name).read_bytes()) for name in names]
    labels = send(client, first, *given)["labels"]
    rows = services.annotations.list_latest(OWNER, first)
    slices = {
        row.slice_index: services.annotations.get(OWNER, first, "axial", row.slice_index)[1] for row in rows
    }
    values = np.zeros((512, 512, 20), np.uint8)
    for index, data in slices.items():
        values[:, :, index] = np.frombuffer(data, np.uint8).reshape(512, 512).T[::-1, ::-1]
    versions = {str(row.slice_index): row.version for row in rows}
    content = download(client, mask_of(services, first, values, labels, versions))
    made = read_seg(content)
    assert {each.SegmentAlgorithmType for each in made.SegmentSequence} == {"SEMIAUTOMATIC"}
    answer = send(client, second, ("seg.dcm", content))
    assert (answer["labels"], answer["slices"]) == ([], sorted(slices))
    for index, data in slices.items():
        assert services.annotations.get(OWNER, second, "axial", index)[1] == data
