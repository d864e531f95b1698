"""Limits of time and memory: a run over them ends with a sentence, and the worker goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend.config import Config
from backend.jobs import supervisor as supervisor_module
from backend.jobs.limits import JobLimits, out_of_memory, out_of_time
from backend.jobs.supervisor import Supervisor
from backend.records.leases import RunningJob, WorkerEnd
from backend.services import Services
from tests.backend.conftest import OWNER
from tests.backend.fake_worker import GREEDY_BYTES
from tests.backend.job_helpers import (
    ended,
    make_supervisor,
    paint,
    propagate,
    running,
    set_behaviour,
    wait_for,
)

RUN = RunningJob("run", "r")
needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")


@pytest.fixture
def start(
    config: Config, services: Services, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Supervisor]]:
    """Start a supervisor with limits and little patience."""
    monkeypatch.setattr(supervisor_module, "CANCEL_PATIENCE_S", 0.3)
    started: list[Supervisor] = []

    def make(**limits: float) -> Supervisor:
        started.append(make_supervisor(replace(config, **limits), services))
        started[-1].start()
        return started[-1]

    yield make
    for supervisor in started:
        supervisor.stop()


def test_a_run_over_the_limit_of_time_stops_itself(
    services: Services, config: Config, start: Callable[..., Supervisor], volume_id: str, label_value: int
) -> None:
    supervisor = start(run_time_limit_s=1.0)
    supervisor._limits.patience_s = 60.0  # the worker has time to obey
    paint(services, volume_id, label_value)
    set_behaviour(config, "slow")
    pid = wait_for(lambda: supervisor.worker_pid, bool)
    run = ended(services, propagate(services, volume_id))
    assert (run.state, run.error) == ("failed", out_of_time(1.0))
    assert supervisor.worker_pid == pid


def test_a_run_that_does_not_stop_at_the_limit_of_time_is_ended(
    services: Services, config: Config, start: Callable[..., Supervisor], volume_id: str, label_value: int
) -> None:
    supervisor = start(run_time_limit_s=5.0)
    paint(services, volume_id, label_value)
    set_behaviour(config, "unresponsive")
    run_id = propagate(services, volume_id)
    running(services, run_id)
    pid = supervisor.worker_pid
    run = ended(services, run_id)
    assert (run.state, run.error) == ("failed", out_of_time(5.0))
    assert wait_for(lambda: supervisor.worker_pid, bool) != pid


@needs_proc
def test_a_run_over_the_limit_of_memory_is_ended_and_the_next_one_works(
    services: Services, config: Config, start: Callable[..., Supervisor], volume_id: str, label_value: int
) -> None:
    limit = GREEDY_BYTES * 3 // 4
    start(worker_memory_limit_bytes=limit)
    paint(services, volume_id, label_value)
    set_behaviour(config, "greedy")
    run = ended(services, propagate(services, volume_id))
    assert (run.state, run.error) == ("failed", out_of_memory(limit))
    set_behaviour(config, "")
    assert ended(services, propagate(services, volume_id)).state == "done"


def test_a_worker_that_is_paused_can_be_cancelled(
    services: Services, config: Config, start: Callable[..., Supervisor], volume_id: str, label_value: int
) -> None:
    start()
    paint(services, volume_id, label_value)
    set_behaviour(config, "pause")
    run_id = propagate(services, volume_id)
    running(services, run_id)
    services.runs.cancel(OWNER, run_id)
    assert ended(services, run_id).state == "cancelled"
    set_behaviour(config, "")
    assert ended(services, propagate(services, volume_id)).state == "done"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_sentences_name_the_limit_and_what_to_do() -> None:
    assert out_of_memory(3 * 1024**3) == (
        "This run needed more than 3.0 GB of memory, the limit of this server. "
        "Use fewer labels or crop the volume, then run it again."
    )
    assert out_of_time(1800.0).startswith("This run needed more than 30 minutes, the limit of this server.")
    assert out_of_time(20.0).startswith("This run needed more than 20 seconds,")


def test_time_counts_from_when_a_run_is_first_seen() -> None:
    clock = Clock()
    limits = JobLimits(60.0, None, 5.0, clock)
    clock.now = 1000.0
    assert limits.must_end(RUN, None) is None
    clock.now += 65.0
    assert limits.must_end(RUN, None) is None
    clock.now += 0.5
    assert limits.must_end(RUN, None) == WorkerEnd(out_of_time(60.0))
    assert limits.must_end(RunningJob("run", "other"), None) is None
    assert limits.must_end(RUN, None) is None  # seen again, anew


def test_patience_counts_from_the_cancellation() -> None:
    clock = Clock()
    limits = JobLimits(None, None, 5.0, clock)
    cancelled = RunningJob("run", "r", cancel_requested=True)
    for job, now, end in (
        (RUN, 0, None),
        (cancelled, 9, None),
        (cancelled, 14, None),
        (cancelled, 15, WorkerEnd()),
    ):
        clock.now = now
        assert limits.must_end(job, None) == end


def test_memory_is_limited_whatever_the_worker_does() -> None:
    limits = JobLimits(None, 100, 5.0)
    for job in (None, RUN, RunningJob("encoding", "v")):
        assert limits.must_end(job, 100) is None
        assert limits.must_end(job, None) is None
        end = limits.must_end(job, 101)
        assert end is not None
        assert "Reading the slices needed more than" in (end.encoding_error or "")
    assert JobLimits(None, None, 5.0).must_end(RUN, 10**15) is None
