"""The bin: deleted projects, volumes and labels are gone everywhere, come back whole, or go for good."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.config import Config
from backend.errors import ConflictError, NotFoundError
from backend.http.routes import build_api
from backend.schemas.enums import AccountRole
from backend.schemas.limits import DAYS_IN_BIN, LABEL_PALETTE
from backend.schemas.requests import RestoredLabelBody
from backend.services import Services, build_services
from storage import arrays
from storage.batches import BatchRow, BatchVolumeRow
from storage.models import MaskRow, ModelRow, RunRow, utc_now
from tests.backend.accounts_helpers import person, services_with_logins
from tests.backend.conftest import introduce_worker
from tests.backend.data_folders import OWNER
from tests.backend.route_bodies import BODIES
from tests.backend.test_http_extremes import routes_of
from tests.backend.tiny import axial_bytes, tiny_nifti, tiny_volume
from ui.page import STATIC_DIR


def all_rows(services: Services) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the tables that hold work, as they are stored; when a project was changed is left out."""
    names = ("label", "volume", "annotation", "mask", "model", "deleted_item")
    with services.database.engine.connect() as connection:
        found = {
            name: sorted(connection.exec_driver_sql(f"SELECT * FROM {name}").all(), key=str) for name in names
        }
    return {name: [tuple(row) for row in rows] for name, rows in found.items()}


def add_result(services: Services, project_id: str, volume_id: str) -> dict[str, str]:
    """A finished run with its mask and model."""
    introduce_worker(services)
    run_id = services.runs.create(OWNER, volume_id, "propagate").id
    key = arrays.put_mask(services.blobs, np.ones((6, 5, 4), np.uint8))
    with services.database.write() as session:
        run = session.get_one(RunRow, run_id)
        model = ModelRow(
            project_id=project_id, volume_id=volume_id, plane="axial", encoder="e", labels=[], blob=key
        )
        mask = MaskRow(volume_id=volume_id, run_id=run_id, shape=[6, 5, 4], labels=[], blob=key)
        session.add_all([model, mask])
        run.state = "done"
        session.flush()
        return {"run_id": run_id, "mask_id": mask.id, "model_id": model.id}


@pytest.fixture
def painted(services: Services, project_id: str, volume_id: str, label_value: int) -> dict[str, str]:
    """Ids of a project with a painted volume, a result and a label."""
    services.annotations.save(OWNER, volume_id, "axial", 1, axial_bytes(label_value), "painted", 0)
    label = services.projects.get(OWNER, project_id).labels[0].id
    found = add_result(services, project_id, volume_id)
    return {"project_id": project_id, "volume_id": volume_id, "label_id": label, **found}


def paint_on(services: Services, volume_id: str) -> bytes:
    return services.annotations.get(OWNER, volume_id, "axial", 1)[1]


def test_a_volume_comes_back_as_it_was(services: Services, painted: dict[str, str]) -> None:
    before, seen = all_rows(services), services.projects.get(OWNER, painted["project_id"])
    services.volumes.delete(OWNER, painted["volume_id"])
    assert services.projects.get(OWNER, painted["project_id"]).volumes == []
    (summary,) = services.projects.list_all(OWNER)
    assert summary.volume_count == 0
    (deleted,) = services.deleted.of_project(OWNER, painted["project_id"])
    assert (deleted.kind, deleted.name, deleted.slices, deleted.masks) == ("volume", "tiny", 1, 1)
    assert (deleted.days_left, deleted.deleted_by) == (DAYS_IN_BIN, None)
    services.deleted.restore(OWNER, painted["volume_id"])
    assert all_rows(services) == before
    assert services.projects.get(OWNER, painted["project_id"]) == seen
    assert services.deleted.of_project(OWNER, painted["project_id"]) == []


def test_a_project_comes_back_as_it_was_with_what_was_deleted_in_it(
    services: Services, painted: dict[str, str]
) -> None:
    twin = services.volumes.add(OWNER, painted["project_id"], tiny_volume(), "twin.nii").id
    services.volumes.delete(OWNER, twin)
    before = all_rows(services)
    services.projects.delete(OWNER, painted["project_id"])
    assert services.projects.list_all(OWNER) == []
    (deleted,) = services.deleted.projects(OWNER)
    assert (deleted.name, deleted.volumes, deleted.labels, deleted.slices) == ("Livers", 1, 1, 1)
    with pytest.raises(NotFoundError, match="not in the bin"):
        services.deleted.restore(OWNER, twin)  # its project comes first
    services.deleted.restore(OWNER, painted["project_id"])
    assert all_rows(services) == before
    assert [each.id for each in services.deleted.of_project(OWNER, painted["project_id"])] == [twin]


