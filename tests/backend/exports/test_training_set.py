"""A project as a training set: which volumes are in it, and that it names nobody."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.exports.project import VolumeToExport
from backend.exports.training_set import A_READING, CasePart, TrainingChoice, case_names
from backend.schemas.answers import VolumeReadingAnswer
from backend.schemas.enums import ReadingState, VolumeState
from backend.services import Services
from storage.models import MaskRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, axial_bytes, tiny_volume
from tests.fewshot_sam.synthetic_pictures import write_pictures

NAMES = ("Jane Doe", "accepted", "new", "damaged", "draft")


@pytest.fixture
def volumes(services: Services, project_id: str) -> dict[str, str]:
    """Ids by name; each but "new" has a mask with code 300 in its first columns."""
    services.labels.create(OWNER, project_id, "never painted", code=5)
    label: dict[str, Any] = services.labels.create(OWNER, project_id, "liver", code=300).model_dump()
    found = {}
    for name in NAMES:
        found[name] = services.volumes.add(OWNER, project_id, tiny_volume(), f"{name}_T1w.nii").id
        services.volumes.change(OWNER, found[name], name=name)
        if name != "new":
            voxels = np.zeros(SHAPE, np.uint8)
            voxels[: 3 if name == "damaged" else 2] = label["value"]  # the same content would be one file
            store_mask(services, found[name], voxels, [{**label, "voxels": 40, "volume_ml": 0.3}])
    with services.database.write() as session:
        of = {row.volume_id: row for row in session.scalars(select(MaskRow))}
        of[found["draft"]].draft = True
        session.get_one(VolumeRow, found["accepted"]).review = VolumeState.ACCEPTED
        damaged = of[found["damaged"]].blob
    services.blobs.path(damaged).write_bytes(b"broken")
    return found


def fetch(client: TestClient, project_id: str, **query: Any) -> zipfile.ZipFile:
    answer = client.get(f"/api/projects/{project_id}/training-set", params=query)
    assert answer.status_code == 200, answer.text
    layout = query.get("layout", "nnunet")
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="Livers-{layout}.zip"')
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return archive


def parts(archive: zipfile.ZipFile, volumes: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Part and note of each volume."""
    lines = list(csv.DictReader(io.StringIO(archive.read("cases.csv").decode("utf-8-sig"))))
    assert [line["volume"] for line in lines] == list(volumes.values())
    return {name: (line["part"], line["note"]) for name, line in zip(volumes, lines, strict=True)}


def cases(archive: zipfile.ZipFile, folder: str) -> set[str]:
    return {Path(name).name for name in archive.namelist() if f"/{folder}/" in name}


def test_scans_with_masks_become_training_cases(
    client: TestClient, services: Services, project_id: str, volumes: dict[str, str], tmp_path: Path
) -> None:
    archive = fetch(client, project_id)
    facts = json.loads(archive.read("Dataset501_Livers/dataset.json"))
    assert facts["labels"] == {"background": 0, "liver": 1} and facts["numTraining"] == 2
    short = {name: volume[:8] for name, volume in volumes.items()}
    assert cases(archive, "labelsTr") == {f"case_{short[name]}.nii.gz" for name in ("Jane Doe", "accepted")}
    assert not cases(archive, "imagesTs")
    image, labels = (
        nib.load(archive.extract(f"Dataset501_Livers/{folder}/case_{short['Jane Doe']}{ending}", tmp_path))
        for folder, ending in (("imagesTr", "_0000.nii.gz"), ("labelsTr", ".nii.gz"))
    )
    source = tiny_volume().source
    np.testing.assert_array_equal(image.dataobj, source.from_canonical(tiny_volume().voxels))
    np.testing.assert_array_equal(image.affine, labels.affine)
    assert (source.to_canonical(np.asarray(labels.dataobj)) == 1).sum() == 2 * SHAPE[1] * SHAPE[2]
    found = parts(archive, volumes)
    assert found["new"] == ("left out", "no mask yet") and found["draft"][0] == "left out"
    assert found["damaged"][0] == "left out" and "damaged" in found["damaged"][1]
    assert list(services.config.temporary_folder.iterdir()) == []


