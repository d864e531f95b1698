"""From a box to its outline on the page, once the slice is encoded."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np

from benchmarks.minutes import cases
from benchmarks.minutes.app_row import UnavailableError, chromium_page, fresh_app
from benchmarks.minutes.box_desk import BoxDesk, pieces
from benchmarks.minutes.clock import RealClock
from benchmarks.minutes.hand import HandModel
from tests.e2e.workspace import Workspace

ENCODED_S = 20.0
"""After coming to a slice; it is encoded first."""
PROBE_SCRIPT = """() => {
    const probe = { moved: null, shown: null };
    window.outlineProbe = probe;
    const once = { capture: true, once: true };
    const moved = () => (probe.moved = performance.now());
    addEventListener("pointerdown", () => addEventListener("pointermove", moved, once), once);
    const status = document.querySelector("[data-testid=outline-status]");
    const look = () => {
        const ready = !fewshotSam.state.outlining && status.dataset.state === "ready";
        if (probe.moved && ready) probe.shown = performance.now();
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
"""When the box had its size, and in which frame its outline was there."""


def measure(kind: str, case: str, hand: HandModel) -> dict[str, Any]:
    """Milliseconds from a box to its outline on the page, around each label on three slices.

    Raises:
        UnavailableError: if the page has no Box tool.
    """
    scan = cases.load(case)
    with fresh_app() as server, chromium_page() as page:
        workspace = Workspace(page, server.url)
        workspace.open()
        if missing := BoxDesk.missing(workspace):
            raise UnavailableError(missing)
        workspace.upload(cases.file_to_drop(scan, server.home.parent))
        desk = BoxDesk(scan, hand, RealClock(), workspace=workspace)
        try:
            desk.name_labels()
            milliseconds = [found for index in cases.first_slices(scan) for found in _slice(desk, index)]
        finally:
            desk.close()
    return {
        "median_ms": round(median(milliseconds)),
        "p95_ms": round(float(np.percentile(milliseconds, 95))),
        "boxes": len(milliseconds),
    }


def _slice(desk: BoxDesk, index: int) -> list[float]:
    """A box around each label that the slice holds, in turn; none is taken."""
    workspace, scan = desk.workspace, desk.scan
    workspace.go_to(index)
    desk.choose_box()
    time.sleep(ENCODED_S)
    found = []
    for code in scan.codes:
        large = pieces(scan.wanted(index) == code, scan.spacing_mm, desk.hand.visible_mm2)
        if large:
            workspace.choose_label(desk.values[code])
            found.append(_time_outline(desk, large[0]))
    return found


def _time_outline(desk: BoxDesk, piece: np.ndarray) -> float:
    """Milliseconds from the box around an (A, B) bool piece to its outline, which is given up then."""
    page = desk.page
    first, last = desk.corners(piece)
    page.evaluate(PROBE_SCRIPT)
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move(*last)
    page.mouse.up()
    page.wait_for_function("outlineProbe.shown !== null")
    page.keyboard.press("Escape")
    return page.evaluate("outlineProbe.shown - outlineProbe.moved")
