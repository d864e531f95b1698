"""Speed of the page: ``python -m benchmarks.speed_page`` drives the real app in a headless Chromium.

Opens the page, opens a 512x512x300 CT that was imported before, paints and scrolls in it, by real input
events; the page times itself (page/probe.js). Embeddings are put into the cache beforehand, so that the
worker rests. Writes the speed-page part of benchmarks/RESULTS.md. Meant for a quiet machine.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from playwright.sync_api import Browser

from benchmarks.begin import begin
from benchmarks.page.app import VIEWPORT, app_with_large_ct, chromium, page_of
from benchmarks.page.motion import motion_rows, paint, record, scroll
from benchmarks.page.opening import open_all, open_large, opening_rows, wait_for_3d
from benchmarks.report import RESULTS_FILE, write_section
from benchmarks.speed.cases.encode_volumes import LARGE_SLICES
from benchmarks.speed.machine import load_average, machine_name, today
from benchmarks.speed.table import Row, rows_table
from tests.e2e.workspace import Workspace

RUNS, QUICK_RUNS = 5, 1
_log = logging.getLogger("benchmarks.speed_page")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; the exit status is 0 unless something broke."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed_page", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run of each, printed, nothing written")
    parser.add_argument("--slices", type=int, default=LARGE_SLICES, help="of the CT that is opened")
    args = parser.parse_args(arguments)
    begin()
    load = load_average()
    with app_with_large_ct(args.slices) as (server, volume_id), chromium() as browser:
        rows = measure(browser, server.url, volume_id, QUICK_RUNS if args.quick else RUNS)
        version = browser.version
    text = section_text(rows, args.slices, version, load)
    if args.quick:
        print(text)
    else:
        write_section(RESULTS_FILE, "speed-page", text)
    return 0


def measure(browser: Browser, url: str, volume_id: str, runs: int) -> list[Row]:
    """All rows of the table."""
    opened = [open_all(browser, url, volume_id) for _ in range(runs)]
    rows = opening_rows(opened)
    with page_of(browser) as page:
        workspace = Workspace(page, url)
        workspace.open()
        open_large(workspace, volume_id)
        wait_for_3d(page)
        workspace.part("tool-brush").click()
        workspace.add_label("Liver")
        for what, action, kind in (
            ("painting", paint, "pointermove"),
            ("scrolling slices", scroll, "wheel"),
        ):
            _log.info("%s", what)
            rows += motion_rows(what, [record(page, action, kind) for _ in range(runs)])
    return rows


def section_text(rows: Sequence[Row], slices: int, browser: str, load: float) -> str:
    """The section of RESULTS.md."""
    return (
        "## Speed of the page\n\n"
        f"Written by `python -m benchmarks.speed_page`, {today()}: {machine_name()}; server and headless "
        f"Chromium {browser} (no GPU) on the same machine, page of {VIEWPORT['width']}x{VIEWPORT['height']}. "
        f"Load average at the start: {load:.1f}. The CT has 512x512x{slices} int16 voxels and was imported "
        "before. Medians over n visits, seconds or frames; real input events, timed in the page.\n\n"
        + rows_table([("page", rows)])
    )


if __name__ == "__main__":
    sys.exit(main())
