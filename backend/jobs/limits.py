"""When the supervisor must end the worker: it does not stop, takes too long or takes too much memory.

Times are measured on this process's monotonic clock, from when a fact is first seen, so that setting the
clock of the machine ends nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from backend.records.leases import RunningJob, WorkerEnd

_ADVICE = "Use fewer labels or crop the volume, then run it again."


def out_of_time(limit_s: float) -> str:
    """The sentence of a run over the limit of time."""
    limit = f"{limit_s / 60:g} minutes" if limit_s >= 60 else f"{limit_s:g} seconds"
    return f"This run needed more than {limit}, the limit of this server. {_ADVICE}"


def out_of_memory(limit_bytes: int, what: str = "This run") -> str:
    """The sentence of a run, or of reading a volume's slices, over the limit of memory."""
    limit = f"{limit_bytes / 1024**3:.1f} GB of memory"
    return f"{what} needed more than {limit}, the limit of this server. {_ADVICE}"


@dataclass
class JobLimits:
    """Watches what one worker after the other does.

    Args:
        run_time_limit_s: after so long a run is ended if it has not ended itself; None for no limit.
        memory_limit_bytes: of the worker; None for no limit.
        patience_s: how long a run that was told to stop has for it.
    """

    run_time_limit_s: float | None
    memory_limit_bytes: int | None
    patience_s: float
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, float] = field(default_factory=dict, init=False)

    def must_end(self, job: RunningJob | None, memory_bytes: int | None) -> WorkerEnd | None:
        """How the worker ends if it must end now; None if it may go on.

        Args:
            job: what it does now.
            memory_bytes: what it holds, None if that cannot be told.
        """
        since_s = self._since(job)
        limit = self.memory_limit_bytes
        if limit is not None and memory_bytes is not None and memory_bytes > limit:
            return WorkerEnd(out_of_memory(limit), out_of_memory(limit, "Reading the slices"))
        if since_s.get("cancelled", 0.0) > self.patience_s:
            return WorkerEnd()
        limit_s = self.run_time_limit_s
        if limit_s is not None and since_s.get("running", 0.0) > limit_s + self.patience_s:
            return WorkerEnd(out_of_time(limit_s))
        return None

    def _since(self, job: RunningJob | None) -> dict[str, float]:
        """Seconds since each fact about the running run was first seen."""
        facts = {}
        if job is not None and job.kind == "run":
            facts = {f"running {job.key}": "running"}
            if job.cancel_requested:
                facts[f"cancelled {job.key}"] = "cancelled"
        now = self.clock()
        self._seen = {fact: self._seen.get(fact, now) for fact in facts}
        return {name: now - self._seen[fact] for fact, name in facts.items()}
