"""A supervisor with the toy worker, and waiting for what it does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from backend.config import Config
from backend.exports.base import ExportedMask
from backend.jobs.records import JobRecords
from backend.jobs.supervisor import Supervisor, worker_command
from backend.schemas.answers import RunAnswer
from backend.services import Services
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.volume import Volume
from fewshot_sam.progress import Stage
from storage import arrays
from storage.models import MaskRow, RunRow
from tests.backend.data_folders import OWNER
from tests.backend.tiny import axial_bytes
from tests.conftest import share_encoder

DEADLINE_S = 300.0


def wait_for(read: Callable[[], Any], ready: Callable[[Any], bool]) -> Any:
    """Poll until ready; fails after DEADLINE_S, which only a hang reaches."""
    deadline = time.monotonic() + DEADLINE_S
    while not ready(value := read()):
        assert time.monotonic() < deadline, f"still {value}"
        time.sleep(0.02)
    return value


def make_supervisor(config: Config, services: Services) -> Supervisor:
    records = JobRecords(services.database, services.blobs)
    command, link = fake_worker_command(config), services.outlines.link
    return Supervisor(config, records, services.jobs, command, link)


OVER = ("done", "failed", "cancelled")
"""States of runs that have ended."""


@contextmanager
def real_supervisor(config: Config, services: Services, embeddings_folder: Path) -> Iterator[Supervisor]:
    """A supervisor whose worker has the real encoder and the real methods."""
    share_encoder(config.home, embeddings_folder)
    supervisor = Supervisor(config, JobRecords(services.database, services.blobs), services.jobs)
    supervisor.start()
    yield supervisor
    supervisor.stop()


def fake_worker_command(config: Config) -> list[str]:
    command = worker_command(config)
    command[command.index("backend.jobs.worker")] = "tests.backend.fake_worker"
    return command


def big_volume() -> Volume:
    """A volume of 200 slices: encoding it takes long enough to be interrupted."""
    source = SourceGrid((4, 4, 200), np.diag([1.0, 1, 1, 1]))
    return Volume(np.random.default_rng(0).integers(0, 9, (4, 4, 200)).astype(np.int16), source, name="big")


def set_behaviour(config: Config, behaviour: str) -> None:
    (config.home / "behaviour").write_text(behaviour)


def paint(services: Services, volume_id: str, value: int, slice_index: int = 1) -> bytes:
    data = axial_bytes(value)
    services.annotations.save(OWNER, volume_id, "axial", slice_index, data, "painted", 0)
    return data


def propagate(services: Services, volume_id: str) -> str:
    return str(services.runs.create(OWNER, volume_id, "propagate").id)


def ended(services: Services, run_id: str) -> RunAnswer:
    over = ("done", "failed", "cancelled")
    run: RunAnswer = wait_for(lambda: services.runs.get(OWNER, run_id), lambda run: run.state in over)
    return run


def running(services: Services, run_id: str) -> None:
    wait_for(lambda: services.runs.get(OWNER, run_id).stage, lambda stage: stage == Stage.FIT)


def stored_mask(services: Services, mask_id: str) -> ExportedMask:
    """A mask with its arrays."""
    return services.masks.for_export(OWNER, mask_id, services.config.temporary_folder)


def store_mask(
    services: Services,
    volume_id: str,
    label_map: np.ndarray,
    labels: list[dict[str, Any]] | None = None,
    confidence: np.ndarray | None = None,
) -> str:
    """Store an (X, Y, Z) uint8 label map, and perhaps its uint8 confidence, as a run does; the mask's id."""
    put = lambda array: arrays.put_mask(services.blobs, array)  # noqa: E731
    with services.database.write() as session:
        run = RunRow(
            volume_id=volume_id, kind="propagate", plane="axial",
            settings={}, annotation_versions={}, labels=[],
        )  # fmt: skip
        session.add(run)
        session.flush()
        mask = MaskRow(
            volume_id=volume_id, run_id=run.id, shape=list(label_map.shape), labels=labels or [],
            blob=put(label_map), confidence_blob=None if confidence is None else put(confidence),
        )  # fmt: skip
        session.add(mask)
        session.flush()
        return mask.id
