"""The first stage of a run: encoding the slices that it reads and the cache does not hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from backend.jobs.run_inputs import RunInputs, SourceCase
from backend.jobs.toolbox import Toolbox
from backend.schemas.enums import EncodingState
from fewshot_sam.progress import Progress, Stage
from storage.models import VolumeRow

ENCODE_S, OTHER_ENCODE_S = 0.15, 5.0
"""How long a slice is taken to need by the configured encoder, and by another, until one was timed."""


class RunEncoding:
    """Encodes for one run after the other, and remembers how long a slice took.

    Args:
        finish: told of a volume all of whose slices are encoded now.
    """

    def __init__(self, toolbox: Toolbox, finish: Callable[[VolumeRow], None]) -> None:
        self._toolbox = toolbox
        self._finish = finish
        self._slice_s: dict[str | None, float] = {}  # by encoder

    def expected_s(self, inputs: RunInputs) -> float:
        """How long encoding what this run reads is likely to take."""
        encoder = inputs.choice.encoder
        guess = ENCODE_S if self._toolbox.is_configured(encoder) else OTHER_ENCODE_S
        counts = [self._own_count(inputs), *(self._count(inputs, source) for source in inputs.others)]
        return sum(wanted - done for done, wanted in counts) * self._slice_s.get(encoder, guess)

    def encode(self, inputs: RunInputs, progress: Progress) -> None:
        """Encode painted slices first: if this is cancelled, a fit can start sooner next time."""
        _, row, volume, annotations, choice, painted, _ = inputs
        plane, others = annotations.plane, inputs.others
        done, wanted = self._own_count(inputs)
        counts = [self._count(inputs, source) for source in others]
        missing = wanted - done + sum(all_of - here for here, all_of in counts)
        total, started = wanted + sum(all_of for _, all_of in counts), time.monotonic()
        before = 0.0

        def share_of(count: int) -> Callable[..., None]:
            """Progress of the next ``count`` slices."""

            def tell(stage: Stage, fraction: float, **details: Any) -> None:
                progress(stage, (before + fraction * count) / max(total, 1))

            return tell

        for source in (*others, SourceCase(volume, annotations, painted)):
            if slices := list(source.painted.slices):
                tell = share_of(len(slices))
                self._toolbox.encode(source.volume, plane, tell, slices=slices, choice=choice)
                before += len(slices)
        before = 0.0  # they come up again
        for source, (_, count) in zip(others, counts, strict=True):
            self._toolbox.encode(
                source.volume, plane, share_of(count), painted=source.painted, choice=choice, whole=False
            )  # fmt: skip
            before += count
        first = list(painted.slices)
        centre = first[len(first) // 2] if first else row.first_slice
        self._toolbox.encode(
            volume, plane, share_of(wanted), first_slice=centre, painted=painted, choice=choice
        )  # fmt: skip
        if missing:
            self._slice_s[choice.encoder] = (time.monotonic() - started) / missing
        self._finish_background(inputs)

    def _finish_background(self, inputs: RunInputs) -> None:
        """Call the volume's encoding done where this run has encoded all of it."""
        row, plane = inputs.row, inputs.annotations.plane
        if row.plane == plane.value and row.encoding_state != EncodingState.DONE:
            done, wanted = self._toolbox.encoded_slices(inputs.volume, plane)
            if done == wanted:
                self._finish(row)

    def _own_count(self, inputs: RunInputs) -> tuple[int, int]:
        """How many of the slices that are read of the run's own volume are encoded, and how many are read."""
        plane = inputs.annotations.plane
        return self._toolbox.encoded_slices(inputs.volume, plane, inputs.painted, inputs.choice)

    def _count(self, inputs: RunInputs, source: SourceCase) -> tuple[int, int]:
        """The same of another source, of which only what the fit reads is."""
        plane, choice = inputs.annotations.plane, inputs.choice
        return self._toolbox.encoded_slices(source.volume, plane, source.painted, choice, whole=False)
