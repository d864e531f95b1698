"""References: imported beside the paint, scored as ``evaluate`` scores, and never painted or learnt from."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.services import Services
from fewshot_sam.evaluation import metrics
from storage.models import AnnotationRow, MaskRow, RunRow
from storage.references import ReferenceRow, ReferenceScoreRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, tiny_volume, write_tiny_nifti

EXACT = {"abs": 1e-9}


def drawn() -> np.ndarray:
    """Label 1 and, in a corner, label 2, as (X, Y, Z) uint8 canonical codes."""
    codes = np.zeros(SHAPE, np.uint8)
    codes[1:4, 1:4, :3] = 1
    codes[0, 0, 1:3] = 2
    return codes


def found() -> np.ndarray:
    """A mask that differs from it, and has nothing of label 2."""
    codes = np.zeros(SHAPE, np.uint8)
    codes[1:5, 1:4, 1:3] = 1
    return codes


@pytest.fixture
def labels(services: Services, project_id: str) -> list[dict[str, Any]]:
    made = [services.labels.create(OWNER, project_id, name).model_dump() for name in ("liver", "aorta")]
    return [{**label, "voxels": 0, "volume_ml": 0.0} for label in made]


def write(path: Path, codes: np.ndarray) -> Path:
    return write_tiny_nifti(path, tiny_volume().source.from_canonical(codes))


def send(client: TestClient, volume_id: str, path: Path, **fields: str) -> Any:
    files = {"files": (path.name, path.read_bytes())}
    return client.post(f"/api/volumes/{volume_id}/reference", files=files, data=fields)


@pytest.fixture
def mask_id(
    client: TestClient, services: Services, volume_id: str, labels: list[dict[str, Any]], tmp_path: Path
) -> str:
    answer = send(client, volume_id, write(tmp_path / "reference.nii", drawn()))
    assert answer.status_code == 201, answer.text
    return store_mask(services, volume_id, found(), labels)


def test_it_is_kept_beside_the_paint(
    client: TestClient, services: Services, volume_id: str, mask_id: str
) -> None:
    answer = client.get(f"/api/volumes/{volume_id}/reference").json()
    assert [(label["name"], label["voxels"]) for label in answer["labels"]] == [("liver", 27), ("aorta", 2)]
    assert client.get(f"/api/volumes/{volume_id}").json()["has_reference"] is True
    voxels = client.get(f"/api/volumes/{volume_id}/reference/voxels").content
    assert (np.frombuffer(voxels, np.uint8).reshape(SHAPE, order="F") == drawn()).all()
    assert client.get(f"/api/volumes/{volume_id}/annotations").json() == []
    with services.database.read() as session:
        assert session.query(AnnotationRow).count() == 0


def test_scores_are_those_of_the_metrics(client: TestClient, volume_id: str, mask_id: str) -> None:
    x, y, z = client.get(f"/api/volumes/{volume_id}").json()["spacing_mm"]
    for tolerance_mm in (0.1, 1.0, 2.0):
        query = {"tolerance_mm": tolerance_mm}
        answer = client.get(f"/api/masks/{mask_id}/scores", params=query).json()
        expected = metrics.evaluate(found(), drawn(), (x, y, z), tolerance_mm=tolerance_mm)
        liver, aorta = (label["scores"] for label in answer["labels"])
        for name, value in liver.items():
            assert value == pytest.approx(expected[1][name], **EXACT), name
        assert (aorta["dice"], aorta["hd95_mm"]) == (0.0, None)  # an infinite distance is none
        assert answer["mean"]["dice"] == pytest.approx(liver["dice"] / 2)
        assert answer["mean"]["hd95_mm"] is None


def test_slices_that_the_run_started_from_are_left_out(
    client: TestClient, services: Services, mask_id: str
) -> None:
    with services.database.write() as session:
        run = session.get_one(RunRow, session.get_one(MaskRow, mask_id).run_id)
        run.annotation_versions = {"0": 1, "1": 1}
    answer = client.get(f"/api/masks/{mask_id}/scores", params={"leave_out": True}).json()
    assert answer["left_out"] == [0, 1]
    (liver, _) = answer["labels"]
    expected = metrics.dice(found()[:, :, 2:] == 1, drawn()[:, :, 2:] == 1)
    assert liver["scores"]["dice"] == pytest.approx(expected)
    assert client.get(f"/api/masks/{mask_id}/scores").json()["left_out"] == []


def test_they_are_computed_once(
    client: TestClient, services: Services, mask_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(f"/api/masks/{mask_id}/scores").json()
    monkeypatch.setattr("backend.services.scores.score_labels", None)
    assert client.get(f"/api/masks/{mask_id}/scores").json() == first
    assert client.get(f"/api/masks/{mask_id}/scores", params={"tolerance_mm": 7.3}).status_code == 200


def test_another_reference_takes_its_place_with_scores_of_its_own(
    client: TestClient, services: Services, volume_id: str, mask_id: str, tmp_path: Path
) -> None:
    client.get(f"/api/masks/{mask_id}/scores")
    send(client, volume_id, write(tmp_path / "other.nii", found()))
    answer = client.get(f"/api/masks/{mask_id}/scores").json()
    assert [label["scores"]["dice"] for label in answer["labels"]] == [1.0]
    with services.database.read() as session:
        assert session.query(ReferenceRow).count() == session.query(ReferenceScoreRow).count() == 1
    assert len(list(services.blobs.keys())) == 2  # voxels, and one of mask and reference: the first went


def test_it_can_be_forgotten(client: TestClient, services: Services, volume_id: str, mask_id: str) -> None:
    client.get(f"/api/masks/{mask_id}/scores")
    assert client.delete(f"/api/volumes/{volume_id}/reference").status_code == 204
    answer = client.get(f"/api/masks/{mask_id}/scores")
    assert answer.status_code == 404
    assert "has no reference" in answer.json()["error"]["message"]
    assert client.get(f"/api/volumes/{volume_id}").json()["has_reference"] is False
    with services.database.read() as session:
        assert session.query(ReferenceScoreRow).count() == 0


def test_a_code_that_has_another_name_is_asked_for(
    client: TestClient, volume_id: str, labels: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = write(tmp_path / "reference.nii", drawn())
    names = ("names.json", b'{"1": "Spleen"}')
    files = [("files", (path.name, path.read_bytes())), ("files", names)]
    url = f"/api/volumes/{volume_id}/reference"
    asked = client.post(url, files=files)
    assert (asked.status_code, asked.json()["error"]["code"]) == (409, "label_choice")
    answer = client.post(url, files=files, data={"names": "new"})
    assert [label["name"] for label in answer.json()["labels"]] == ["aorta", "Spleen"]


def test_a_file_on_another_grid_or_without_labels_is_refused(
    client: TestClient, volume_id: str, tmp_path: Path
) -> None:
    empty = send(client, volume_id, write(tmp_path / "empty.nii", np.zeros(SHAPE, np.uint8)))
    assert (empty.status_code, "every voxel is 0" in empty.json()["error"]["message"]) == (422, True)
    other = write_tiny_nifti(tmp_path / "other.nii", np.ones((3, 3, 3), np.uint8))
    assert send(client, volume_id, other).status_code == 409
    assert client.get(f"/api/volumes/{volume_id}").json()["has_reference"] is False


@pytest.mark.parametrize("tolerance", ["0", "-1", "nan", "21", "x"])
def test_tolerances_have_bounds(client: TestClient, mask_id: str, tolerance: str) -> None:
    assert client.get(f"/api/masks/{mask_id}/scores?tolerance_mm={tolerance}").status_code == 400


def test_the_table_and_the_report_hold_them(client: TestClient, mask_id: str) -> None:
    download = lambda name: client.get(f"/api/masks/{mask_id}/download", params={"format": name}).content  # noqa: E731
    head, liver, _ = csv.reader(io.StringIO(download("statistics").decode("utf-8-sig"), newline=""))
    scores = client.get(f"/api/masks/{mask_id}/scores").json()["labels"][0]["scores"]
    assert dict(zip(head, liver, strict=True))["reference_dice"] == f"{scores['dice']:.4f}"
    report = download("report").decode()
    assert "Scores against the reference" in report
    assert f"<td>{scores['dice']:.3f}</td>" in report


def test_the_projects_table_lists_the_worst_first(
    client: TestClient, services: Services, project_id: str, volume_id: str, mask_id: str, tmp_path: Path
) -> None:
    other = services.volumes.add(OWNER, project_id, tiny_volume(), "other.nii").id
    client.patch(f"/api/volumes/{other}", json={"name": "=other"})
    send(client, other, write(tmp_path / "r.nii", drawn()))
    answer = client.get(f"/api/projects/{project_id}/scores")
    assert answer.headers["content-disposition"].startswith("attachment")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    lines = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(line["volume"], line["label"]) for line in lines] == [
        ("tiny", "(mean)"),
        ("tiny", "aorta"),
        ("tiny", "liver"),
        ("'=other", "(mean)"),
    ]
    assert lines[-1]["note"] == "no mask yet"


@pytest.mark.parametrize("damaged", ["mask", "reference"])
def test_a_volume_that_cannot_be_read_is_named_and_the_others_are_scored(
    client: TestClient,
    services: Services,
    project_id: str,
    mask_id: str,
    labels: list[dict[str, Any]],
    tmp_path: Path,
    damaged: str,
) -> None:
    other = services.volumes.add(OWNER, project_id, tiny_volume("other"), "other.nii").id
    send(client, other, write(tmp_path / "r.nii", drawn()[::-1]))
    store_mask(services, other, drawn()[::-1], labels)  # other files than those of the first volume
    with services.database.read() as session:
        row = session.get_one(MaskRow, mask_id)
        reference = session.query(ReferenceRow).filter_by(volume_id=row.volume_id).one()
        assert row.blob != reference.blob
    services.blobs.path((row if damaged == "mask" else reference).blob).write_bytes(b"no gzip")
    table = client.get(f"/api/projects/{project_id}/scores").content.decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(table, newline=""))
    notes = {row[0]: row[head.index("note")] for row in rows}
    assert (notes["tiny"], notes["other"]) == ("cannot be read: damaged on the server's disk", "")
    assert client.get(f"/api/projects/{project_id}/report").text.count("Not readable:") == 1


def test_one_of_another_grid_is_resampled_only_when_asked(
    client: TestClient, volume_id: str, labels: list[dict[str, Any]], tmp_path: Path
) -> None:
    image, path = nib.load(write(tmp_path / "reference.nii", drawn())), tmp_path / "apart.nii"
    apart = np.eye(4)
    apart[2, 3] = 1.0
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), image.affine @ apart), path)
    asked = send(client, volume_id, path)
    assert (asked.status_code, asked.json()["error"]["code"]) == (409, "grid_choice")
    answer = send(client, volume_id, path, grid="nearest")
    assert answer.status_code == 201 and "on another grid" in answer.json()["notes"], answer.text
    voxels = client.get(f"/api/volumes/{volume_id}/reference/voxels").content
    found = np.frombuffer(voxels, np.uint8).reshape(SHAPE, order="F")
    stored = tiny_volume().source.from_canonical(drawn())
    moved = np.zeros_like(stored)
    moved[:, :, 1:] = stored[:, :, :-1]
    assert (found == tiny_volume().source.to_canonical(moved)).all()
