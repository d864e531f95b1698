"""A model applied to many volumes: whose turn it is, what stops it, and how it goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from backend.asker import Asker, Right
from backend.errors import ConflictError, ForbiddenError, InvalidRequestError, NotFoundError
from backend.schemas.enums import AccountRole, ProjectRole
from backend.services import Services
from fewshot_sam.errors import ModelError
from storage.accounts import AccountRow, ProjectMemberRow
from storage.models import RunRow, utc_now
from tests.backend.batch_helpers import Worker, add_volumes, states
from tests.backend.conftest import OWNER

STRANGER = Asker("stranger")


def test_a_batch_predicts_all_volumes_without_a_mask_of_the_model(
    services: Services, project_id: str, others: list[str], worker: Worker
) -> None:
    batch = services.batches.create(OWNER, project_id)
    assert [volume.volume_id for volume in batch.volumes] == others
    assert (batch.state, batch.total, batch.done, batch.eta_s) == ("running", 3, 0, None)
    assert services.runs.of_volume(OWNER, others[0]) == []  # made when its turn comes
    assert worker.do() == others[0]
    batch = services.batches.get(OWNER, batch.id)
    assert (batch.done, states(batch)) == (1, ["done", "queued", "queued"])
    assert batch.eta_s is not None
    assert [worker.do(), worker.do(), worker.do()] == [others[1], others[2], None]
    batch = services.batches.get(OWNER, batch.id)
    assert (batch.state, batch.done, batch.failed, batch.eta_s) == ("done", 3, 0, 0.0)
    (model,) = services.runs.models(OWNER, project_id)
    runs = [services.runs.of_volume(OWNER, volume)[0] for volume in others]
    assert {(run.kind, run.state, run.model_id) for run in runs} == {("predict", "done", model.id)}
    with pytest.raises(ModelError, match="Every volume of this project has a mask of this model already"):
        services.batches.create(OWNER, project_id)


def test_a_volume_names_the_models_of_its_masks_whatever_its_newest_run_became(
    services: Services, project_id: str, others: list[str], worker: Worker
) -> None:
    (model,) = services.runs.models(OWNER, project_id)
    first = services.batches.create(OWNER, project_id, volume_ids=others[:1])
    worker.do()
    assert services.batches.get(OWNER, first.id).done == 1
    again = services.batches.create(OWNER, project_id, volume_ids=others[:2])
    assert worker.take() == others[0]
    services.batches.cancel(OWNER, again.id)
    volumes = [services.volumes.get(OWNER, each) for each in others[:2]]
    assert volumes[0].run is not None and volumes[0].run.cancel_requested
    assert [(each.mask_count, each.mask_model_ids) for each in volumes] == [(1, [model.id]), (0, [])]


def test_volumes_can_be_chosen(
    services: Services, project_id: str, volume_id: str, others: list[str]
) -> None:
    batch = services.batches.create(OWNER, project_id, volume_ids=[others[2], volume_id])
    assert [volume.volume_id for volume in batch.volumes] == [volume_id, others[2]]
    elsewhere = str(services.projects.create(OWNER, "other").id)
    (foreign,) = add_volumes(services, elsewhere, 1)
    services.batches.cancel(OWNER, batch.id)
    with pytest.raises(InvalidRequestError, match="Only volumes of this project can be predicted"):
        services.batches.create(OWNER, project_id, volume_ids=[foreign])
    with pytest.raises(ModelError, match="This project has no few-shot model yet"):
        services.batches.create(OWNER, elsewhere)


def test_a_project_has_one_batch_at_a_time(services: Services, project_id: str, others: list[str]) -> None:
    first = services.batches.create(OWNER, project_id)
    with pytest.raises(ConflictError, match="are being predicted already"):
        services.batches.create(OWNER, project_id)
    services.batches.cancel(OWNER, first.id)
    second = services.batches.create(OWNER, project_id)
    with pytest.raises(ConflictError, match="are being predicted already"):
        services.batches.resume(OWNER, first.id)
    assert [batch.id for batch in services.batches.of_project(OWNER, project_id)] == [second.id, first.id]


def test_a_failure_is_listed_with_its_reason_and_stops_nothing(
    services: Services, project_id: str, others: list[str], worker: Worker
) -> None:
    batch = services.batches.create(OWNER, project_id)
    run_id = worker.records.claim_run()
    assert run_id is not None
    worker.records.fail_run(run_id, "The disk of the data folder is full.")
    while worker.do():
        pass
    batch = services.batches.get(OWNER, batch.id)
    assert (batch.state, states(batch), batch.failed) == ("done", ["failed", "done", "done"], 1)
    assert batch.volumes[0].error == "The disk of the data folder is full."
    assert states(services.batches.resume(OWNER, batch.id)) == ["queued", "done", "done"]
    assert (worker.do(), worker.do()) == (others[0], None)
    assert services.batches.get(OWNER, batch.id).done == 3


def test_cancel_stops_the_whole_and_resume_goes_on(
    services: Services, project_id: str, others: list[str], worker: Worker
) -> None:
    batch = services.batches.create(OWNER, project_id)
    worker.do()
    assert worker.take() == others[1]
    batch = services.batches.cancel(OWNER, batch.id)
    assert (batch.state, states(batch)) == ("cancelled", ["done", "running", "cancelled"])
    (run, *_) = services.runs.of_volume(OWNER, others[1])
    assert run.cancel_requested is True
    worker.records.cancel_run(run.id)
    assert worker.do() is None
    batch = services.batches.resume(OWNER, batch.id)
    assert (batch.state, states(batch)) == ("running", ["done", "queued", "queued"])
    assert [worker.do(), worker.do(), worker.do()] == [others[1], others[2], None]
    assert services.batches.cancel(OWNER, batch.id).state == "done"  # harmless at the end


def test_a_volume_that_is_deleted_leaves_the_batch(
    services: Services, project_id: str, others: list[str], worker: Worker
) -> None:
    batch = services.batches.create(OWNER, project_id)
    services.volumes.delete(OWNER, others[1])
    assert [worker.do(), worker.do(), worker.do()] == [others[0], others[2], None]
    assert services.batches.get(OWNER, batch.id).total == 2
    services.projects.delete(OWNER, project_id)
    with pytest.raises(NotFoundError, match="This batch does not exist"):
        services.batches.get(OWNER, batch.id)


def test_the_mean_confidence_is_of_the_labelled_voxels(
    services: Services, volume_id: str, label_value: int, others: list[str]
) -> None:
    (run, *_) = services.runs.of_volume(OWNER, volume_id)
    assert run.state == "done"
    painted = services.volumes.get(OWNER, volume_id)
    assert painted.mean_confidence is not None
    # Two voxels a slice hold the label; confidence falls by 51 a slice from the painted one, slice 1 of 4.
    assert painted.mean_confidence == pytest.approx((204 + 255 + 204 + 153) / 4 / 255)
    assert services.volumes.get(OWNER, others[0]).mean_confidence is None


def test_rights(services: Services, project_id: str, others: list[str]) -> None:
    member = Asker("m" * 32, Right.READ, AccountRole.ANNOTATOR)
    with services.database.write() as session:
        session.add(AccountRow(id=member.id, name="Grace", name_key="grace", role="annotator"))
        session.flush()
        session.add(ProjectMemberRow(project_id=project_id, account_id=member.id, role=ProjectRole.REVIEWER))
    batch = services.batches.create(OWNER, project_id)
    writing = Asker(member.id, Right.WRITE, AccountRole.ANNOTATOR)
    assert services.batches.get(member, batch.id).id == batch.id
    for refused in (
        lambda: services.batches.create(writing, project_id),
        lambda: services.batches.cancel(writing, batch.id),
        lambda: services.batches.resume(writing, batch.id),
    ):
        with pytest.raises(ForbiddenError, match="shared with you to look at"):
            refused()
    for unseen in (
        lambda: services.batches.get(STRANGER, batch.id),
        lambda: services.batches.cancel(STRANGER, batch.id),
        lambda: services.batches.of_project(STRANGER, project_id),
        lambda: services.batches.create(STRANGER, project_id),
    ):
        with pytest.raises(NotFoundError):
            unseen()


def test_batches_over_http(
    client: TestClient, services: Services, project_id: str, others: list[str]
) -> None:
    url = f"/api/projects/{project_id}/batches"
    assert client.post(url, json={"volumes": []}).status_code == 400
    created = client.post(url, json={"volumes": others[:2]})
    assert (created.status_code, created.json()["total"]) == (201, 2)
    batch = created.json()["id"]
    assert [each["id"] for each in client.get(url).json()] == [batch]
    assert client.post(f"/api/batches/{batch}/cancel", json={}).json()["state"] == "cancelled"
    assert client.post(f"/api/batches/{batch}/resume", json={}).json()["state"] == "running"
    assert client.get(f"/api/batches/{batch}").json()["volumes"][0] == {
        "volume_id": others[0], "name": "scan 0", "state": "queued", "fraction": 0.0, "error": None,
    }  # fmt: skip
    assert client.get(f"/api/batches/{'0' * 32}").status_code == 404


def test_the_time_left_is_what_volumes_took(
    services: Services, project_id: str, others: list[str], worker: Worker
) -> None:
    batch = services.batches.create(OWNER, project_id)
    worker.do()
    worker.take()
    with services.database.write() as session:
        for run in session.query(RunRow).filter(RunRow.kind == "predict"):
            run.started_at = utc_now() - timedelta(seconds=10)
            if run.state == "done":
                run.finished_at = run.started_at + timedelta(seconds=8)
            else:
                run.eta_s = 3.0
    assert services.batches.get(OWNER, batch.id).eta_s == 3.0 + 8.0
