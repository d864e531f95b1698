"""A first run shows what the painted slices say alone, until its own mask is there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from backend.config import Config
from backend.jobs import run_job
from backend.jobs.records import JobRecords
from backend.jobs.run_job import RunJob
from backend.schemas.answers import RunAnswer
from backend.services import Services
from backend.services.choices import NOTHING_ASKED, AskedChoice
from fewshot_sam.errors import OperationCancelled
from storage.models import MaskRow
from tests.backend.conftest import OWNER
from tests.backend.fake_worker import FakeToolbox
from tests.backend.job_helpers import paint, set_behaviour


class WatchingToolbox(FakeToolbox):
    """Remembers what a run shows when its slices are encoded."""

    def __init__(self, config: Config, services: Services) -> None:
        super().__init__(config)
        self._services = services
        self.shown: list[str | None] = []
        self.was_draft: list[bool] = []

    def encode(self, *args: Any, **options: Any) -> None:
        super().encode(*args, **options)
        run = self._services.runs.get(OWNER, self.run_id)
        self.shown.append(run.mask_id)
        if run.mask_id:
            self.was_draft.append(self._services.masks.get(OWNER, run.mask_id).draft)

    run_id = ""


@pytest.fixture
def toolbox(config: Config, services: Services, monkeypatch: pytest.MonkeyPatch) -> WatchingToolbox:
    monkeypatch.setattr(run_job, "DRAFT_FROM_S", 0.0)
    return WatchingToolbox(config, services)


def propagate(
    services: Services, toolbox: WatchingToolbox, volume_id: str, asked: AskedChoice = NOTHING_ASKED
) -> RunAnswer:
    toolbox.shown.clear()
    toolbox.run_id = str(services.runs.create(OWNER, volume_id, "propagate", asked=asked).id)
    records = JobRecords(services.database, services.blobs, "w")
    assert records.claim_run() == toolbox.run_id
    RunJob(records, toolbox, services.database, services.blobs).execute(toolbox.run_id)
    return services.runs.get(OWNER, toolbox.run_id)


def mask_ids(services: Services) -> list[str]:
    with services.database.read() as session:
        return list(session.scalars(select(MaskRow.id)))


def test_a_draft_is_shown_while_slices_are_encoded_and_then_replaced(
    services: Services, toolbox: WatchingToolbox, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    run = propagate(services, toolbox, volume_id)
    assert run.state == "done"
    assert toolbox.was_draft and all(toolbox.was_draft)
    assert run.mask_id not in toolbox.shown
    assert not services.masks.get(OWNER, str(run.mask_id)).draft
    assert not services.volumes.get(OWNER, volume_id).mask_draft
    assert mask_ids(services) == [run.mask_id]


def test_a_draft_that_cannot_be_made_does_not_stop_the_run(
    services: Services, toolbox: WatchingToolbox, config: Config, volume_id: str, label_value: int
) -> None:
    set_behaviour(config, "no draft")
    paint(services, volume_id, label_value)
    assert propagate(services, toolbox, volume_id).state == "done"
    assert set(toolbox.shown) == {None}


def test_a_mask_that_is_there_is_better_than_a_draft(
    services: Services, toolbox: WatchingToolbox, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    first = propagate(services, toolbox, volume_id)
    toolbox.forget()
    assert propagate(services, toolbox, volume_id).state == "done"
    assert set(toolbox.shown) == {None}
    assert len(mask_ids(services)) == 2
    assert first.mask_id in mask_ids(services)


def test_a_run_with_other_settings_hides_no_result_behind_a_draft(
    services: Services, toolbox: WatchingToolbox, project_id: str, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    propagate(services, toolbox, volume_id)
    toolbox.forget()
    assert propagate(services, toolbox, volume_id, AskedChoice(seed=3)).state == "done"
    assert set(toolbox.shown) == {None}
    another = int(services.labels.create(OWNER, project_id, "another").value)
    paint(services, volume_id, another, slice_index=2)
    toolbox.was_draft.clear()
    toolbox.forget()
    propagate(services, toolbox, volume_id, AskedChoice(seed=4))
    assert toolbox.was_draft and all(toolbox.was_draft)  # the result before lacks a label


def test_nothing_to_wait_for_needs_no_draft(
    services: Services,
    toolbox: WatchingToolbox,
    monkeypatch: pytest.MonkeyPatch,
    volume_id: str,
    label_value: int,
) -> None:
    monkeypatch.setattr(run_job, "DRAFT_FROM_S", 1e6)
    paint(services, volume_id, label_value)
    assert propagate(services, toolbox, volume_id).state == "done"
    assert set(toolbox.shown) == {None}


def test_a_cancelled_run_leaves_its_draft_until_the_next(
    services: Services,
    toolbox: WatchingToolbox,
    monkeypatch: pytest.MonkeyPatch,
    volume_id: str,
    label_value: int,
) -> None:
    def fit(*_: Any, **__: Any) -> None:
        services.runs.cancel(OWNER, toolbox.run_id)
        raise OperationCancelled

    monkeypatch.setattr(toolbox, "fit", fit)
    paint(services, volume_id, label_value)
    run = propagate(services, toolbox, volume_id)
    assert run.state == "cancelled"
    assert services.masks.get(OWNER, str(run.mask_id)).draft
    volume = services.volumes.get(OWNER, volume_id)
    assert volume.mask_id == run.mask_id and volume.mask_draft
    toolbox.forget()
    again = propagate(services, toolbox, volume_id)
    assert mask_ids(services) == [again.mask_id] != [run.mask_id]  # drafts do not pile up
