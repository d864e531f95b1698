"""A fresh machine: the demo opens, everything needed is in view, nothing leaves this machine."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database, sqlite_url
from storage.models import MaskRow, RunRow
from tests.e2e.server import AppServer
from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

MAIN_CONTROLS = [
    *("project-select", "add-volume", "add-label", "propagate", "download", "save-status"),
    *(
        "tool-navigate",
        "tool-brush",
        "tool-eraser",
        "tool-lasso",
        "tool-polygon",
        "tool-fill",
        "undo",
        "redo",
    ),
    *("show-uncertainty", "show-labels", "opacity"),
    *("pane-axial", "pane-coronal", "pane-sagittal", "pane-3d", "ribbon", "slice-index", "slice-state"),
]


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((1024, 768), marks=pytest.mark.viewport(1024, 768), id="1024x768"),
        pytest.param((1440, 900), marks=pytest.mark.viewport(1440, 900), id="1440x900"),
    ],
)
def test_the_demo_opens_with_all_controls_in_view(
    page: Page, server: AppServer, size: tuple[int, int]
) -> None:
    errors: list[str] = []
    elsewhere: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: elsewhere.append(request.url) if is_elsewhere(request.url) else None)
    workspace = Workspace(page, server.url)
    workspace.open()
    expect(workspace.part("pane-3d")).to_have_attribute("data-state", "volume", timeout=OPEN_TIMEOUT_MS)
    width, height = size
    for testid in MAIN_CONTROLS:
        box = workspace.part(testid).bounding_box()
        assert box is not None, f"{testid} is not visible"
        assert box["x"] >= 0, testid
        assert box["y"] >= 0, testid
        assert box["x"] + box["width"] <= width + 1, testid
        assert box["y"] + box["height"] <= height + 1, testid
    overflow = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert overflow[0] <= width
    assert overflow[1] <= height
    assert "not a medical device" in page.inner_text("body")
    expect(workspace.part("encoder-name")).to_contain_text("LiteMedSAM", timeout=OPEN_TIMEOUT_MS)
    page.keyboard.press("?")
    hidden = "body => body.scrollHeight - body.clientHeight"
    assert workspace.part("help").locator(".dialog-body").evaluate(hidden) <= 0
    assert errors == []
    assert elsewhere == []


def is_elsewhere(url: str) -> bool:
    """Whether a request goes to another machine."""
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob", "about") and parts.hostname != "127.0.0.1"


def test_no_control_is_without_a_name(workspace: Workspace) -> None:
    nameless = workspace.page.evaluate(
        """[...document.querySelectorAll('.app button, .app input')]
        .filter(each => each.checkVisibility())
        .filter(each => !(each.innerText || each.ariaLabel || each.title || each.labels?.length))
        .map(each => each.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


def test_the_keyboard_moves_and_names_what_it_does(workspace: Workspace) -> None:
    start = workspace.state["slice"]
    workspace.page.keyboard.press("ArrowUp")
    assert workspace.state["slice"] == start + 1
    workspace.page.keyboard.press("b")
    assert workspace.state["tool"] == "brush"
    workspace.page.keyboard.press("?")
    assert workspace.part("help").is_visible()
    workspace.page.keyboard.press("Escape")
    assert not workspace.part("help").is_visible()


def test_a_run_shows_where_it_is_uncertain(workspace: Workspace, server: AppServer) -> None:
    """With a run: chips and a warning; its confidence is fetched once uncertainty is shown."""
    expect(workspace.part("show-uncertainty")).to_be_disabled()
    volume = workspace.api(f"volumes/{workspace.state['volumeId']}")
    store_uncertain_mask(server, volume, workspace.state["labels"])
    fetched: list[str] = []
    workspace.page.on("request", lambda request: fetched.append(request.url))
    workspace.reload()
    expect(workspace.part("label-quality")).to_have_text(["\u2248 0.91 good", "\u2248 0.20 poor"])
    expect(workspace.part("label-warning")).to_contain_text("Not learnt. Paint it on one more slice.")
    expect(workspace.part("run-warnings")).to_have_text("1 label needs more painting")
    assert not any(url.endswith("/confidence") for url in fetched)
    workspace.page.keyboard.press("d")
    expect(workspace.part("show-uncertainty")).to_have_attribute("aria-pressed", "true")
    expect(workspace.part("uncertainty-legend")).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    assert sum(url.endswith("/confidence") for url in fetched) == 1
    workspace.page.keyboard.press("d")
    expect(workspace.part("uncertainty-legend")).to_be_hidden()
    check_what_to_paint_next(workspace)


def check_what_to_paint_next(workspace: Workspace) -> None:
    """The run's suggestions in their order, as they are painted, until too little would change."""
    line, first = workspace.part("next-slice"), workspace.state["labels"][0]["name"]
    expect(line).to_contain_text(f"Slice 86: the outline of {first} is uncertain")
    workspace.page.keyboard.press("j")
    assert workspace.state["slice"] == 85
    workspace.part("tool-brush").click()
    workspace.draw([(110.0, 100.0), (114.0, 100.0)])
    expect(line).to_contain_text("Slice 61: ")
    workspace.part("next-slice-go").click()
    assert workspace.state["slice"] == 60
    workspace.page.keyboard.press("n")
    expect(line).to_be_hidden()  # not called good enough: a label was not learnt
    workspace.page.keyboard.press("j")
    assert workspace.state["slice"] == 60


def next_slice(index: int, values: list[int], reason: str, change: float) -> dict[str, Any]:
    return {"plane": "axial", "slice_index": index, "labels": values, "reason": reason, "change": change}


def store_uncertain_mask(server: AppServer, volume: dict[str, Any], labels: list[dict[str, Any]]) -> None:
    """What a worker leaves of a run: two labels, one of them not learnt; uncertainty on one slice."""
    database, blobs = (
        Database(sqlite_url(server.home / "fewshot-sam.sqlite3")),
        BlobStore(server.home / "blobs"),
    )
    label_map = np.zeros(volume["shape"], np.uint8)
    label_map[80:100, 90:120, 80:100] = 1
    confidence = np.full(volume["shape"], 255, np.uint8)
    confidence[80:100, 90:120, 85] = 90
    quality = [(0.912, None), (0.2, "Not learnt. Paint it on one more slice.")]
    report = {
        str(label["value"]): {"expected_dice": dice, "warning": warning}
        for label, (dice, warning) in zip(labels, quality, strict=True)
    }
    with database.write() as session:
        run = RunRow(
            volume_id=volume["id"], kind="propagate", plane="axial", settings={}, annotation_versions={},
            labels=labels, state="done", report=report,
        )  # fmt: skip
        session.add(run)
        session.flush()
        mask = MaskRow(
            volume_id=volume["id"],
            run_id=run.id,
            shape=volume["shape"],
            labels=[{**label, "voxels": 12000, "volume_ml": 12.0} for label in labels],
            blob=arrays.put_mask(blobs, label_map),
            confidence_blob=arrays.put_mask(blobs, confidence),
            slice_uncertainty={
                "axial": [400.0 if index == 85 else 0.0 for index in range(volume["shape"][2])]
            },
            next_slices=[
                next_slice(85, [labels[0]["value"]], "outline", 0.2),
                next_slice(60, [label["value"] for label in labels], "between", 0.02),
                next_slice(100, [labels[0]["value"]], "end", 0.004),
            ],
        )
        session.add(mask)
    database.close()


def test_the_tick_of_a_menu_moves_nothing(workspace: Workspace) -> None:
    workspace.page.get_by_test_id("volume-menu").first.click(force=True)
    rows = workspace.part("volume-modality")
    expect(rows).to_have_count(3)
    ends = rows.evaluate_all(
        "rows => rows.map(row => row.querySelector('.menu-hint').getBoundingClientRect().right)"
    )
    assert len(set(ends)) == 1
    workspace.page.keyboard.press("Escape")
