"""DICOM segmentations of masks, read by another library: voxel for voxel, with what made each label."""

from __future__ import annotations

import csv
import io
import json
import logging
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
from starlette.testclient import TestClient

from backend.exports.dicom import _author
from backend.schemas.enums import SliceState
from backend.schemas.parts import OriginAnswer
from backend.schemas.provenance import ProvenanceAnswer, SliceOriginsAnswer
from backend.services import Services
from fewshot_sam.data.origins import OriginKind
from fewshot_sam.data.planes import Plane
from fewshot_sam.io import load_label_map
from storage.models import VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.dicom_seg_helpers import (
    SHAPE,
    download,
    instances,
    mask_of,
    on_frames,
    read_seg,
    send_files,
    send_tiny_series,
)
from tests.backend.tiny import write_tiny_nifti

PATIENT = "Zaphod^Beeblebrox"


def test_a_real_scan_bit_for_bit(
    client: TestClient, services: Services, project_id: str, data_dir: Path
) -> None:
    folder = data_dir / "ct_dicom" / "series"
    volume = send_files(client, project_id, sorted(folder.iterdir()))
    names = json.loads((data_dir / "ct_dicom" / "labels.json").read_text())
    codes = np.asarray(nib.as_closest_canonical(nib.load(data_dir / "ct_dicom" / "labels.nii.gz")).dataobj)
    labels, values = [], np.zeros(codes.shape, np.uint8)
    for code in np.unique(codes)[1:].tolist():
        labels.append(services.labels.create(OWNER, project_id, names[str(code)], code=code).model_dump())
        values[codes == code] = labels[-1]["value"]
    made = read_seg(download(client, mask_of(services, volume, np.asfortranarray(values), labels)))
    files = instances(folder)
    uids = [str(file.file_meta.MediaStorageSOPInstanceUID) for file in files]
    found = made.get_pixels_by_source_instance(
        uids, combine_segments=True, relabel=False, assert_missing_frames_are_empty=True
    )
    numbers = {number: label["code"] for number, label in enumerate(labels, 1)}
    lookup = np.array([0, *(numbers[number] for number in sorted(numbers))])
    np.testing.assert_array_equal(lookup[found], on_frames(codes))
    (series,) = made.ReferencedSeriesSequence
    assert sorted(str(each.ReferencedSOPInstanceUID) for each in series.ReferencedInstanceSequence) == sorted(
        uids
    )
    assert [(each.SegmentLabel, each.SegmentAlgorithmType) for each in made.SegmentSequence] == [
        (label["name"], "AUTOMATIC") for label in labels
    ]
    assert made.FrameOfReferenceUID == files[0].FrameOfReferenceUID
    assert made.IssuerOfPatientID == files[0].IssuerOfPatientID


@pytest.fixture
def labels(services: Services, project_id: str) -> list[dict[str, Any]]:
    names = ("liver", "spleen", "aorta")
    return [services.labels.create(OWNER, project_id, each).model_dump() for each in names]


def mask_with_paint(services: Services, volume: str, labels: list[dict[str, Any]]) -> str:
    """Label 1 was painted on slice 1, and 2 too, of which more is predicted, as all of label 3 is."""
    values = np.zeros(SHAPE, np.uint8)
    one, two, three = (label["value"] for label in labels)
    values[0, 0, 1], values[1, 1, 1:3], values[2, 2, 2:] = one, two, three
    painted = on_frames(values)[1].tobytes()
    save = services.annotations.save
    version = save(OWNER, volume, "axial", 1, painted, "painted", 0).version
    return mask_of(services, volume, values, labels, {"1": version})


def test_each_label_says_how_it_was_made(
    client: TestClient, services: Services, project_id: str, labels: list[dict[str, Any]], tmp_path: Path
) -> None:
    volume = send_tiny_series(client, project_id, tmp_path, PatientName=PATIENT, PatientID="42")
    mask = mask_with_paint(services, volume, labels)
    made = read_seg(download(client, mask))
    assert [(each.SegmentLabel, each.SegmentAlgorithmType) for each in made.SegmentSequence] == [
        ("liver", "MANUAL"),
        ("spleen", "SEMIAUTOMATIC"),
        ("aorta", "AUTOMATIC"),
    ]
    assert "SegmentAlgorithmName" not in made.SegmentSequence[0]
    assert made.SegmentSequence[2].SegmentAlgorithmName.startswith("Few-shot SAM")
    assert (made.PatientName, made.PatientID, made.StudyInstanceUID) == (PATIENT, "42", "1.2.3")
    assert not made.get("ContentCreatorName")
    facts = json.loads(client.get(f"/api/masks/{mask}/download?format=provenance").content)["labels"]
    assert [each["algorithm"]["type"] for each in facts] == ["MANUAL", "SEMIAUTOMATIC", "AUTOMATIC"]


def test_a_structure_set_gives_the_mask_again(
    client: TestClient, services: Services, project_id: str, labels: list[dict[str, Any]], tmp_path: Path
) -> None:
    volume = send_tiny_series(client, project_id, tmp_path)
    mask = mask_with_paint(services, volume, labels)
    path = tmp_path / "rt.dcm"
    path.write_bytes(download(client, mask, "rtstruct"))
    numbers = np.zeros(SHAPE)
    numbers[0, 0, 1], numbers[1, 1, 1:3], numbers[2, 2, 2:] = 1, 2, 3
    np.testing.assert_array_equal(load_label_map(path, services.volumes.open(OWNER, volume)), numbers)
    kinds = [each.ROIGenerationAlgorithm for each in pydicom.dcmread(path).StructureSetROISequence]
    assert kinds == ["MANUAL", "SEMIAUTOMATIC", "AUTOMATIC"]


