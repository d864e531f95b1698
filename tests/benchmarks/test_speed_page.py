"""The page benchmark's bookkeeping: frames a second, rows, the section. The browser is driven elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import speed_page
from benchmarks.page.motion import Motion, frames_per_second, motion_rows
from benchmarks.page.opening import Opened, opening_rows


def probe(frame_ms: float, seconds: float) -> dict:
    frames = np.arange(0, 1000 * seconds, frame_ms).tolist()
    busy = [4.0] * len(frames)
    return {"frames": frames, "busy": busy, "latencies": [9.0, 12.0, 30.0], "redraws": len(frames)}


def test_frames_are_counted_in_whole_seconds() -> None:
    assert frames_per_second(np.arange(0, 2500, 1000 / 60)) == pytest.approx([60, 60], rel=0.02)
    stalled = np.concatenate([np.arange(0, 1000, 20), np.arange(1000, 2100, 50)])
    assert frames_per_second(stalled) == pytest.approx([50, 20], rel=0.05)
    assert frames_per_second(np.array([0.0, 100.0, 200.0])) == [10.0]
    assert frames_per_second(np.array([0.0, 500.0, 2500.0, 3100.0]))[1] == 0.0


def test_sixty_frames_meet_the_target_and_thirty_do_not() -> None:
    for frame_ms, verdict, late in ((1000 / 60, "met", "0%"), (1000 / 30, "**not met**", "100%")):
        rate, latency, busy, script = motion_rows("painting", [Motion.of(probe(frame_ms, 3.2), 0.5)])
        assert rate.verdict == verdict
        assert f"{late} of frames over 25 ms" in rate.remark
        assert latency.what == "... stroke to pixel" and latency.unit == "ms"
        assert busy.remark == "95% under 4.00 ms"
        assert script.values == [pytest.approx(500 * frame_ms / 3200, rel=0.02)]


def test_the_section_names_page_browser_and_scan() -> None:
    rows = opening_rows([Opened(first, 2.0, 0.5, 1.5, 4.0, 20.0) for first in (1.0, 3.0, 2.5)])
    assert [row.verdict for row in rows if row.target] == ["**not met**", "met", "**not met**"]
    text = speed_page.section_text(rows, 300, "150.0", 0.25)
    assert "Chromium 150.0" in text and "512x512x300" in text and "Load average at the start: 0.2" in text
    assert "| page | first interactive page | 2.50 s (1.00 to 3.00) | 3 |" in text
