"""The masks of a project in one zip: all of them, whatever they are called and whichever is damaged."""

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

from backend.schemas.enums import VolumeState
from backend.services import Services
from storage.models import MaskRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, tiny_volume
from tests.fewshot_sam.synthetic_pictures import SIZES, write_pictures

NAMES = ("patient", "Patient", "=1+1 Läber", "empty", "damaged")


@pytest.fixture
def volumes(services: Services, project_id: str) -> dict[str, str]:
    """Ids by name; each but "empty" has a mask whose label fills as many columns as its place says."""
    label: dict[str, Any] = services.labels.create(OWNER, project_id, "liver", code=300).model_dump()
    found = {}
    for place, name in enumerate(NAMES, start=1):
        found[name] = services.volumes.add(OWNER, project_id, tiny_volume(), "tiny.nii").id
        services.volumes.change(OWNER, found[name], name=name)
        if name != "empty":
            voxels = np.zeros(SHAPE, np.uint8)
            voxels[:place] = label["value"]
            labels = [{**label, "voxels": int((voxels > 0).sum()), "volume_ml": 0.25 * place}]
            store_mask(services, found[name], voxels, labels)
    with services.database.read() as session:
        mask = session.scalars(select(MaskRow).where(MaskRow.volume_id == found["damaged"])).one()
    services.blobs.path(mask.blob).write_bytes(b"broken")
    return found


def fetch(client: TestClient, project_id: str, **query: Any) -> zipfile.ZipFile:
    answer = client.get(f"/api/projects/{project_id}/masks", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith('attachment; filename="Livers-masks.zip"')
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return archive


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def test_every_mask_is_there_under_a_name_of_its_own(
    client: TestClient, project_id: str, volumes: dict[str, str], tmp_path: Path
) -> None:
    archive = fetch(client, project_id)
    stems = ("patient", "Patient-2", "1_1_Läber")
    expected = {f"{stem}{ending}" for stem in stems for ending in ("-mask.nii.gz", "-provenance.json")}
    assert set(archive.namelist()) == expected | {"volumes.csv", "labels.csv", "labels.json"}
    for place, stem in enumerate(stems, start=1):
        image = nib.load(archive.extract(f"{stem}-mask.nii.gz", tmp_path))
        assert set(np.unique(np.asarray(image.dataobj))) == {0, 300}
        assert np.count_nonzero(image.dataobj) == place * SHAPE[1] * SHAPE[2]
        assert image.shape == tuple(tiny_volume().source.shape)
    assert json.loads(archive.read("labels.json")) == {"300": "liver"}


def test_tables_say_what_is_there_and_what_is_not(
    client: TestClient, project_id: str, volumes: dict[str, str]
) -> None:
    archive = fetch(client, project_id)
    lines = {line["volume"]: line for line in table(archive, "volumes.csv")}
    assert list(lines) == ["patient", "Patient", "'=1+1 Läber", "empty", "damaged"]
    assert lines["patient"]["files"] == "patient-mask.nii.gz patient-provenance.json"
    assert lines["empty"]["note"] == "no mask yet"
    assert "damaged on the server's disk" in lines["damaged"]["note"]
    assert lines["damaged"]["files"] == lines["empty"]["files"] == ""
    assert "damaged" not in {line["volume"] for line in table(archive, "labels.csv")}
    labels = [line for line in table(archive, "labels.csv") if line["volume"] == "Patient"]
    assert [(line["code"], line["label"], line["volume_ml"]) for line in labels] == [
        ("300", "liver", "0.5000")
    ]


def test_only_what_was_accepted(
    client: TestClient, services: Services, project_id: str, volumes: dict[str, str]
) -> None:
    with services.database.write() as session:
        session.get_one(VolumeRow, volumes["Patient"]).review = VolumeState.ACCEPTED
    archive = fetch(client, project_id, accepted_only=True)
    assert [line["volume"] for line in table(archive, "volumes.csv")] == ["Patient"]
    assert "Patient-mask.nii.gz" in archive.namelist()


def test_other_formats_and_unknown_ones(client: TestClient, project_id: str, volumes: dict[str, str]) -> None:
    archive = fetch(client, project_id, format=["csv", "labels", "csv"])
    assert {"patient-volumes.csv", "patient-labels.zip"} <= set(archive.namelist())
    assert len(archive.namelist()) == len(set(archive.namelist()))
    both = fetch(client, project_id, format=["nifti", "png"])
    assert "patient-mask.nii.gz" in both.namelist()
    assert "pictures" in table(both, "volumes.csv")[0]["note"]
    answer = client.get(f"/api/projects/{project_id}/masks", params={"format": "nrrd"})
    assert answer.status_code == 400
    assert "must be one of nifti" in answer.json()["error"]["message"]


def test_a_draft_waits_for_its_run(client: TestClient, services: Services, project_id: str) -> None:
    volume = services.volumes.add(OWNER, project_id, tiny_volume(), "tiny.nii").id
    mask = store_mask(services, volume, np.ones(SHAPE, np.uint8))
    with services.database.write() as session:
        session.get_one(MaskRow, mask).draft = True
    (line,) = table(fetch(client, project_id), "volumes.csv")
    assert line["note"] == "only a draft; its run has not ended"
    assert line["files"] == ""


def test_pictures_come_as_pictures(
    client: TestClient, services: Services, project_id: str, volumes: dict[str, str], tmp_path: Path
) -> None:
    write_pictures(tmp_path / "slides")
    form = [("files", (path.name, path.read_bytes())) for path in sorted((tmp_path / "slides").iterdir())]
    stack = client.post(f"/api/projects/{project_id}/volumes", files=form).json()
    label = services.labels.create(OWNER, project_id, "nuclei").model_dump()
    store_mask(
        services,
        stack["id"],
        np.full(stack["shape"], label["value"], np.uint8),
        [{**label, "voxels": 1, "volume_ml": 1.0}],
    )
    archive = fetch(client, project_id)
    (line,) = (each for each in table(archive, "volumes.csv") if each["volume"] == stack["name"])
    inner = zipfile.ZipFile(io.BytesIO(archive.read(line["files"])))
    assert "coco.json" in inner.namelist()
    assert sum(name.endswith(".png") for name in inner.namelist()) >= len(SIZES)
    assert "patient-mask.nii.gz" in archive.namelist()
