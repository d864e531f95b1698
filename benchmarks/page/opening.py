"""What a person waits for: the page, and a large scan in it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Browser

from benchmarks.page.app import page_of
from benchmarks.speed.table import Row, at_most
from tests.e2e.workspace import Workspace

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opened:
    """Seconds of one visit: page to first control, page to first volume ready, click to the CT's first slice
    and to its last voxel."""

    interactive_s: float
    ready_s: float
    slice_s: float
    whole_s: float


def open_all(browser: Browser, url: str, volume_id: str) -> Opened:
    """Load the page, which shows the demo, then open the CT."""
    with page_of(browser) as page:
        workspace = Workspace(page, url)
        workspace.open()
        page.wait_for_timeout(3000)  # the 3D view draws, the worker looks for work
        times = open_large(workspace, volume_id)
        probe = page.evaluate("({ interactive: probe.interactive, ready: probe.ready })")
        found = Opened(probe["interactive"] / 1000, probe["ready"] / 1000, *times)
        _log.info("%s", found)
        return found


def open_large(workspace: Workspace, volume_id: str) -> tuple[float, float]:
    """Open the CT by a click in the list; seconds to its first sharp slice, and until all of it is there."""
    page = workspace.page
    width = workspace.api(f"volumes/{volume_id}")["shape"][0]
    page.evaluate("width => probe.expectSlice(width)", width)
    page.locator(f'[data-testid="volume-item"][data-id="{volume_id}"]').click()
    page.wait_for_function("probe.sharp !== null", timeout=300_000)
    page.wait_for_function(
        "id => fewshotSam.state.volumeId === id && fewshotSam.ready && fewshotSam.whole",
        arg=volume_id,
        timeout=300_000,
    )
    sharp, whole = page.evaluate("[probe.sharp - probe.clicked, performance.now() - probe.clicked]")
    return sharp / 1000, whole / 1000


def opening_rows(opened: Sequence[Opened]) -> list[Row]:
    """Rows of the visits."""
    return [
        Row(
            "first interactive page",
            [visit.interactive_s for visit in opened],
            "s",
            target=at_most(2),
            remark="first control on screen; empty browser cache",
        ),
        Row("... the demo's slices on screen", [visit.ready_s for visit in opened], "s"),
        Row(
            "large CT, from the click to the first sharp slice",
            [visit.slice_s for visit in opened],
            "s",
            target=at_most(3),
        ),
        Row("... all voxels in the browser", [visit.whole_s for visit in opened], "s"),
    ]
