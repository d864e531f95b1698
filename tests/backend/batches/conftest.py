"""A worker, and volumes that a batch is to predict."""

from __future__ import annotations

import pytest

from backend.config import Config
from backend.services import Services
from tests.backend.batch_helpers import Worker, prepare_others


@pytest.fixture
def worker(services: Services, config: Config) -> Worker:
    return Worker(services, config, "first")


@pytest.fixture
def others(
    services: Services, project_id: str, volume_id: str, label_value: int, worker: Worker
) -> list[str]:
    return prepare_others(services, project_id, volume_id, label_value, worker)
