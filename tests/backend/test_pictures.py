"""Unrelated pictures over HTTP: asked about, served, painted, run, exported, taken back, deleted."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from backend.config import Config
from backend.jobs.supervisor import Supervisor
from backend.services import Services
from storage.models import ModelRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import OVER, real_supervisor, wait_for
from tests.fewshot_sam.synthetic_pictures import SIZES, write_pictures

PAINTED = (0, 2, 4)


def upload(client: TestClient, project_id: str, folder: Path) -> Any:
    form = [("files", (path.name, path.read_bytes())) for path in sorted(folder.iterdir())]
    return client.post(f"/api/projects/{project_id}/volumes", files=form)


def stack(client: TestClient, project_id: str, folder: Path, colour: bool = False) -> Any:
    """A volume of pictures that are unlike."""
    write_pictures(folder, colour=colour)
    answer = upload(client, project_id, folder)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_pictures_that_are_unlike_become_a_stack(client: TestClient, project_id: str, tmp_path: Path) -> None:
    volume = stack(client, project_id, tmp_path / "pictures")
    assert [(each["rows"], each["columns"]) for each in volume["pictures"]] == list(SIZES)
    assert volume["pictures"][0] == {"name": "picture 1.png", "rows": 40, "columns": 56, "pixel_mm": None}
    assert (volume["colour"], volume["plane"], volume["shape"]) == (False, "axial", [56, 56, 6])
    shown = np.frombuffer(client.get(f"/api/volumes/{volume['id']}/colour/0").content, np.uint8)
    assert (shown.reshape(56, 56, 3) == shown.reshape(56, 56, 3)[..., :1]).all()
    refused = client.patch(f"/api/volumes/{volume['id']}", json={"plane": "coronal"})
    assert (refused.status_code, "must be axial" in refused.text) == (400, True)


def test_alike_grey_pictures_wait_for_an_answer(client: TestClient, project_id: str, tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures", [(32, 40)] * 3)
    error = upload(client, project_id, tmp_path / "pictures").json()["error"]
    assert error["code"] == "pictures_choice"
    path = f"/api/uploads/{error['upload_id']}"
    scan, pictures = (client.post(path, json={"pictures": chosen}) for chosen in (False, True))
    assert (scan.status_code, scan.json()["pictures"]) == (201, [])
    assert (pictures.status_code, len(pictures.json()["pictures"])) == (201, 3)


def test_colours_are_served_and_go_with_the_volume(
    client: TestClient, services: Services, project_id: str, tmp_path: Path
) -> None:
    volume = stack(client, project_id, tmp_path / "pictures", colour=True)
    assert volume["colour"]
    answer = client.get(f"/api/volumes/{volume['id']}/colour/1")
    shown = np.frombuffer(answer.content, np.uint8).reshape(56, 56, 3)
    rows, columns = SIZES[1]
    stored = np.array(Image.open(tmp_path / "pictures" / "picture 2.png"))
    np.testing.assert_array_equal(shown[:rows, :columns], stored)
    assert not shown[rows:].any()
    assert client.get(f"/api/volumes/{volume['id']}/colour/6").status_code == 400
    with services.database.read() as session:
        row = session.get_one(VolumeRow, volume["id"])
        keys = [row.voxel_blob, row.colour_blob]
    assert all(key and services.blobs.exists(key) for key in keys)
    client.delete(f"/api/volumes/{volume['id']}")
    client.delete(f"/api/deleted/{volume['id']}")
    assert not any(services.blobs.exists(str(key)) for key in keys)


def test_masks_are_painted_by_their_names(client: TestClient, project_id: str, tmp_path: Path) -> None:
    volume = stack(client, project_id, tmp_path / "pictures")
    mask = np.zeros(SIZES[2], np.uint8)
    mask[4:9, 6:12] = 7
    content = io.BytesIO()
    Image.fromarray(mask).save(content, "PNG")
    form = [("files", ("picture 3.png", content.getvalue())), ("files", ("labels.json", b'{"7": "nodule"}'))]
    answer = client.post(f"/api/volumes/{volume['id']}/annotations/import", files=form)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["plane"], answer.json()["slices"]) == ("axial", [2])
    assert [(each["code"], each["name"]) for each in answer.json()["labels"]] == [(7, "nodule")]


@pytest.fixture
def supervisor(config: Config, services: Services, embeddings_folder: Path) -> Iterator[Supervisor]:
    with real_supervisor(config, services, embeddings_folder) as supervisor:
        yield supervisor


def paint(services: Services, volume: Any, value: int, masks: dict[str, np.ndarray]) -> None:
    for index in PAINTED:
        picture = volume["pictures"][index]
        shown = np.zeros((volume["shape"][1], volume["shape"][0]), np.uint8)
        shown[: picture["rows"], : picture["columns"]] = masks[picture["name"]] * value
        services.annotations.save(OWNER, volume["id"], "axial", index, shown.tobytes(), "painted", 0)


@pytest.mark.slow
def test_learn_from_some_predict_the_rest_and_export(
    client: TestClient, services: Services, supervisor: Supervisor, project_id: str, tmp_path: Path
) -> None:
    label_value = services.labels.create(OWNER, project_id, "liver").value
    masks = write_pictures(tmp_path / "pictures", colour=True)
    volume = upload(client, project_id, tmp_path / "pictures").json()
    paint(services, volume, label_value, masks)
    run_id = services.runs.create(OWNER, volume["id"], "propagate", settings={"fit": {"head_steps": 40}}).id
    run = wait_for(lambda: services.runs.get(OWNER, run_id), lambda run: run.state in OVER)
    assert (run.state, run.error) == ("done", None)
    answer = client.get(f"/api/masks/{run.mask_id}/download", params={"format": "png"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        for name, truth in masks.items():
            found = np.array(Image.open(archive.open(f"masks/{name}")))
            assert found.shape == truth.shape
            assert 2 * ((found > 0) & (truth > 0)).sum() / ((found > 0).sum() + truth.sum()) > 0.6, name
    coco = json.loads(client.get(f"/api/masks/{run.mask_id}/download", params={"format": "coco"}).content)
    assert len(coco["images"]) == len(SIZES)
    assert [each["name"] for each in coco["categories"]] == ["liver"]
    again = client.post(
        f"/api/volumes/{volume['id']}/annotations/import", files=[("files", ("masks.zip", answer.content))]
    )
    assert again.status_code == 201, again.text
    assert again.json()["slices"] == list(range(len(SIZES)))
    assert again.json()["labels"] == []


def test_a_model_of_scans_is_not_applied_to_pictures(
    client: TestClient, services: Services, project_id: str, volume_id: str, tmp_path: Path
) -> None:
    pictures = stack(client, project_id, tmp_path / "pictures")["id"]
    with services.database.write() as session:
        model = ModelRow(
            project_id=project_id, volume_id=volume_id, plane="axial", encoder="e", labels=[], blob="0"
        )
        session.add(model)
        session.flush()
        model_id = model.id
    body = {"kind": "predict", "model_id": model_id}
    refused = client.post(f"/api/volumes/{pictures}/runs", json=body)
    assert (refused.status_code, "was fitted on scans" in refused.text) == (422, True)
    batch = client.post(f"/api/projects/{project_id}/batches", json={"model_id": model_id}).json()
    assert [each["volume_id"] for each in batch["volumes"]] == [volume_id]
    client.post(f"/api/batches/{batch['id']}/cancel")
    answer = client.post(
        f"/api/projects/{project_id}/batches", json={"model_id": model_id, "volumes": [pictures]}
    )
    assert (answer.status_code, "pictures by a model of pictures" in answer.text) == (400, True)
