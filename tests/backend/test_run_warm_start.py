"""Which model a run goes on from is the server's choice, and never another owner's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.asker import Asker
from backend.choices import RunChoice
from backend.config import Config
from backend.errors import InvalidRequestError
from backend.jobs.records import JobRecords
from backend.jobs.run_job import RunJob
from backend.schemas.answers import RunAnswer
from backend.services import Services
from backend.services.choices import AskedChoice
from fewshot_sam.errors import ModelError
from storage.models import MaskRow, ModelRow, RunRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.fake_worker import FakeToolbox
from tests.backend.job_helpers import paint


class OpeningToolbox(FakeToolbox):
    """Remembers which files it loaded."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.opened: list[Path] = []

    def load(self, path: Path, choice: RunChoice) -> Any:
        self.opened.append(path)
        return super().load(path, choice)


@pytest.fixture
def toolbox(config: Config) -> OpeningToolbox:
    return OpeningToolbox(config)


def model_of(services: Services, owner: str) -> str:
    """A model in a project of the owner's."""
    project = str(services.projects.create(Asker(owner), "theirs").id)
    key = services.blobs.put("safetensors", lambda file: file.write(owner.encode()))
    with services.database.write() as session:
        model = ModelRow(project_id=project, plane="axial", encoder="toy", labels=[], blob=key)
        session.add(model)
        session.flush()
        return model.id


def execute(services: Services, toolbox: OpeningToolbox) -> RunAnswer:
    """The next run, to its end, by a job that has no model in memory."""
    records = JobRecords(services.database, services.blobs, "w")
    run_id = records.claim_run()
    assert run_id is not None
    RunJob(records, toolbox, services.database, services.blobs).execute(run_id)
    return services.runs.get(OWNER, run_id)


def change_run(services: Services, run_id: str, **values: Any) -> None:
    with services.database.write() as session:
        for name, value in values.items():
            setattr(session.get_one(RunRow, run_id), name, value)


def test_the_second_run_goes_on_from_the_first(
    services: Services, toolbox: OpeningToolbox, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    services.runs.create(OWNER, volume_id, "propagate")
    first = execute(services, toolbox)
    again = services.runs.create(OWNER, volume_id, "propagate")
    with services.database.read() as session:
        run = session.get_one(RunRow, again.id)
        assert (run.warm_start_model_id, run.settings) == (first.model_id, {})
    assert (first.continued, again.continued) == (False, True)
    assert execute(services, toolbox).report["1"]["warm"] is True
    assert len(toolbox.opened) == 1


def test_a_run_that_is_asked_for_afresh_goes_on_from_none(
    services: Services, toolbox: OpeningToolbox, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    services.runs.create(OWNER, volume_id, "propagate")
    execute(services, toolbox)
    again = services.runs.create(OWNER, volume_id, "propagate", asked=AskedChoice(afresh=True))
    assert again.continued is False
    assert execute(services, toolbox).report["1"]["warm"] is False
    assert toolbox.opened == []
    with pytest.raises(InvalidRequestError, match="method, encoder and seed of its model"):
        services.runs.create(OWNER, volume_id, "predict", asked=AskedChoice(afresh=True))


def test_another_owners_model_is_not_loaded_whoever_wrote_its_id(
    services: Services, toolbox: OpeningToolbox, volume_id: str, label_value: int
) -> None:
    theirs = model_of(services, "another")
    paint(services, volume_id, label_value)
    run_id = str(services.runs.create(OWNER, volume_id, "propagate").id)
    change_run(services, run_id, warm_start_model_id=theirs)
    run = execute(services, toolbox)
    assert (run.state, run.report["1"]["warm"]) == ("done", False)
    assert toolbox.opened == []


def test_a_prediction_does_not_load_another_owners_model(
    services: Services, toolbox: OpeningToolbox, project_id: str, volume_id: str, label_value: int
) -> None:
    theirs = model_of(services, "another")
    paint(services, volume_id, label_value)
    services.runs.create(OWNER, volume_id, "propagate")
    execute(services, toolbox)
    run_id = str(services.runs.create(OWNER, volume_id, "predict").id)
    change_run(services, run_id, model_id=theirs)
    run = execute(services, toolbox)
    assert (run.state, run.error) == (
        "failed",
        "The few-shot model of this run was deleted. Choose another one.",
    )
    assert toolbox.opened == []


def test_a_client_cannot_name_the_model_to_go_on_from(
    services: Services, client: TestClient, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    settings = {"warm_start_model_id": model_of(services, "another")}
    with pytest.raises(ModelError, match="Unknown setting 'warm_start_model_id'; known are fit, predict"):
        services.runs.create(OWNER, volume_id, "propagate", settings=settings)
    answer = client.post(f"/api/volumes/{volume_id}/runs", json={"kind": "propagate", "settings": settings})
    assert answer.status_code == 422
    assert "Unknown setting 'warm_start_model_id'" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"fit": []}, "The settings fit must be an object, got a list."),
        (
            {"fit": {"head_steps": 10**9}},
            "The setting fit.head_steps must be from 1 to 10000, got 1000000000.",
        ),
        ({"fit": {"hidden": 40000}}, "The setting fit.hidden must be from 8 to 512, got 40000."),
        ({"fit": {"points": 3000000}}, "The setting fit.points must be from 16 to 16384, got 3000000."),
    ],
)
def test_settings_out_of_range_are_422_and_queue_nothing(
    services: Services, client: TestClient, volume_id: str, label_value: int, settings: Any, sentence: str
) -> None:
    paint(services, volume_id, label_value)
    answer = client.post(f"/api/volumes/{volume_id}/runs", json={"kind": "propagate", "settings": settings})
    assert (answer.status_code, answer.json()["error"]["message"]) == (422, sentence)
    assert services.runs.of_volume(OWNER, volume_id) == []


def test_a_model_moved_to_another_project_is_not_gone_on_from(
    services: Services, toolbox: OpeningToolbox, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    services.runs.create(OWNER, volume_id, "propagate")
    model_id = execute(services, toolbox).model_id
    other = str(services.projects.create(OWNER, "other").id)
    with services.database.write() as session:
        session.get_one(ModelRow, model_id).project_id = other
        assert session.get_one(VolumeRow, volume_id).project_id != other
    again = services.runs.create(OWNER, volume_id, "propagate")
    with services.database.read() as session:
        assert session.get_one(RunRow, again.id).warm_start_model_id is None


def test_a_mask_that_another_deletion_took_is_stored_again(
    services: Services,
    toolbox: OpeningToolbox,
    volume_id: str,
    label_value: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same mask is deleted elsewhere between the writing of its bytes and of its row."""
    paint(services, volume_id, label_value)
    services.runs.create(OWNER, volume_id, "propagate")
    finish, lost = JobRecords.finish_run, []

    def losing(records: JobRecords, run_id: str, mask: MaskRow, *results: Any) -> None:
        if not lost:
            lost.append(mask.blob)
            services.blobs.delete(mask.blob)
        finish(records, run_id, mask, *results)

    monkeypatch.setattr(JobRecords, "finish_run", losing)
    run = execute(services, toolbox)
    assert (run.state, len(lost)) == ("done", 1)
    assert services.blobs.exists(lost[0])
