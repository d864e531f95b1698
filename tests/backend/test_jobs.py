"""A real worker process with a toy method: runs, cancellation, death and restart."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from backend.config import Config
from backend.jobs import supervisor as supervisor_module
from backend.jobs.supervisor import Supervisor
from backend.services import Services
from fewshot_sam.data.planes import from_display
from storage.models import RunRow, VolumeRow, WorkerStatusRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import (
    big_volume,
    ended,
    make_supervisor,
    paint,
    propagate,
    running,
    set_behaviour,
    stored_mask,
    wait_for,
)
from tests.backend.tiny import SHAPE, tiny_volume


def test_a_run_ends_with_a_mask_that_keeps_the_painted_slice(
    services: Services, supervisor: Supervisor, volume_id: str, project_id: str, label_value: int
) -> None:
    data = paint(services, volume_id, label_value)
    run = ended(services, propagate(services, volume_id))
    assert (run.state, run.fraction, run.error) == ("done", 1.0, None)
    assert [step for step, _ in run.loss] == sorted(step for step, _ in run.loss)
    label_map = stored_mask(services, run.mask_id).label_map
    shown = np.frombuffer(data, np.uint8).reshape(SHAPE[1], SHAPE[0])
    assert np.array_equal(label_map[:, :, 1], from_display(shown))
    report = run.report[str(label_value)]
    assert report["name"] == "liver"
    assert report["voxels"] == 8  # two voxels on each of four slices
    assert report["volume_ml"] == pytest.approx(8 * 2 * 1.5 * 3 / 1000)
    assert report["cross_validated_dice"] == 0.5
    assert (report["expected_dice"], report["warning"]) == (0.75, None)
    assert services.masks.get(OWNER, run.mask_id).labels[0].voxels == 8
    (model,) = services.runs.models(OWNER, project_id)
    assert (model.id, model.plane) == (run.model_id, "axial")
    assert services.volumes.get(OWNER, volume_id).encoding.state == "done"
    assert services.system.describe().encoder == "Toy - NumPy - CPU"


def test_a_run_stores_how_sure_it_is_and_which_label_it_did_not_learn(
    services: Services, supervisor: Supervisor, volume_id: str, project_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value, slice_index=0)
    spleen = services.labels.create(OWNER, project_id, "spleen").value
    paint(services, volume_id, spleen, slice_index=1)
    services.labels.create(OWNER, project_id, "not painted")
    mask_id = ended(services, propagate(services, volume_id)).mask_id
    confidence = stored_mask(services, mask_id).confidence
    assert confidence[0, 0].tolist() == [255, 255, 204, 153]
    mask = services.masks.get(OWNER, mask_id)
    surfaces = [services.config.mesh_folder / f"{mask_id}-{value}.mz3" for value in (label_value, spleen)]
    wait_for(lambda: [path.exists() for path in surfaces], all)  # made although nobody asked for them
    assert mask.slice_uncertainty["axial"] == [0, 0, 0, pytest.approx(30 * 102 / 255)]
    assert sum(mask.slice_uncertainty["sagittal"]) == pytest.approx(12)
    assert [(label.expected_dice, label.warning) for label in mask.labels] == [
        (0.75, None), (None, "Not learnt. Paint it on another slice."), (None, None),
    ]  # fmt: skip
    assert len(services.blobs.keys()) == 4  # voxels, mask, confidence, decoder
    services.volumes.delete(OWNER, volume_id)
    services.deleted.delete_for_good(OWNER, volume_id)
    assert len(services.blobs.keys()) == 1  # the decoder serves other volumes


def test_the_second_run_starts_warm_while_the_labels_are_the_same(
    services: Services, supervisor: Supervisor, volume_id: str, project_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    first = ended(services, propagate(services, volume_id))
    again = ended(services, propagate(services, volume_id))
    assert (first.report["1"]["warm"], again.report["1"]["warm"]) == (False, True)
    spleen = services.labels.create(OWNER, project_id, "spleen")
    paint(services, volume_id, spleen.value, slice_index=3)
    other = ended(services, propagate(services, volume_id))
    assert other.report["1"]["warm"] is False


def test_a_model_predicts_on_another_volume(
    services: Services, supervisor: Supervisor, volume_id: str, project_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    ended(services, propagate(services, volume_id))
    assert not services.volumes.get(OWNER, volume_id).mask_differs
    other = services.volumes.add(OWNER, project_id, replace(big_volume(), modality="MR"), "big.nii").id
    run = ended(services, str(services.runs.create(OWNER, other, "predict").id))
    assert (run.state, run.report["1"]["voxels"]) == ("done", 4 * 4 * 200)
    mask = services.masks.get(OWNER, run.mask_id)  # nothing is painted: nothing to judge by
    assert (mask.has_confidence, mask.slice_uncertainty, mask.labels[0].expected_dice) == (
        False, None, None,
    )  # fmt: skip
    assert services.volumes.get(OWNER, other).mask_differs
    assert mask.domain_shift is not None
    assert (mask.domain_shift.plane, mask.domain_shift.slices) == ("axial", [1, 3])
    assert mask.domain_shift.sentence == (
        "This scan differs: it is MR while the model learnt from CT, and the model is unsure of most of what "
        "it found."
    )


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("user error", "The painted slices are too similar. Paint others."),
        ("bug", "Something went wrong in fine-tuning; details are in the log."),
        ("die", "The computation ended unexpectedly"),
    ],
)
def test_a_failed_run_says_why_and_the_next_one_works(
    services: Services,
    supervisor: Supervisor,
    config: Config,
    volume_id: str,
    label_value: int,
    behaviour: str,
    sentence: str,
) -> None:
    paint(services, volume_id, label_value)
    set_behaviour(config, behaviour)
    run = ended(services, propagate(services, volume_id))
    assert run.state == "failed"
    assert run.error.startswith(sentence)
    if behaviour == "bug":
        assert "ZeroDivisionError: secret detail" in config.worker_log_file.read_text()
    set_behaviour(config, "")
    assert ended(services, propagate(services, volume_id)).state == "done"


def test_a_running_run_bears_the_lease_of_the_process_that_runs_it(
    services: Services, supervisor: Supervisor, config: Config, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    set_behaviour(config, "slow")
    run_id = propagate(services, volume_id)
    running(services, run_id)
    with services.database.read() as session:
        run, status = session.get_one(RunRow, run_id), session.get_one(WorkerStatusRow, 1)
    assert (status.pid, status.token) == (supervisor.worker_pid, run.worker_token)
    assert run.lease_until is not None
    assert status.heartbeat_at is not None
    services.runs.cancel(OWNER, run_id)
    ended(services, run_id)
    with services.database.read() as session:
        assert session.get_one(RunRow, run_id).lease_until is None


def test_cancelling_stops_a_run_that_listens(
    services: Services, supervisor: Supervisor, config: Config, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    set_behaviour(config, "slow")
    run_id = propagate(services, volume_id)
    running(services, run_id)
    pid = supervisor.worker_pid
    services.runs.cancel(OWNER, run_id)
    run = ended(services, run_id)
    assert (run.state, run.mask_id, run.error) == ("cancelled", None, None)
    assert supervisor.worker_pid == pid


def test_cancelling_ends_a_worker_that_does_not_listen(
    services: Services,
    config: Config,
    volume_id: str,
    label_value: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor_module, "CANCEL_PATIENCE_S", 0.3)
    supervisor = make_supervisor(config, services)
    supervisor.start()
    paint(services, volume_id, label_value)
    set_behaviour(config, "unresponsive")
    run_id = propagate(services, volume_id)
    running(services, run_id)
    services.runs.cancel(OWNER, run_id)
    assert ended(services, run_id).state == "cancelled"
    set_behaviour(config, "")
    assert ended(services, propagate(services, volume_id)).state == "done"
    supervisor.stop()


def test_a_volume_deleted_while_it_is_worked_on(
    services: Services,
    supervisor: Supervisor,
    config: Config,
    project_id: str,
    volume_id: str,
    label_value: int,
) -> None:
    paint(services, volume_id, label_value)
    set_behaviour(config, "slow")
    run_id = propagate(services, volume_id)
    running(services, run_id)
    pid = supervisor.worker_pid
    services.volumes.delete(OWNER, volume_id)
    set_behaviour(config, "")
    other = services.volumes.add(OWNER, project_id, tiny_volume("other"), "other.nii").id
    paint(services, other, label_value)
    assert ended(services, propagate(services, other)).state == "done"
    assert supervisor.worker_pid == pid


def test_after_a_restart_nothing_is_left_running(
    services: Services, config: Config, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    run_id = propagate(services, volume_id)
    with services.database.write() as session:  # as a killed server leaves it
        session.get_one(RunRow, run_id).state = "running"
        session.get_one(VolumeRow, volume_id).encoding_state = "running"
    supervisor = make_supervisor(config, services)
    supervisor.start()
    run = services.runs.get(OWNER, run_id)
    assert (run.state, run.error) == (
        "failed",
        "The server was restarted while this ran. Run it again.",
    )
    encoding = lambda: services.volumes.get(OWNER, volume_id).encoding.state  # noqa: E731
    assert wait_for(encoding, lambda state: state == "done")
    supervisor.stop()


def test_the_worker_ends_with_its_server(services: Services, supervisor: Supervisor) -> None:
    pid = wait_for(lambda: supervisor.worker_pid, lambda pid: pid is not None)
    supervisor.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
