"""What moves: strokes under the brush, and slices under the wheel."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from playwright.sync_api import CDPSession, Page

from benchmarks.speed.samples import median, number_text
from benchmarks.speed.table import Row, at_least

SECONDS = 4.0
FRAMES_PER_S = 59.0
"""What counts as 60: the display's clock is not exact."""
FRAME_MS = 1000 / 60
SCROLL_PX_PER_S = 36 * 60
"""The page takes 36 pixels of a wheel without notches for a slice."""


@dataclass(frozen=True)
class Motion:
    """What the page measured while something moved.

    Attributes:
        frame_rates: frames a second, of each whole second.
        redraw_rate: frames a second that showed something new in the large pane.
        intervals_ms: between frames.
        busy_ms: of each frame, the main thread's work.
        latencies_ms: from the oldest event a frame shows to the frame's end.
        script_ms: processor time of scripts for a new picture; other work on the machine does not change it.
    """

    frame_rates: list[float]
    redraw_rate: float
    intervals_ms: list[float]
    busy_ms: list[float]
    latencies_ms: list[float]
    script_ms: float

    @classmethod
    def of(cls, probe: dict[str, Any], script_s: float) -> Motion:
        """From the probe's answer and the processor seconds of all scripts meanwhile."""
        frames = np.asarray(probe["frames"])
        duration_s = (frames[-1] - frames[0]) / 1000
        return cls(
            frames_per_second(frames),
            probe["redraws"] / duration_s,
            np.diff(frames).tolist(),
            probe["busy"],
            probe["latencies"],
            1000 * script_s / max(1, probe["redraws"]),
        )


def frames_per_second(frames_ms: np.ndarray) -> list[float]:
    """Of each whole second between the first and the last frame; of all together if there is none.

    Args:
        frames_ms: (n,) float, when each frame was shown, in milliseconds, ascending.
    """
    elapsed = (frames_ms - frames_ms[0]) / 1000
    whole = int(elapsed[-1])
    if whole < 1:
        return [(len(frames_ms) - 1) / float(elapsed[-1])]
    edges = np.searchsorted(elapsed, np.arange(whole + 1))
    return [
        (stop - start) / float(elapsed[stop] - elapsed[start]) if stop > start else 0.0
        for start, stop in itertools.pairwise(edges.tolist())
    ]


def record(page: Page, action: Callable[[Page], None], event: str) -> Motion:
    """Let the probe record while ``action`` moves the mouse or the wheel."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate("event => probe.record(event)", event)
    before = _script_s(session)
    action(page)
    script_s = _script_s(session) - before
    return Motion.of(page.evaluate("probe.stop()"), script_s)


def _script_s(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "ScriptDuration")


def paint(page: Page) -> None:
    """Brush in circles over the large pane, for SECONDS."""
    box = page.get_by_test_id("editor-canvas").bounding_box()
    assert box is not None, "the annotation plane is on screen"  # noqa: S101
    centre_x, centre_y, radius = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["height"] / 5
    page.mouse.move(centre_x + radius, centre_y)
    page.mouse.down()
    began, angle = time.monotonic(), 0.0
    while time.monotonic() - began < SECONDS:
        angle += 0.05
        grown = radius * (1 + 0.1 * math.sin(angle / 3))
        page.mouse.move(centre_x + grown * math.cos(angle), centre_y + grown * math.sin(angle))
    page.mouse.up()


def scroll(page: Page) -> None:
    """Turn the wheel over the large pane for SECONDS, a slice a frame; the browser makes the events."""
    box = page.get_by_test_id("editor-canvas").bounding_box()
    assert box is not None, "the annotation plane is on screen"  # noqa: S101
    page.evaluate("fewshotSam.goToSlice(1e6)")
    gesture = {
        "x": box["x"] + box["width"] / 2,
        "y": box["y"] + box["height"] / 2,
        "yDistance": -SECONDS * SCROLL_PX_PER_S,
        "speed": SCROLL_PX_PER_S,
        "gestureSourceType": "mouse",
        "preventFling": True,
    }
    page.context.new_cdp_session(page).send("Input.synthesizeScrollGesture", gesture)


def motion_rows(what: str, motions: Sequence[Motion]) -> list[Row]:
    """Rows of what moved."""
    intervals = [each for motion in motions for each in motion.intervals_ms]
    late = 100 * sum(each > 1.5 * FRAME_MS for each in intervals) / len(intervals)
    latencies = [each for motion in motions for each in motion.latencies_ms]
    busy = [each for motion in motions for each in motion.busy_ms]
    name = "stroke to pixel" if what == "painting" else "wheel to pixel"
    return [
        Row(
            f"{what}, frames a second",
            [rate for motion in motions for rate in motion.frame_rates],
            "",
            target=at_least(FRAMES_PER_S),
            remark=f"n seconds; {number_text(late)}% of frames over 25 ms; "
            f"{number_text(median([motion.redraw_rate for motion in motions]))} new pictures a second",
        ),
        Row(f"... {name}", latencies, "ms", "a frame is 16.7 ms", remark=percentile_text(latencies)),
        Row("... main thread's work a frame", busy, "ms", remark=percentile_text(busy)),
        Row(
            "... of it scripts, processor time a new picture",
            [motion.script_ms for motion in motions],
            "ms",
            "a frame is 16.7 ms",
        ),
    ]


def percentile_text(values: Sequence[float]) -> str:
    """The value that 95 of 100 stay under."""
    return f"95% under {number_text(float(np.percentile(values, 95)))} ms"
