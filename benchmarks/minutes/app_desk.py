"""The app as the hand's desk: a page in Chromium, driven by mouse and keys at the hand's pace."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial

import httpx
import numpy as np
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from benchmarks.minutes.cases import farthest
from benchmarks.minutes.desk import Desk, MaskSeen
from benchmarks.minutes.strokes import Stroke
from benchmarks.minutes.watch import RunWatch
from fewshot_sam.data.planes import from_display
from tests.e2e.strokes import Contour
from tests.e2e.workspace import Workspace

SHOWN_TIMEOUT_S = 60.0
SHOWN_SCRIPT = """k => {
    const reviewed = ["painted", "empty"].includes(fewshotSam.paintedSlices()[k]);
    return [reviewed ? [...fewshotSam.sliceLabels(k)] : null, fewshotSam.state.maskId];
}"""
"""Label values of a slice if it is painted, else null; the mask on screen."""


@dataclass
class AppDesk(Desk):
    """One scan on the page.

    Attributes:
        workspace: shows the scan, nothing painted.
        watch: set by :meth:`start_watching`.
        values: label values on the page by code.
    """

    workspace: Workspace = None  # type: ignore[assignment]
    watch: RunWatch = None  # type: ignore[assignment]
    values: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at = self.page.evaluate("fewshotSam.state.slice")

    @property
    def page(self) -> Page:
        """The page."""
        return self.workspace.page

    @property
    def masks(self) -> list[MaskSeen]:
        """All masks that were on the server."""
        return self.watch.masks if self.watch else []

    def name_labels(self) -> None:
        """Make all labels; from here on their masks can be read."""
        super().name_labels()
        volume_id = self.workspace.state["volumeId"]
        codes = {value: code for code, value in self.values.items()}
        client = httpx.Client(base_url=self.workspace.url, timeout=60)
        self.watch = RunWatch(client, volume_id, self.scan, self.clock, codes)
        self.watch.__enter__()

    def facts(self) -> dict[str, object]:
        """What else is worth keeping of a session, as JSON values."""
        return {}

    def close(self) -> None:
        """End watching."""
        if self.watch:
            self.watch.__exit__()

    def propagate(self) -> None:
        """Ctrl+Enter."""
        keys = partial(self.page.keyboard.press, "Control+Enter")
        self.press("propagating", partial(self.watch.submit, set(self.painted), keys))

    def running(self) -> bool:
        """Whether a run is under way on the server."""
        return self.watch.active

    def go_to_suggested(self) -> bool:
        """J goes where the page suggests; where it suggests nothing, to the middle of the largest gap."""
        self.press("next slice", partial(self.page.keyboard.press, "j"))
        self.at = self.page.evaluate("fewshotSam.state.slice")
        if self.at in self.painted and (index := farthest(self.scan.ends, self.painted)) is not None:
            self.go_to(index)
        return self.at not in self.painted

    def shown(self, index: int) -> np.ndarray:
        """What the page shows on a slice: paint, else the mask on screen; canonical (A, B) uint16 codes."""
        codes = np.zeros(256, np.uint16)
        codes[list(self.values.values())] = list(self.values)
        labels, mask_id = self.page.evaluate(SHOWN_SCRIPT, index)
        if labels is not None:
            columns, rows = self.scan.wanted(index).shape
            return codes[from_display(np.array(labels, np.uint8).reshape(rows, columns))]
        if mask_id is None:
            return np.zeros(self.scan.wanted(index).shape, np.uint16)
        return np.moveaxis(self.watch.label_map(mask_id), self.scan.case.plane.axis, 0)[index]

    def look(self) -> None:
        """Wait until the page shows the newest mask, then read.

        Raises:
            RuntimeError: if it does not within a minute.
        """
        deadline = time.monotonic() + SHOWN_TIMEOUT_S
        while self.page.evaluate("fewshotSam.state.maskId") != self.watch.newest_id:
            if time.monotonic() > deadline:
                raise RuntimeError("The page does not show the newest mask.")
            self.clock.wait(0.1)
        self.read()

    def _name(self, code: int, name: str) -> None:
        self.values[code] = self.workspace.add_label(name)

    def _scroll(self, index: int) -> None:
        """Arrow keys, a slice each, in step with the hand."""
        steps = index - self.at
        pause_s = self.hand.scrolling_s(1)
        for _ in range(abs(steps)):
            began = time.monotonic()
            self.page.keyboard.press("ArrowUp" if steps > 0 else "ArrowDown")
            time.sleep(max(0.0, pause_s - (time.monotonic() - began)))
        try:
            self.page.wait_for_function("k => fewshotSam.state.slice === k", arg=index, timeout=2000)
        except PlaywrightTimeoutError:
            self._jump(index)

    def _jump(self, index: int) -> None:
        self.page.evaluate("k => fewshotSam.goToSlice(k)", index)
        self.at = index

    def _choose_lasso(self) -> None:
        self.page.keyboard.press("l")

    def _choose(self, code: int) -> None:
        """The label's number key; beyond nine a click on its row."""
        values = [label["value"] for label in self.workspace.state["labels"]]
        position = values.index(self.values[code]) + 1
        if position <= 9:
            self.page.keyboard.press(str(position))
        else:
            self.workspace.choose_label(self.values[code])

    def _outline(self, stroke: Stroke, line: Contour, seconds: float) -> None:
        """Along the line at an even pace, Alt held where the stroke erases."""
        mouse, keyboard = self.page.mouse, self.page.keyboard
        places = client_places(self.page, line)
        if stroke.erases:
            keyboard.down("Alt")
        began = time.monotonic()
        mouse.move(*places[0])
        mouse.down()
        for number, place in enumerate(places[1:], start=1):
            time.sleep(max(0.0, seconds * number / len(places) - (time.monotonic() - began)))
            mouse.move(*place)
        mouse.up()
        if stroke.erases:
            keyboard.up("Alt")

    def _confirm(self, index: int, holds_labels: bool) -> None:
        """Accept, or *Nothing here*."""
        self.page.keyboard.press("t" if holds_labels else "n")


def client_places(page: Page, line: Contour) -> list[tuple[float, float]]:
    """Where points (i, j) of the annotation plane are on the page, in CSS pixels."""
    found = page.evaluate(
        "line => line.map(([i, j]) => fewshotSam.sliceToClient(fewshotSam.state.plane, i, j))", line
    )
    return [(place["x"], place["y"]) for place in found]
