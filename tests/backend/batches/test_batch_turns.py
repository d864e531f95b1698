"""Whose turn it is between batches and all else, and that a batch outlives workers and servers."""

from __future__ import annotations

import numpy as np

from backend.asker import Asker
from backend.config import Config
from backend.records.leases import WorkerEnd
from backend.services import Services
from backend.services.choices import Choices
from backend.services.runs import RunQueue
from storage.models import RunRow, VolumeRow, utc_now
from tests.backend.batch_helpers import Worker, states
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import ended, make_supervisor, paint, propagate, store_mask, wait_for
from tests.backend.tiny import tiny_volume

STRANGER = Asker("stranger")


def test_a_run_of_ones_own_goes_before_the_next_volume(
    services: Services, project_id: str, volume_id: str, others: list[str], worker: Worker
) -> None:
    services.batches.create(OWNER, project_id)
    assert worker.do() == others[0]
    propagate(services, volume_id)
    assert [worker.do(), worker.do()] == [volume_id, others[1]]


def test_a_batch_and_encoding_take_turns(
    services: Services, project_id: str, others: list[str], worker: Worker
) -> None:
    services.batches.create(OWNER, project_id)
    services.volumes.add(OWNER, project_id, tiny_volume("late"), "late.nii")
    assert worker.do() == others[0]
    assert worker.do() is None  # the encoding's turn
    assert worker.records.claim_encoding() is not None
    assert worker.do() == others[1]


def test_batches_of_two_people_take_turns(
    services: Services, project_id: str, others: list[str], worker: Worker
) -> None:
    services.batches.create(OWNER, project_id)
    theirs = str(services.projects.create(STRANGER, "theirs").id)
    label = services.labels.create(STRANGER, theirs, "liver").value
    first, second = (
        str(services.volumes.add(STRANGER, theirs, tiny_volume(name), name).id) for name in ("a", "b")
    )
    data = bytes([label]) + bytes(29)
    services.annotations.save(STRANGER, first, "axial", 1, data, "painted", 0)
    services.runs.create(STRANGER, first, "propagate")
    assert worker.do() == first
    services.batches.create(STRANGER, theirs)
    with services.database.write() as session:
        session.query(VolumeRow).update({"encoding_state": "done"})
    assert [worker.do() for _ in range(4)] == [others[0], second, others[1], others[2]]


def test_the_bound_on_waiting_runs_is_not_met_by_a_batch(
    services: Services, config: Config, project_id: str, volume_id: str, others: list[str]
) -> None:
    services.batches.create(OWNER, project_id)
    bounded = RunQueue(services.database, services.jobs.notify, Choices(config), max_queued=1)
    assert bounded.create(OWNER, volume_id, "propagate").state == "queued"


def test_a_mask_made_meanwhile_is_not_predicted_over(
    services: Services, project_id: str, others: list[str], worker: Worker
) -> None:
    batch = services.batches.create(OWNER, project_id)
    mask = store_mask(services, others[0], np.ones((6, 5, 4), np.uint8))
    with services.database.write() as session:
        run = session.query(RunRow).filter_by(volume_id=others[0]).one()
        run.state, run.finished_at = "done", utc_now()
    assert worker.do() == others[1]
    assert states(services.batches.get(OWNER, batch.id)) == ["done", "done", "queued"]
    assert services.volumes.get(OWNER, others[0]).mask_id == mask


def test_a_mask_chosen_meanwhile_is_not_predicted_over(
    services: Services, project_id: str, others: list[str], worker: Worker
) -> None:
    masks = [store_mask(services, others[0], np.full((6, 5, 4), value, np.uint8)) for value in (1, 0)]
    with services.database.write() as session:
        for run in session.query(RunRow).filter_by(volume_id=others[0]):
            run.state, run.finished_at = "done", utc_now()
    batch = services.batches.create(OWNER, project_id)
    services.masks.make_current(OWNER, masks[0])
    assert worker.do() == others[1]
    assert states(services.batches.get(OWNER, batch.id)) == ["done", "done", "queued"]
    assert services.volumes.get(OWNER, others[0]).mask_id == masks[0]


def test_it_goes_on_where_a_server_was_ended(
    services: Services, config: Config, project_id: str, others: list[str], worker: Worker
) -> None:
    batch = services.batches.create(OWNER, project_id)
    worker.do()
    assert worker.take() == others[1]
    for _ in range(3):  # however often the server is restarted
        next_worker = Worker(services, config, f"next {_}")
        next_worker.records.end_abandoned(None, {})
        assert next_worker.take() == others[1]
    last = Worker(services, config, "last")
    last.records.end_abandoned("last", {})
    assert [last.do(), last.do(), last.do()] == [others[1], others[2], None]
    assert states(services.batches.get(OWNER, batch.id)) == ["done"] * 3


def test_a_volume_whose_runs_kill_workers_fails_and_the_rest_goes_on(
    services: Services, config: Config, project_id: str, others: list[str]
) -> None:
    batch = services.batches.create(OWNER, project_id)
    for token in ("first", "second"):
        worker = Worker(services, config, token)
        assert worker.take() == others[0]
        worker.records.end_abandoned(None, {token: WorkerEnd()})
    third = Worker(services, config, "third")
    assert [third.do(), third.do(), third.do()] == [others[1], others[2], None]
    batch = services.batches.get(OWNER, batch.id)
    assert states(batch) == ["failed", "done", "done"]
    assert "memory ran out" in (batch.volumes[0].error or "")


def test_a_real_worker_goes_on_after_a_restart(
    services: Services, config: Config, project_id: str, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    first = make_supervisor(config, services)
    first.start()
    ended(services, propagate(services, volume_id))
    others = [
        str(services.volumes.add(OWNER, project_id, tiny_volume(f"scan {number}"), f"{number}.nii").id)
        for number in range(4)
    ]
    batch = services.batches.create(OWNER, project_id)
    wait_for(lambda: services.batches.get(OWNER, batch.id).done, lambda done: done >= 1)
    first.stop()
    second = make_supervisor(config, services)
    second.start()
    try:
        done = wait_for(lambda: services.batches.get(OWNER, batch.id), lambda found: found.state == "done")
    finally:
        second.stop()
    assert [volume.volume_id for volume in done.volumes] == others
    assert states(done) == ["done"] * 4
