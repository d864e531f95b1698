"""Progress of a command: a bar on a terminal, silence elsewhere, and the time each stage took."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fewshot_sam.progress import Stage, StageTimer

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress


class StageBar:
    """A :class:`fewshot_sam.progress.Progress` that draws one bar, named after the stage under way."""

    def __init__(self, bar: RichProgress) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=1.0)
        self._shown: Stage | None = None

    def __call__(self, stage: Stage, fraction: float, **details: Any) -> None:
        """Show the fraction; a new stage begins the bar again."""
        if stage != self._shown:
            self._bar.reset(self._task, description=str(stage))
            self._shown = stage
        self._bar.update(self._task, completed=fraction)


@contextmanager
def command_progress() -> Iterator[StageTimer]:
    """Progress for the length of a command: timed, and drawn if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield StageTimer()
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
        yield StageTimer(StageBar(bar))
