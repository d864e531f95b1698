"""What a person waits for: the page, and a large scan in it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from benchmarks.page.app import page_of
from benchmarks.speed.table import Row, at_most
from tests.e2e.workspace import Workspace

LINE_BYTES_PER_S = 100e6 / 8
LINE_LATENCY_MS = 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opened:
    """Seconds of one visit.

    Attributes:
        interactive_s: page to its first control.
        ready_s: page to the demo's slices.
        slice_s: from the click to the CT's first sharp slice.
        whole_s: from the click to its last voxel.
        line_slice_s, line_whole_s: the same over a line.
    """

    interactive_s: float
    ready_s: float
    slice_s: float
    whole_s: float
    line_slice_s: float
    line_whole_s: float


def open_all(browser: Browser, url: str, volume_id: str) -> Opened:
    """Load the page, which shows the demo, then open the CT; the second part again over a line."""
    with page_of(browser, remote=True) as page:
        workspace = Workspace(page, url)
        workspace.open()
        page.wait_for_function("fewshotSam.whole")
        slow_down(page)
        line = open_large(workspace, volume_id)
    with page_of(browser) as page:
        workspace = Workspace(page, url)
        workspace.open()
        wait_for_3d(page)
        times = open_large(workspace, volume_id)
        probe = page.evaluate("({ interactive: probe.interactive, ready: probe.ready })")
        found = Opened(probe["interactive"] / 1000, probe["ready"] / 1000, *times, *line)
        _log.info("%s", found)
        return found


def slow_down(page: Page) -> None:
    """From now on what the page loads comes over a line of 100 Mbit/s."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    rate = {"downloadThroughput": LINE_BYTES_PER_S, "uploadThroughput": LINE_BYTES_PER_S}
    session.send("Network.emulateNetworkConditions", {"offline": False, "latency": LINE_LATENCY_MS, **rate})


def wait_for_3d(page: Page) -> None:
    """Wait until the 3D view has drawn: with software WebGL it holds up everything else for a while."""
    page.locator('[data-testid="pane-3d"][data-state="volume"]').wait_for()
    page.wait_for_timeout(2000)


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
        Row(
            "large CT over a line of 100 Mbit/s, first sharp slice",
            [visit.line_slice_s for visit in opened],
            "s",
            target=at_most(3),
            remark=f"emulated by the browser, {LINE_LATENCY_MS} ms latency; compressed",
        ),
        Row("... all voxels in the browser", [visit.line_whole_s for visit in opened], "s"),
    ]