def test_a_label_comes_back_with_its_paint(services: Services, painted: dict[str, str]) -> None:
    paint = paint_on(services, painted["volume_id"])
    services.labels.delete(OWNER, painted["label_id"], force=True)
    assert not any(paint_on(services, painted["volume_id"]))
    (deleted,) = services.deleted.of_project(OWNER, painted["project_id"])
    assert (deleted.kind, deleted.name, deleted.slices, deleted.color) == (
        "label",
        "liver",
        1,
        LABEL_PALETTE[0],
    )
    services.deleted.restore(OWNER, painted["label_id"])
    assert paint_on(services, painted["volume_id"]) == paint
    (label,) = services.projects.get(OWNER, painted["project_id"]).labels
    assert (label.id, label.name) == (painted["label_id"], "liver")


@pytest.mark.parametrize("first", ["label", "volume"])
def test_label_and_volume_come_back_in_any_order(
    services: Services, painted: dict[str, str], first: str
) -> None:
    paint = paint_on(services, painted["volume_id"])
    services.volumes.delete(OWNER, painted["volume_id"])
    services.labels.delete(OWNER, painted["label_id"], force=True)
    order = ["label_id", "volume_id"] if first == "label" else ["volume_id", "label_id"]
    for name in order:
        services.deleted.restore(OWNER, painted[name])
    assert paint_on(services, painted["volume_id"]) == paint


def test_undo_takes_the_same_label_out_of_the_bin(services: Services, painted: dict[str, str]) -> None:
    label = services.projects.get(OWNER, painted["project_id"]).labels[0]
    services.labels.delete(OWNER, label.id, force=True)
    body = RestoredLabelBody(
        value=label.value, code=label.code, name=label.name, color=label.color, with_paint=True
    )
    back = services.labels.restore(OWNER, painted["project_id"], body)
    assert back.model_dump() == {**label.model_dump(), "left_out": []}
    assert services.deleted.of_project(OWNER, painted["project_id"]) == []


def test_a_deleted_label_gives_its_code_to_who_asks_for_it_and_keeps_its_value(
    services: Services, painted: dict[str, str]
) -> None:
    project_id = painted["project_id"]
    services.labels.delete(OWNER, painted["label_id"], force=True)
    other = services.labels.create(OWNER, project_id, "spleen", code=1)
    assert (other.code, other.value) == (1, 2)
    services.deleted.restore(OWNER, painted["label_id"])
    labels = services.projects.get(OWNER, project_id).labels
    assert [(label.name, label.value) for label in labels] == [("liver", 1), ("spleen", 2)]
    assert len({label.code for label in labels}) == 2


