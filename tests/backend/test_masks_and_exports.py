"""Masks over HTTP, their surfaces and files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from functools import partial
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.exports.cells import harmless_cell
from backend.exports.file_names import MAX_STEM_BYTES, safe_stem
from backend.records.labels import mask_labels
from backend.services import Services, build_services
from storage import arrays
from storage.models import MaskRow, RunRow
from tests.backend.conftest import OWNER
from tests.backend.tiny import AFFINE, SHAPE, tiny_volume


@pytest.fixture
def label_map() -> np.ndarray:
    """Canonical; value 1 is a block, value 2 one voxel."""
    label_map = np.zeros(SHAPE, np.uint8)
    label_map[1:4, 1:4, 1:3] = 1
    label_map[5, 0, 3] = 2
    return label_map


NEXT_SLICE = {"plane": "axial", "slice_index": 3, "labels": [1], "reason": "end", "change": 0.25}
SHIFT = {"sentence": "This scan differs.", "plane": "axial", "slices": [1, 3]}


@pytest.fixture
def confidence() -> np.ndarray:
    """Canonical; every value once."""
    return np.arange(np.prod(SHAPE), dtype=np.uint8).reshape(SHAPE)


@pytest.fixture
def sure_mask_id(services: Services, mask_id: str, confidence: np.ndarray) -> str:
    """The mask, with a confidence."""
    with services.database.write() as session:
        mask = session.get_one(MaskRow, mask_id)
        mask.confidence_blob = arrays.put_mask(services.blobs, confidence)
        mask.slice_uncertainty = {"axial": [0.0, 1.5, 0.0, 2.0]}
        mask.next_slices, mask.domain_shift = [NEXT_SLICE], {**SHIFT, "distance": 0.2}
    return mask_id


@pytest.fixture
def mask_id(services: Services, project_id: str, volume_id: str, label_map: np.ndarray) -> str:
    create = partial(services.labels.create, OWNER, project_id)
    made = (create("liver", code=5), create("=spleen/left"), create("aorta"))
    labels = [label.model_dump() for label in made]
    with services.database.write() as session:
        run = RunRow(
            volume_id=volume_id, kind="propagate", plane="axial", settings={}, annotation_versions={},
            labels=labels, state="done",
        )  # fmt: skip
        session.add(run)
        session.flush()
        mask = MaskRow(
            volume_id=volume_id,
            run_id=run.id,
            shape=list(SHAPE),
            labels=mask_labels(label_map, labels, 9.0 / 1000),
            blob=arrays.put_mask(services.blobs, label_map),
        )
        session.add(mask)
        session.flush()
        return mask.id


def download(client: TestClient, mask_id: str, kind: str) -> bytes:
    answer = client.get(f"/api/masks/{mask_id}/download", params={"format": kind})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="tiny-')
    return answer.content


def read_nifti(content: bytes) -> nib.Nifti1Image:
    return nib.Nifti1Image.from_bytes(gzip.decompress(content))


def test_a_mask_lists_labels_as_they_are_called_now(
    client: TestClient, services: Services, mask_id: str, project_id: str
) -> None:
    mask = client.get(f"/api/masks/{mask_id}").json()
    assert [(label["voxels"], label["volume_ml"]) for label in mask["labels"]] == [
        (18, 0.162), (1, 0.009), (0, 0.0),
    ]  # fmt: skip
    liver, *_ = client.get(f"/api/projects/{project_id}").json()["labels"]
    client.patch(f"/api/labels/{liver['id']}", json={"name": "Leber", "color": "#123456"})
    labels = client.get(f"/api/masks/{mask_id}").json()["labels"]
    assert (labels[0]["name"], labels[0]["color"], labels[2]["name"]) == ("Leber", "#123456", "aorta")


def test_a_deleted_label_is_gone_from_masks_and_files_until_it_is_brought_back(
    client: TestClient, mask_id: str, label_map: np.ndarray, project_id: str
) -> None:
    liver, spleen, aorta = client.get(f"/api/projects/{project_id}").json()["labels"]
    before = {kind: download(client, mask_id, kind) for kind in ("nifti", "csv")}
    client.delete(f"/api/labels/{spleen['id']}")
    named = [label["name"] for label in client.get(f"/api/masks/{mask_id}").json()["labels"]]
    assert named == [liver["name"], aorta["name"]]
    found = np.asarray(read_nifti(download(client, mask_id, "nifti")).dataobj)
    assert set(np.unique(found)) == {0, liver["code"]}
    assert np.count_nonzero(found) == np.count_nonzero(label_map == liver["value"])
    assert spleen["name"].encode() not in download(client, mask_id, "csv")
    names = zipfile.ZipFile(io.BytesIO(download(client, mask_id, "labels"))).namelist()
    assert len(names) == 2
    brought_back = {key: spleen[key] for key in ("value", "code", "name", "color")}
    assert client.post(f"/api/projects/{project_id}/labels/restore", json=brought_back).status_code == 201
    assert {kind: download(client, mask_id, kind) for kind in before} == before


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_mask_voxels(client: TestClient, mask_id: str, label_map: np.ndarray, encoding: str) -> None:
    url = f"/api/masks/{mask_id}/voxels"
    answer = client.get(url, headers={"Accept-Encoding": encoding})
    assert answer.content == label_map.tobytes(order="F")
    again = client.get(url, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_confidence_is_served_like_the_mask(
    client: TestClient, sure_mask_id: str, confidence: np.ndarray, encoding: str
) -> None:
    mask = client.get(f"/api/masks/{sure_mask_id}").json()
    assert (mask["has_confidence"], mask["slice_uncertainty"]) == (True, {"axial": [0.0, 1.5, 0.0, 2.0]})
    assert mask["next_slices"] == [NEXT_SLICE]
    assert mask["domain_shift"] == SHIFT
    assert client.get(f"/api/volumes/{mask['volume_id']}").json()["mask_differs"]
    url = f"/api/masks/{sure_mask_id}/confidence"
    answer = client.get(url, headers={"Accept-Encoding": encoding})
    assert answer.content == confidence.tobytes(order="F")
    assert answer.headers.get("content-encoding", "identity") == encoding
    assert client.get(url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert answer.headers["etag"] != client.get(f"/api/masks/{sure_mask_id}/voxels").headers["etag"]


@pytest.mark.parametrize(
    "stored", [None, {}, ["x"], {**SHIFT, "slices": [-1]}, {**SHIFT, "plane": "oblique"}], ids=str
)
def test_what_is_stored_of_a_shift_but_cannot_be_read_is_not_said(
    services: Services, client: TestClient, sure_mask_id: str, stored: Any
) -> None:
    with services.database.write() as session:
        session.get_one(MaskRow, sure_mask_id).domain_shift = stored
    answer = client.get(f"/api/masks/{sure_mask_id}")
    assert (answer.status_code, answer.json()["domain_shift"]) == (200, None)


def test_confidence_map_is_percent_on_the_source_grid(
    client: TestClient, sure_mask_id: str, confidence: np.ndarray
) -> None:
    image = read_nifti(download(client, sure_mask_id, "confidence"))
    assert np.allclose(image.affine, AFFINE)
    assert image.get_data_dtype() == np.uint8
    percent = np.rint(confidence / 2.55)
    assert np.array_equal(np.asarray(image.dataobj), tiny_volume().source.from_canonical(percent))


def test_a_mask_without_confidence_says_what_to_do(client: TestClient, mask_id: str) -> None:
    assert client.get(f"/api/masks/{mask_id}").json()["has_confidence"] is False
    for path in ("confidence", "download?format=confidence"):
        answer = client.get(f"/api/masks/{mask_id}/{path}")
        assert answer.status_code == 404
        assert answer.json()["error"]["message"].endswith("Paint a slice and propagate again.")


def test_deleting_a_volume_deletes_its_confidence(
    services: Services, volume_id: str, sure_mask_id: str
) -> None:
    assert len(services.blobs.keys()) == 3
    build_services(services.config).close()  # a restart deletes what no row names
    assert len(services.blobs.keys()) == 3
    services.volumes.delete(OWNER, volume_id)
    services.deleted.delete_for_good(OWNER, volume_id)
    assert services.blobs.keys() == []


def test_nifti_lies_on_the_source_grid_with_codes(
    client: TestClient, mask_id: str, label_map: np.ndarray
) -> None:
    image = read_nifti(download(client, mask_id, "nifti"))
    assert np.allclose(image.affine, AFFINE)
    assert image.get_data_dtype() == np.uint8
    coded = np.array([0, 5, 2])[label_map]
    assert np.array_equal(np.asarray(image.dataobj), tiny_volume().source.from_canonical(coded))


def test_an_exported_mask_can_be_imported_again(
    client: TestClient, mask_id: str, volume_id: str, project_id: str
) -> None:
    files = [
        ("file", ("mask.nii.gz", download(client, mask_id, "nifti"))),
        ("file", ("names.json", download(client, mask_id, "names"))),
    ]
    answer = client.post(f"/api/volumes/{volume_id}/annotations/import", files=files)
    assert answer.status_code == 201
    assert (answer.json()["slices"], answer.json()["labels"]) == ([1, 2, 3], [])


def test_zips(client: TestClient, mask_id: str, label_map: np.ndarray) -> None:
    with zipfile.ZipFile(io.BytesIO(download(client, mask_id, "bundle"))) as archive:
        names = ["tiny-mask.nii.gz", "tiny-mask.json", "tiny-volumes.csv", "tiny-provenance.json"]
        assert archive.namelist() == names
        assert json.loads(archive.read("tiny-mask.json")) == {"5": "liver", "2": "=spleen/left", "3": "aorta"}
    with zipfile.ZipFile(io.BytesIO(download(client, mask_id, "labels"))) as archive:
        assert archive.namelist() == ["005-liver.nii.gz", "002-spleen_left.nii.gz", "003-aorta.nii.gz"]
        liver = read_nifti(archive.read("005-liver.nii.gz"))
    assert np.asarray(liver.dataobj).sum() == 18


def test_table(client: TestClient, mask_id: str) -> None:
    rows = list(csv.reader(io.StringIO(download(client, mask_id, "csv").decode("utf-8-sig"))))
    assert rows == [
        ["code", "label", "voxels", "volume_ml"],
        ["5", "liver", "18", "0.1620"],
        ["2", "'=spleen/left", "1", "0.0090"],  # not a formula to a spreadsheet
        ["3", "aorta", "0", "0.0000"],
    ]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("liver", "liver"),
        ("T1-weighted + contrast = a@b", "T1-weighted + contrast = a@b"),
        ("=1+1", "'=1+1"),
        ("  @SUM(A1)", "  '@SUM(A1)"),
        ("liver;=1+1", "liver;'=1+1"),  # a cell of its own where semicolons separate cells
        ('liver; "=1+1"', 'liver; "\'=1+1"'),
        ("a\t-2\n+3", "a -2 +3"),
        ("a,b|+c", "a,b|'+c"),
        ("\uff1d1", "'\uff1d1"),
    ],
)
def test_names_are_no_formulas(name: str, cell: str) -> None:
    assert harmless_cell(name) == cell


def test_text_in_the_table_is_quoted(client: TestClient, mask_id: str) -> None:
    lines = download(client, mask_id, "csv").decode("utf-8-sig").splitlines()
    assert lines[:2] == ['"code","label","voxels","volume_ml"', '5,"liver",18,0.1620']


def test_exports_leave_nothing_behind(client: TestClient, services: Services, mask_id: str) -> None:
    download(client, mask_id, "bundle")
    assert list(services.config.temporary_folder.iterdir()) == []


def test_unknown_formats_and_foreign_masks(client: TestClient, services: Services, mask_id: str) -> None:
    assert client.get(f"/api/masks/{mask_id}/download", params={"format": "exe"}).status_code == 400
    assert client.get("/api/masks/nope").status_code == 404
    with services.database.write() as session:
        from storage.models import ProjectRow

        for project in session.query(ProjectRow):
            project.owner = "someone else"
    for part in ("", "/voxels", "/confidence", "/meshes/1", "/download"):
        assert client.get(f"/api/masks/{mask_id}{part}").status_code == 404


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Head MR (demo)", "Head_MR_demo"),
        ("../../x", "x"),
        ("a.nii.gz", "a"),
        ("a.NRRD", "a"),
        ("slices.tiff", "slices"),
        (".nii", "volume"),
        ("L1.5 left", "L1.5_left"),
        ("", "volume"),
        ("Überweisung 1", "Überweisung_1"),
        ("腹部", "腹部"),
        ("Печень, левая", "Печень_левая"),
        ("CON\x00.nii", "CON"),
        ("con.1", "con_.1"),
        ("x" * 300, "x" * MAX_STEM_BYTES),
        ("肝" * 100, "肝" * (MAX_STEM_BYTES // 3)),
    ],
)
def test_file_names(name: str, stem: str) -> None:
    assert safe_stem(name) == stem
