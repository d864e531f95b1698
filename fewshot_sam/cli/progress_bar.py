"""Progress of a command: a bar on a terminal, silence elsewhere, and the time each stage took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class StageClock:
    """A :class:`fewshot_sam.progress.Progress` that adds up the seconds spent in each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage: str | None = None
        self._since = 0.0

    def __call__(self, stage: str, fraction: float, **details: Any) -> None:
        """Count the time since the last call for the stage that was then under way."""
        self.stop()
        self._stage, self._since = stage, time.perf_counter()

    def stop(self) -> None:
        """Close the stage under way; nothing is counted until the next call."""
        if self._stage is not None:
            elapsed = time.perf_counter() - self._since
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + elapsed
            self._stage = None


class TerminalProgress(StageClock):
    """A stage clock that also draws a bar on standard error."""

    def __init__(self, bar: Any) -> None:
        super().__init__()
        self._bar = bar
        self._task = bar.add_task("starting", total=1.0)
        self._shown: str | None = None

    def __call__(self, stage: str, fraction: float, **details: Any) -> None:
        super().__call__(stage, fraction, **details)
        if stage != self._shown:
            self._bar.reset(self._task, description=stage)
            self._shown = stage
        self._bar.update(self._task, completed=fraction)


@contextmanager
def command_progress() -> Iterator[StageClock]:
    """Progress for the length of a command: drawn if standard error is a terminal."""
    if not sys.stderr.isatty():
        clock = StageClock()
        yield clock
        clock.stop()
        return
    from rich.console import Console  # imported late: --help and scripts never need it
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        terminal = TerminalProgress(bar)
        yield terminal
        terminal.stop()