def test_only_accepted_ones_and_the_others_without_labels(
    client: TestClient, project_id: str, volumes: dict[str, str]
) -> None:
    archive = fetch(client, project_id, accepted_only=True, test=True, layout="decathlon")
    facts = json.loads(archive.read("Task01_Livers/dataset.json"))
    assert (facts["numTraining"], facts["numTest"]) == (1, 4)
    assert cases(archive, "labelsTr") == {f"case_{volumes['accepted'][:8]}.nii.gz"}
    found = parts(archive, volumes)
    assert found["Jane Doe"] == ("test", "not accepted")
    assert found["accepted"] == ("training", "")
    # Its mask is damaged, its scan is not.
    assert found["damaged"] == ("test", "not accepted")


def test_nobody_is_named(client: TestClient, project_id: str, volumes: dict[str, str]) -> None:
    for layout in ("nnunet", "decathlon", "bids"):
        archive = fetch(client, project_id, layout=layout, test=True)
        for name in archive.namelist():
            assert "Jane" not in name and b"Jane" not in archive.read(name)
    # It is a CT, so that the name of its file, which says T1w, is not believed.
    subject = f"sub-{volumes['new'][:8]}"
    assert f"Livers/{subject}/anat/{subject}_CT.nii.gz" in archive.namelist()


def test_pictures_are_left_out(
    client: TestClient, project_id: str, volumes: dict[str, str], tmp_path: Path
) -> None:
    write_pictures(tmp_path / "slides")
    form = [("files", (path.name, path.read_bytes())) for path in sorted((tmp_path / "slides").iterdir())]
    stack = client.post(f"/api/projects/{project_id}/volumes", files=form).json()
    found = parts(fetch(client, project_id, test=True), {**volumes, "slides": stack["id"]})
    assert found["slides"] == ("left out", "pictures; take their masks as PNG or COCO")


def test_blind_readings_are_left_out_and_what_is_read_is_not(
    services: Services, project_id: str, volumes: dict[str, str]
) -> None:
    item = services.masks.of_project(OWNER, project_id, accepted_only=False).volumes[0]
    facts: dict[str, Any] = {
        "of_id": item.volume.id,
        "state": ReadingState.REVEALED,
        "finished": 2,
        "total": 2,
    }
    for reader, wanted in (("ben", (CasePart.LEFT_OUT, A_READING)), (None, (CasePart.TRAINING, ""))):
        reading = VolumeReadingAnswer(reader=reader, reader_name=None, **facts)
        changed = VolumeToExport(item.volume.model_copy(update={"reading": reading}), item.mask)
        assert TrainingChoice("nnunet", test=True).part(changed, accepted=True) == wanted


def test_a_mask_of_painted_slices_alone_is_none_until_all_are_or_it_is_accepted(
    client: TestClient, services: Services, project_id: str, volume_id: str, label_value: int
) -> None:
    url = f"/api/projects/{project_id}/training-set"
    services.annotations.save(OWNER, volume_id, "axial", 2, axial_bytes(label_value), "painted", 0)
    services.painted_masks.take(OWNER, volume_id)
    assert client.get(url).status_code == 409
    for index in (0, 1, 3):
        services.annotations.save(OWNER, volume_id, "axial", index, axial_bytes(0), "empty", 0)
    with services.database.write() as session:
        session.get_one(VolumeRow, volume_id).review = VolumeState.ACCEPTED
    assert parts(fetch(client, project_id), {"x": volume_id})["x"] == ("training", "")
    with services.database.write() as session:
        session.get_one(VolumeRow, volume_id).review = None
    services.painted_masks.take(OWNER, volume_id)
    assert parts(fetch(client, project_id), {"x": volume_id})["x"] == ("training", "")


def test_without_labels_there_is_none(client: TestClient, services: Services, project_id: str) -> None:
    url = f"/api/projects/{project_id}/training-set"
    volume = services.volumes.add(OWNER, project_id, tiny_volume(), "tiny.nii").id
    answer = client.get(url, params={"test": True})
    assert answer.status_code == 409
    assert "no scan of this project has a mask of all its slices yet" in answer.json()["error"]["message"]
    store_mask(services, volume, np.ones(SHAPE, np.uint8))
    answer = client.get(url, params={"accepted_only": True})
    assert answer.status_code == 409
    assert "no scan of this project has been accepted yet" in answer.json()["error"]["message"]
    assert client.get(url, params={"layout": "coco"}).status_code == 400


def test_names_of_cases_come_from_ids() -> None:
    ids = ["0" * 32, "1" * 32, "1" * 31 + "2"]
    assert case_names(ids) == ["00000000", "1" * 32, "1" * 31 + "2"]