def test_deleting_for_good_leaves_no_row_and_no_file(services: Services, painted: dict[str, str]) -> None:
    services.volumes.delete(OWNER, painted["volume_id"])
    services.deleted.delete_for_good(OWNER, painted["volume_id"])
    with services.database.engine.connect() as connection:
        for name in ("volume", "annotation", "run", "mask", "deleted_item"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() == 0, name
    assert len(services.blobs.keys()) == 1  # its model stays with the project
    services.projects.delete(OWNER, painted["project_id"])
    services.deleted.delete_for_good(OWNER, painted["project_id"])
    assert services.blobs.keys() == []
    assert all(rows == [] for rows in all_rows(services).values())


def test_files_of_what_is_in_the_bin_stay_when_the_server_starts(
    config: Config, services: Services, painted: dict[str, str]
) -> None:
    services.projects.delete(OWNER, painted["project_id"])
    keys = set(services.blobs.keys())
    services.close()
    again = build_services(config)
    assert set(again.blobs.keys()) == keys
    again.deleted.restore(OWNER, painted["project_id"])
    assert again.volumes.open(OWNER, painted["volume_id"]).voxels.shape == (6, 5, 4)
    again.close()


def test_a_rule_of_the_project_ends_it_in_the_bin_too(services: Services, painted: dict[str, str]) -> None:
    services.projects.set_rules(OWNER, painted["project_id"], 3, False)
    services.projects.delete(OWNER, painted["project_id"])
    now = utc_now()
    services.retention.sweep(now + timedelta(days=2), steady=0.0)
    assert services.retention.sweep(now + timedelta(days=4), steady=2 * 86400.0) == 1
    assert services.deleted.projects(OWNER) == []
    assert services.blobs.keys() == []


def test_what_runs_on_it_is_cancelled_and_a_batch_goes_on_without_it(
    services: Services, painted: dict[str, str]
) -> None:
    other = services.volumes.add(OWNER, painted["project_id"], tiny_volume(), "other.nii").id
    services.annotations.save(OWNER, other, "axial", 1, axial_bytes(1), "painted", 0)
    queued = services.runs.create(OWNER, other, "propagate").id
    with services.database.write() as session:
        batch = BatchRow(project_id=painted["project_id"], model_id=painted["model_id"], asked_by=OWNER.id)
        session.add(batch)
        session.flush()
        session.add(BatchVolumeRow(batch_id=batch.id, volume_id=other, position=0))
        batch_id = batch.id
    services.volumes.delete(OWNER, other)
    assert services.batches.get(OWNER, batch_id).total == 0
    services.deleted.restore(OWNER, other)
    assert services.runs.get(OWNER, queued).state == "cancelled"


def test_a_scan_that_is_in_the_bin_is_offered_again(services: Services, painted: dict[str, str]) -> None:
    services.volumes.delete(OWNER, painted["volume_id"])
    folder = services.volumes.new_upload_folder(OWNER, painted["project_id"])
    (folder / "tiny.nii").write_bytes(tiny_nifti())
    with pytest.raises(ConflictError, match="which was deleted") as refused:
        services.volumes.import_upload(OWNER, painted["project_id"], folder)
    assert refused.value.details == {"code": "same_scan", "deleted_id": painted["volume_id"]}


def test_another_volume_of_the_project_is_no_source_once_it_is_deleted(
    services: Services, painted: dict[str, str]
) -> None:
    other = services.volumes.add(OWNER, painted["project_id"], tiny_volume(), "other.nii").id
    services.annotations.save(OWNER, other, "axial", 1, axial_bytes(1), "painted", 0)
    services.volumes.delete(OWNER, painted["volume_id"])
    assert services.runs.create(OWNER, other, "propagate").source_count == 1
    (model,) = services.runs.models(OWNER, painted["project_id"])
    assert (model.volume_id, model.volume_name) == (None, None)


@pytest.mark.parametrize("kind", ["project", "volume", "label"])
def test_no_route_finds_what_is_deleted(
    services: Services, client: TestClient, painted: dict[str, str], kind: str
) -> None:
    below = {
        "project": ("project_id", "volume_id", "label_id", "run_id", "mask_id"),
        "volume": ("volume_id", "run_id", "mask_id"),
        "label": ("label_id",),
    }[kind]
    paths = {"project": "projects", "volume": "volumes", "label": "labels"}
    headers = {"X-Fewshot-Sam": "1"}
    gone = client.delete(f"/api/{paths[kind]}/{painted[f'{kind}_id']}?force=1", headers=headers)
    assert gone.status_code == 204
    ids = {**painted, "plane": "axial", "slice_index": "1", "value": "1"}
    asked = 0
    for method, path in routes_of(build_api(services)):
        if not any(f"{{{name}}}" in path for name in below):
            continue
        url = re.sub(r"\{(\w+)\}", lambda name: ids.get(name[1], "0" * 32), path)
        answer = client.request(method, url, **{"headers": headers, **BODIES.get((method, path), {})})
        assert answer.status_code == 404, (method, path, answer.status_code, answer.text)
        asked += 1
    assert asked >= {"project": 40, "volume": 20, "label": 2}[kind]


def test_with_logins_only_who_may_delete_sees_and_restores(config: Config) -> None:
    hospital = services_with_logins(config)
    ada, grace = person(hospital, STATIC_DIR, "Ada"), person(hospital, STATIC_DIR, "Grace")
    vera = person(hospital, STATIC_DIR, "Vera", AccountRole.REVIEWER)
    project = ada.post("/api/projects", json={"name": "Livers"}).json()["id"]
    label = ada.post(f"/api/projects/{project}/labels", json={"name": "liver"}).json()["id"]
    for name, role in (("Grace", "annotator"), ("Vera", "reviewer")):
        ada.put(f"/api/projects/{project}/members", json={"name": name, "role": role})
    assert grace.delete(f"/api/labels/{label}").status_code == 204
    (deleted,) = ada.get(f"/api/projects/{project}/deleted").json()
    assert (deleted["deleted_by"], deleted["name"]) == ("Grace", "liver")
    assert vera.get(f"/api/projects/{project}/deleted").json() == []
    assert vera.post(f"/api/deleted/{label}/restore").status_code == 403
    assert grace.post(f"/api/deleted/{label}/restore").json() == {"left_out": []}
    assert ada.delete(f"/api/projects/{project}").status_code == 204
    for other in (grace, vera):
        assert other.get("/api/deleted").json() == []
        assert other.get("/api/projects").json() == []
    assert grace.post(f"/api/deleted/{project}/restore").status_code == 404
    assert grace.delete(f"/api/deleted/{project}").status_code == 404
    assert [each["id"] for each in ada.get("/api/deleted").json()] == [project]
    assert ada.post(f"/api/deleted/{project}/restore").status_code == 200
    assert [each["id"] for each in grace.get("/api/projects").json()] == [project]
    hospital.close()
