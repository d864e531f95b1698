"""A real worker process with a toy method: encoding in the background."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from backend.config import Config
from backend.jobs.encode_job import encode_in_background
from backend.jobs.records import JobRecords
from backend.jobs.supervisor import Supervisor
from backend.records.leases import WorkerEnd
from backend.services import Services
from tests.backend.conftest import OWNER
from tests.backend.fake_worker import FakeToolbox
from tests.backend.job_helpers import (
    big_volume,
    ended,
    make_supervisor,
    paint,
    propagate,
    wait_for,
)


def test_a_killed_worker_is_replaced_and_encoding_goes_on(
    services: Services, supervisor: Supervisor, config: Config, project_id: str
) -> None:
    volume_id = services.volumes.add(OWNER, project_id, big_volume(), "big.nii").id
    encoding = lambda: services.volumes.get(OWNER, volume_id).encoding  # noqa: E731
    wait_for(encoding, lambda state: state.state == "running" and state.done > 0)
    pid = supervisor.worker_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    final = wait_for(encoding, lambda state: state.state in ("done", "failed"))
    assert (final.state, final.done) == ("done", 200)
    assert supervisor.worker_pid != pid


def test_a_run_goes_before_the_encoding_of_another_volume(
    services: Services,
    supervisor: Supervisor,
    config: Config,
    project_id: str,
    volume_id: str,
    label_value: int,
) -> None:
    paint(services, volume_id, label_value)
    big = services.volumes.add(OWNER, project_id, big_volume(), "big.nii").id
    encoding = lambda: services.volumes.get(OWNER, big).encoding  # noqa: E731
    wait_for(encoding, lambda state: state.state == "running")
    run = ended(services, propagate(services, volume_id))
    assert run.state == "done"
    assert encoding().state in ("pending", "running")
    assert wait_for(encoding, lambda state: state.state == "done").done == 200


def test_the_slice_on_screen_is_encoded_first(services: Services, config: Config, project_id: str) -> None:
    volume_id = services.volumes.add(OWNER, project_id, big_volume(), "big.nii").id
    services.volumes.change(OWNER, volume_id, plane="axial", first_slice=150)
    supervisor = make_supervisor(config, services)
    supervisor.start()
    wait_for(lambda: (config.home / "order").exists(), bool)
    supervisor.stop()
    assert (config.home / "order").read_text().splitlines()[0] == "big:axial:150"


def test_choosing_another_plane_restarts_the_running_encoding(
    services: Services, supervisor: Supervisor, project_id: str
) -> None:
    volume_id = services.volumes.add(OWNER, project_id, big_volume(), "big.nii").id
    encoding = lambda: services.volumes.get(OWNER, volume_id).encoding  # noqa: E731
    wait_for(encoding, lambda state: state.done > 0)
    services.volumes.change(OWNER, volume_id, plane="coronal", first_slice=0)
    final = wait_for(encoding, lambda state: state.state == "done")
    assert (final.done, final.total) == (4, 4)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX pipes")
def test_an_encoding_that_kills_the_worker_is_given_up(services: Services, volume_id: str) -> None:
    records = JobRecords(services.database, services.blobs, "w")
    for attempt in (1, 2, 3):
        assert records.claim_encoding() == volume_id, attempt
        records.end_abandoned(None, {"w": WorkerEnd()})
    encoding = services.volumes.get(OWNER, volume_id).encoding
    assert encoding.state == "failed"
    assert encoding.error.startswith("The computation ended unexpectedly")
    assert records.claim_encoding() is None


def test_a_volume_deleted_while_it_is_encoded_is_no_failure(
    services: Services, config: Config, volume_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    class Deleting(FakeToolbox):
        def encode(self, *_: object, **__: object) -> None:
            services.volumes.delete(OWNER, volume_id)
            raise FileNotFoundError("embeddings.f16")

    records = JobRecords(services.database, services.blobs, "w")
    assert records.claim_encoding() == volume_id
    encode_in_background(records, Deleting(config), services.blobs, volume_id)
    assert "failed" not in caplog.text