def test_a_label_map_keeps_the_codes(
    client: TestClient, services: Services, project_id: str, tmp_path: Path
) -> None:
    label = services.labels.create(OWNER, project_id, "liver", code=300).model_dump()
    volume = send_tiny_series(client, project_id, tmp_path)
    values = np.zeros(SHAPE, np.uint8)
    values[1:3, 2, 2] = label["value"]
    made = read_seg(download(client, mask_of(services, volume, values, [label]), "seg_label_map"))
    assert made.SegmentationType == "LABELMAP"
    assert [each.SegmentNumber for each in made.SegmentSequence if each.SegmentLabel == "liver"] == [300]


@pytest.mark.parametrize(
    ("told", "author"),
    [
        ({"1": ("ada", "painted"), "2": ("ada", "accepted")}, "Ada"),
        ({"1": ("ada", "painted"), "2": ("grace", "corrected")}, None),
        ({"1": ("ada", "painted"), "2": ("grace", "imported"), "9": ("grace", "painted")}, "Ada"),
        ({"1": ("nobody", "painted")}, None),
        ({}, None),
    ],
)
def test_one_person_whose_work_it_is_is_named(told: dict[str, tuple[str, str]], author: str | None) -> None:
    origins = {
        value: OriginAnswer(kind=OriginKind(kind), by=by, at="2026-05-03")
        for value, (by, kind) in told.items()
    }
    slice_answer = SliceOriginsAnswer(
        plane=Plane.AXIAL, slice_index=0, version=1, state=SliceState.PAINTED, author="ada",
        saved_at="2026-05-03", labels=origins,
    )  # fmt: skip
    people = {"ada": "Ada", "grace": "Grace", "nobody": None}
    provenance = ProvenanceAnswer(volume_id="v", people=people, masks=[], slices=[slice_answer])
    mask: Any = SimpleNamespace(labels=[{"value": 1}, {"value": 2}], provenance=provenance)
    assert _author(mask) == author


def refused(client: TestClient, mask_id: str) -> str:
    answer = client.get(f"/api/masks/{mask_id}/download?format=seg")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "user_error"), answer.text
    return str(answer.json()["error"]["message"])


def test_a_volume_without_headers_says_why(
    client: TestClient, services: Services, project_id: str, labels: list[dict[str, Any]], tmp_path: Path
) -> None:
    def why(volume: str) -> str:
        shape = tuple(client.get(f"/api/volumes/{volume}").json()["shape"])
        return refused(client, mask_of(services, volume, np.ones(shape, np.uint8), labels))

    assert "came from another format" in why(
        send_files(client, project_id, [write_tiny_nifti(tmp_path / "a.nii")])
    )
    earlier = send_tiny_series(client, project_id, tmp_path / "a")
    with services.database.write() as session:
        session.get_one(VolumeRow, earlier).headers_blob = None
    assert "by a version that kept none. Import the files again" in why(earlier)
    rules = {"keep_days": None, "deidentify": True}
    assert client.put(f"/api/projects/{project_id}/rules", json=rules).status_code == 200
    assert "imported without names" in why(send_tiny_series(client, project_id, tmp_path / "b"))


def test_an_error_of_the_library_tells_no_header(
    client: TestClient, services: Services, project_id: str, labels: list[dict[str, Any]], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def fail(*_: object, **__: object) -> None:
        raise ValueError(f"Invalid value {PATIENT}")

    volume = send_tiny_series(client, project_id, tmp_path, PatientName=PATIENT)
    mask = mask_of(services, volume, np.ones(SHAPE, np.uint8), labels)
    monkeypatch.setattr("backend.exports.dicom.segmentation", fail)
    with caplog.at_level(logging.DEBUG):
        assert "Download the mask as NIfTI" in refused(client, mask)
    assert "could not be made: ValueError" in caplog.text
    assert "Zaphod" not in caplog.text


def test_a_project_gives_them_where_it_can(
    client: TestClient, services: Services, project_id: str, labels: list[dict[str, Any]], tmp_path: Path
) -> None:
    scan = send_tiny_series(client, project_id, tmp_path / "ct", SeriesDescription="chest")
    other = send_files(client, project_id, [write_tiny_nifti(tmp_path / "head.nii")])
    for volume, shape in ((scan, SHAPE), (other, (6, 5, 4))):
        mask_of(services, volume, np.ones(shape, np.uint8), labels)
    asked = {"format": ["nifti", "seg", "seg_label_map"]}
    content = client.get(f"/api/projects/{project_id}/masks", params=asked).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        table = list(csv.DictReader(io.StringIO(archive.read("volumes.csv").decode("utf-8-sig"))))
        made = read_seg(archive.read("chest-seg.dcm"))
    assert [each["files"] for each in table] == [
        "chest-mask.nii.gz chest-seg.dcm chest-seg-label-map.dcm",
        "head-mask.nii.gz",
    ]
    assert (table[0]["note"], "came from another format" in table[1]["note"]) == ("", True)
    assert [each.SegmentLabel for each in made.SegmentSequence] == ["liver"]
