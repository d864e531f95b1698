"""One row of ours: a server of its own on an empty data folder, a page, the hand."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page

from benchmarks.minutes import cases
from benchmarks.minutes.app_desk import AppDesk
from benchmarks.minutes.box_desk import BoxDesk
from benchmarks.minutes.cases import FOUND_DICE, LabelledScan
from benchmarks.minutes.clock import Clock, RealClock
from benchmarks.minutes.desk import MaskSeen
from benchmarks.minutes.hand import HandModel
from benchmarks.minutes.strategy import label_scan, reached, reached_in_full
from benchmarks.minutes.work import encoding_work
from benchmarks.page.app import VIEWPORT, chromium
from fewshot_sam.data.folders import data_home
from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace

DESKS: dict[str, type[AppDesk]] = {"box": BoxDesk, "lasso": AppDesk}
_log = logging.getLogger(__name__)


class UnavailableError(Exception):
    """The row cannot be measured with this code; the message says what is missing."""


@contextmanager
def fresh_app() -> Iterator[AppServer]:
    """The app as after its installation: nothing in its data folder, nothing in its cache."""
    data_home().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="minutes-", dir=data_home()) as folder:
        server = AppServer(Path(folder) / "home")
        server.start()
        try:
            wait_for_encoder(server.url)
            yield server
        finally:
            server.stop()


@contextmanager
def chromium_page() -> Iterator[Page]:
    """A page of a browser of its own."""
    with chromium() as browser:
        context = browser.new_context(viewport=VIEWPORT)
        context.set_default_timeout(60_000)
        yield context.new_page()
        context.close()


def wait_for_encoder(url: str) -> str:
    """Wait until the worker has its encoder, as it has once the page is read; the encoder's name."""
    with httpx.Client(base_url=url, timeout=60) as client:
        while True:
            system = client.get("/api/system").json()
            if system["worker_error"]:
                raise RuntimeError(system["worker_error"])
            if system["encoder"]:
                return system["encoder"]
            time.sleep(0.2)


def measure(kind: str, case: str, hand: HandModel, seed: int = 0) -> dict[str, Any]:
    """The numbers of a row.

    Raises:
        UnavailableError: if the page has no such tool.
    """
    scan = cases.load(case)
    with fresh_app() as server, chromium_page() as page:
        return label_on_page(page, server, scan, DESKS[kind], hand, seed)


def label_on_page(
    page: Page,
    server: AppServer,
    scan: LabelledScan,
    desk_of: Callable[..., AppDesk],
    hand: HandModel,
    seed: int,
) -> dict[str, Any]:
    """Open the page, drop the scan, label it."""
    workspace = Workspace(page, server.url)
    workspace.open()
    dropped = cases.file_to_drop(scan, server.home.parent)
    if missing := getattr(desk_of, "missing", lambda _: "")(workspace):
        raise UnavailableError(missing)
    clock = RealClock()
    workspace.upload(dropped)
    opened_s = clock.now()
    desk = desk_of(scan, hand, clock, seed, workspace=workspace)
    try:
        label_scan(desk)
    except BaseException:
        picture = data_home() / "minutes-failed.png"
        page.screenshot(path=picture)
        _log.error("%s\nThe page: %s", server.output.read_text(errors="replace")[-2000:], picture)
        raise
    finally:
        desk.close()
    work = encoding_work(server.home / "cache", scan.volume.content_hash)
    return {
        "opened_s": round(opened_s, 1),
        **outcome(desk.masks, clock, desk.painted),
        **vars(work),
        **desk.facts(),
    }


def outcome(masks: list[MaskSeen], clock: Clock, painted: set[int]) -> dict[str, Any]:
    """What came of a session, as JSON values."""
    first, full = reached(masks), reached_in_full(masks)
    end_s = first.at_s if first else clock.now()
    hand_s = min(clock.hand_s(end_s), end_s)
    best = max(masks, key=lambda mask: mask.mean, default=None)
    return {
        "target": FOUND_DICE,
        "reached_s": _rounded(first and first.at_s),
        "reached_by_draft": bool(first and first.draft),
        "full_s": _rounded(full and full.at_s),
        "best": best and round(best.mean, 4),
        "best_s": _rounded(best and best.at_s),
        "hand_s": round(hand_s, 1),
        "waiting_s": round(end_s - hand_s, 1),
        "overrun_s": round(clock.overrun_s(), 1),
        "hand_s_by_kind": {kind: round(seconds, 1) for kind, seconds in clock.hand_s_by_kind().items()},
        "painted": sorted(painted),
        "painted_when_reached": len(first.painted) if first else None,
        "masks": [
            {
                "at_s": round(mask.at_s, 1),
                "draft": mask.draft,
                "slices": len(mask.painted),
                "dice": round(mask.mean, 4),
                "labels": {str(code): round(dice, 3) for code, dice in mask.dice.items()},
            }
            for mask in masks
        ],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
