"""A worker in this process, and volumes for a batch."""

from __future__ import annotations

from backend.config import Config
from backend.jobs.records import JobRecords
from backend.jobs.run_job import RunJob
from backend.schemas.batches import BatchAnswer
from backend.services import Services
from storage.models import RunRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.fake_worker import FakeToolbox
from tests.backend.job_helpers import paint, propagate
from tests.backend.tiny import tiny_volume


class Worker:
    """Does jobs in this process, one when it is told to; made anew it is another process."""

    def __init__(self, services: Services, config: Config, token: str) -> None:
        self.services = services
        self.records = JobRecords(services.database, services.blobs, token)
        self.job = RunJob(self.records, FakeToolbox(config), services.database, services.blobs)

    def take(self) -> str | None:
        """The id of the volume of the run that it took and did not do."""
        run_id = self.records.claim_run()
        return None if run_id is None else self.volume_of(run_id)

    def do(self) -> str | None:
        """Do the next run; the id of its volume."""
        run_id = self.records.claim_run()
        if run_id is None:
            return None
        self.job.execute(run_id)
        return self.volume_of(run_id)

    def volume_of(self, run_id: str) -> str:
        with self.services.database.read() as session:
            return session.get_one(RunRow, run_id).volume_id


def prepare_others(
    services: Services, project_id: str, volume_id: str, value: int, worker: Worker
) -> list[str]:
    """Three volumes without paint in a project with a model of another one; nothing waits to be encoded."""
    paint(services, volume_id, value)
    propagate(services, volume_id)
    worker.do()
    return add_volumes(services, project_id, 3)


def add_volumes(services: Services, project_id: str, count: int) -> list[str]:
    found = [
        str(services.volumes.add(OWNER, project_id, tiny_volume(f"scan {number}"), f"{number}.nii").id)
        for number in range(count)
    ]
    with services.database.write() as session:
        for volume in session.query(VolumeRow):
            volume.encoding_state = "done"
    return found


def states(batch: BatchAnswer) -> list[str]:
    return [str(volume.state) for volume in batch.volumes]
