"""What a propagation learns from: the volumes of its project that are painted in its plane."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.config import Config
from backend.errors import InvalidRequestError, NotFoundError
from backend.jobs.records import JobRecords
from backend.jobs.run_job import RunJob
from backend.schemas.answers import RunAnswer
from backend.services import Services
from backend.services.choices import AskedChoice
from fewshot_sam.errors import AnnotationError
from storage.models import ModelRow, RunRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.fake_worker import FakeToolbox
from tests.backend.job_helpers import paint
from tests.backend.tiny import tiny_volume


@pytest.fixture
def toolbox(config: Config) -> FakeToolbox:
    return FakeToolbox(config)


def add(services: Services, project_id: str, name: str) -> str:
    return str(services.volumes.add(OWNER, project_id, tiny_volume(name), f"{name}.nii").id)


@pytest.fixture
def second(services: Services, project_id: str, volume_id: str) -> str:
    return add(services, project_id, "second")


@pytest.fixture
def third(services: Services, project_id: str, second: str) -> str:
    """A volume of the project that nobody paints."""
    return add(services, project_id, "third")


def ask(services: Services, volume_id: str, sources: tuple[str, ...] | None = None) -> RunAnswer:
    return services.runs.create(OWNER, volume_id, "propagate", asked=AskedChoice(sources=sources))


def execute(services: Services, toolbox: FakeToolbox) -> RunAnswer:
    records = JobRecords(services.database, services.blobs, "w")
    run_id = records.claim_run()
    assert run_id is not None
    RunJob(records, toolbox, services.database, services.blobs).execute(run_id)
    return services.runs.get(OWNER, run_id)


def stored_sources(services: Services, run_id: str) -> list[Any]:
    with services.database.read() as session:
        return list(session.get_one(RunRow, run_id).sources or [])


def fits(config: Config) -> list[str]:
    """The names of the volumes of each fit."""
    return (config.home / "fits").read_text().splitlines()


def test_a_run_learns_from_every_painted_volume_in_the_order_of_painting(
    services: Services, config: Config, toolbox: FakeToolbox, volume_id: str, third: str, second: str,
    project_id: str, label_value: int,
) -> None:  # fmt: skip
    paint(services, second, label_value, 2)
    paint(services, volume_id, label_value, 1)
    run = ask(services, volume_id)
    assert run.source_count == 2
    assert stored_sources(services, run.id) == [
        {"volume_id": second, "name": "second", "annotation_versions": {"2": 1}},
        {"volume_id": volume_id, "name": "tiny", "annotation_versions": {"1": 1}},
    ]
    done = execute(services, toolbox)
    assert (done.state, done.error) == ("done", None)
    assert fits(config) == ["second tiny"]
    encoded = (config.home / "order").read_text().splitlines()
    assert encoded[:2] == ["second:axial:2", "tiny:axial:1"]
    assert [line for line in encoded if line.startswith(("second", "third"))] == ["second:axial:2"]
    (model,) = services.runs.models(OWNER, project_id)
    named = [(source.volume_id, source.name, source.slices) for source in model.sources]
    assert named == [(second, "second", [2]), (volume_id, "tiny", [1])]


def test_what_is_painted_in_another_plane_is_left_out(
    services: Services, volume_id: str, second: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    shape = (4, 6)  # rows and columns of a coronal slice
    data = bytes([label_value]) + bytes(shape[0] * shape[1] - 1)
    services.annotations.save(OWNER, second, "coronal", 1, data, "painted", 0)
    assert [source["volume_id"] for source in stored_sources(services, ask(services, volume_id).id)] == [
        volume_id
    ]


def test_the_sources_can_be_chosen(
    services: Services, config: Config, toolbox: FakeToolbox, volume_id: str, second: str, third: str,
    label_value: int,
) -> None:  # fmt: skip
    for each in (volume_id, second, third):
        paint(services, each, label_value)
    ask(services, volume_id, ())
    execute(services, toolbox)
    ask(services, volume_id, (third,))
    execute(services, toolbox)
    assert fits(config) == ["tiny", "tiny third"]


def test_a_source_must_be_painted_and_of_the_project(
    services: Services, volume_id: str, second: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    with pytest.raises(AnnotationError, match=r"second has no painted axial slice to learn from. Paint one"):
        ask(services, volume_id, (second,))
    other = add(services, str(services.projects.create(OWNER, "other").id), "elsewhere")
    with pytest.raises(InvalidRequestError, match="learns from volumes of its own project"):
        ask(services, volume_id, (other,))
    with pytest.raises(NotFoundError, match="This volume does not exist"):
        ask(services, volume_id, ("0" * 32,))
    with pytest.raises(AnnotationError, match="Paint a label on at least one axial slice first"):
        ask(services, second)
    assert services.runs.of_volume(OWNER, volume_id) == []


def test_a_fit_goes_on_only_where_it_begins_with_what_was_learnt(
    services: Services, toolbox: FakeToolbox, volume_id: str, second: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    alone = ask(services, volume_id)
    alone_model = execute(services, toolbox).model_id
    paint(services, second, label_value)
    both = ask(services, second)  # another volume of the same project, whose sources begin with the first
    both_model = execute(services, toolbox).model_id
    only_second = ask(services, second, ())
    execute(services, toolbox)
    only_first = ask(services, volume_id, ())
    execute(services, toolbox)
    again = ask(services, volume_id)
    found = (alone.continued, both.continued, only_second.continued, only_first.continued, again.continued)
    assert found == (False, True, False, True, True)
    with services.database.read() as session:
        earlier = [session.get_one(RunRow, run.id).warm_start_model_id for run in (both, again)]
    assert earlier == [alone_model, both_model]


def test_other_labels_on_another_volume_begin_afresh(
    services: Services, toolbox: FakeToolbox, project_id: str, volume_id: str, second: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    ask(services, volume_id)
    execute(services, toolbox)
    paint(services, second, int(services.labels.create(OWNER, project_id, "spleen").value))
    assert ask(services, volume_id).continued is False
    assert execute(services, toolbox).report.keys() == {"1", "2"}


def test_a_source_that_is_deleted_before_the_run_fails_it_with_a_sentence(
    services: Services, toolbox: FakeToolbox, volume_id: str, second: str, label_value: int
) -> None:
    for each in (volume_id, second):
        paint(services, each, label_value)
    ask(services, volume_id)
    services.volumes.delete(OWNER, second)
    run = execute(services, toolbox)
    assert (run.state, run.error) == (
        "failed", "second, which this run was to learn from, was deleted. Propagate again.",
    )  # fmt: skip


def test_a_damaged_source_is_named(
    services: Services, toolbox: FakeToolbox, volume_id: str, label_value: int, project_id: str
) -> None:
    broken = tiny_volume("broken")
    broken.voxels.setflags(write=True)
    broken.voxels[0, 0, 0] = 99  # its own blob: the same voxels would be shared
    other = str(services.volumes.add(OWNER, project_id, broken, "broken.nii").id)
    for each in (volume_id, other):
        paint(services, each, label_value)
    ask(services, volume_id)
    with services.database.read() as session:
        services.blobs.path(session.get_one(VolumeRow, other).voxel_blob).unlink()
    run = execute(services, toolbox)
    assert run.state == "failed"
    assert run.error == (
        "broken, which this run was to learn from, cannot be read: its stored voxels are missing or damaged. "
        "Import the same scan again, or leave it out under Settings."
    )


def test_a_model_names_a_source_that_was_deleted_since(
    services: Services, toolbox: FakeToolbox, project_id: str, volume_id: str, second: str, label_value: int
) -> None:
    for each in (volume_id, second):
        paint(services, each, label_value)
    ask(services, volume_id)
    execute(services, toolbox)
    services.volumes.change(OWNER, volume_id, name="first")
    services.volumes.delete(OWNER, second)
    (model,) = services.runs.models(OWNER, project_id)
    assert [(source.volume_id, source.name, source.slices) for source in model.sources] == [
        (volume_id, "first", [1]), (None, "second", [1]),
    ]  # fmt: skip


def test_runs_and_models_of_earlier_versions_have_their_own_volume(
    services: Services, config: Config, toolbox: FakeToolbox, project_id: str, volume_id: str, second: str,
    label_value: int,
) -> None:  # fmt: skip
    for each in (volume_id, second):
        paint(services, each, label_value)
    run = ask(services, volume_id)
    with services.database.write() as session:
        session.get_one(RunRow, run.id).sources = None
    assert execute(services, toolbox).source_count == 1
    assert fits(config) == ["tiny"]
    with services.database.write() as session:
        session.query(ModelRow).one().sources = None
    (model,) = services.runs.models(OWNER, project_id)
    assert [(source.volume_id, source.slices) for source in model.sources] == [(volume_id, None)]
    assert ask(services, volume_id, ()).continued is True


def test_sources_over_http(client: TestClient, services: Services, volume_id: str, label_value: int) -> None:
    paint(services, volume_id, label_value)
    url = f"/api/volumes/{volume_id}/runs"
    assert client.post(url, json={"kind": "propagate", "sources": ["x"]}).status_code == 400
    answer = client.post(url, json={"kind": "propagate", "sources": []})
    assert (answer.status_code, answer.json()["source_count"]) == (201, 1)
