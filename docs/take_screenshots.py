"""Takes the pictures of docs/screenshots: python -m docs.take_screenshots [folder of labelled scans].

Paints the demo head and, where the scans of the tests are there, an abdominal CT (from the test files of
TotalSegmentator, Apache-2.0) by mouse as the end-to-end tests do, propagates, and photographs the page.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from docs.screenshots_of_projects import hippocampi, pictures
from fewshot_sam.io.demo import GREY_MATTER, WHITE_MATTER, demo_label_map
from tests.conftest import BROWSER_ARGUMENTS, browser_executable
from tests.e2e.scans import canonical_labels
from tests.e2e.server import ROOT, AppServer
from tests.e2e.workspace import Workspace

TARGET = ROOT / "docs" / "screenshots"
LARGE, SMALL = {"width": 1440, "height": 900}, {"width": 1024, "height": 768}
HEAD_SLICES = (35, 58, 80, 100, 120, 142)
ABDOMEN = {5: "Liver", 1: "Spleen", 2: "Right kidney", 3: "Left kidney", 6: "Stomach", 52: "Aorta"}
ABDOMEN_SLICES = (61, 74, 86, 98, 111)
LIVER, BOX_SLICE = 5, 94
SETTLE_MS, PATIENCE_MS = 2500, 60_000


def main() -> None:
    """Start the app with an empty data folder, work in it, and write the pictures."""
    expect.set_options(timeout=PATIENCE_MS)  # without a graphics card the 3D view takes seconds
    scans = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = AppServer(Path(folder) / "home")
        server.start()
        browser = playwright.chromium.launch(executable_path=browser_executable(), args=BROWSER_ARGUMENTS)
        page = browser.new_context(viewport=LARGE).new_page()
        try:
            workspace = Workspace(page, server.url)
            workspace.open()
            photograph(page, "first-page")
            head(workspace)
            if (scans / "ct_abdomen").is_dir():
                abdomen(workspace, scans / "ct_abdomen")
                hippocampi(workspace, scans / "hippocampus", Path(folder), photograph)
            pictures(workspace, Path(folder), photograph)
        finally:
            browser.close()
            server.stop()


def head(workspace: Workspace) -> None:
    """The demo: grey and white matter on six slices."""
    reference = demo_label_map()
    values = {label["name"]: label["value"] for label in workspace.state["labels"]}
    tissues = {GREY_MATTER: "Grey matter", WHITE_MATTER: "White matter"}
    codes = {code: values.get(name) or workspace.add_label(name) for code, name in tissues.items()}
    for index in HEAD_SLICES:
        outline = reference[:, :, index] > 0
        workspace.paint(index, outline, codes[GREY_MATTER])
        workspace.paint(index, reference[:, :, index] == WHITE_MATTER, codes[WHITE_MATTER])
    workspace.wait_saved()
    workspace.go_to(HEAD_SLICES[2])
    photograph(workspace.page, "painted-slice")
    run(workspace)
    workspace.go_to(89)
    photograph(workspace.page, "head-1440x900")


def abdomen(workspace: Workspace, folder: Path) -> None:
    """An abdominal CT: six organs on five slices."""
    reference = canonical_labels(folder / "labels.nii.gz")
    workspace.new_project("Abdomen")
    workspace.upload(folder / "image.nii.gz")
    values = {code: workspace.add_label(name) for code, name in ABDOMEN.items()}
    box(workspace, reference[:, :, BOX_SLICE] == LIVER, values[LIVER])
    for index in ABDOMEN_SLICES:
        for code, value in values.items():
            if np.any(reference[:, :, index] == code):
                workspace.paint(index, reference[:, :, index] == code, value)
    workspace.wait_saved()
    page = workspace.page
    workspace.choose_label(values[LIVER])
    page.keyboard.press("u")
    workspace.go_to(92)
    photograph(page, "interpolated")
    page.keyboard.press("Control+z")
    run(workspace)
    workspace.go_to(91)
    photograph(page, "workspace-1440x900")
    page.set_viewport_size(SMALL)
    photograph(page, "workspace-1024x768")
    page.set_viewport_size(LARGE)
    page.keyboard.press("d")
    photograph(page, "uncertainty")
    page.keyboard.press("d")


def box(workspace: Workspace, organ: np.ndarray, value: int) -> None:
    """SAM's outline of a canonical 2D bool mask's box, in both sizes; it is given up afterwards."""
    page, held = workspace.page, np.argwhere(organ)
    workspace.choose_label(value)
    workspace.go_to(BOX_SLICE)
    expect(workspace.part("tool-box")).to_be_enabled(timeout=PATIENCE_MS)
    page.keyboard.press("x")
    first, last = held.max(0) + 0.5, held.min(0) - 0.5
    corners = [(float(x), float(y)) for x, y in (first, (first + last) / 2, last)]
    workspace.draw(corners)
    expect(workspace.part("outline-status")).to_have_attribute("data-state", "ready", timeout=PATIENCE_MS)
    photograph(page, "box-1440x900")
    page.set_viewport_size(SMALL)
    photograph(page, "box-1024x768")
    page.set_viewport_size(LARGE)
    page.keyboard.press("Escape")


def run(workspace: Workspace) -> None:
    """Propagate and wait for the mask."""
    workspace.start_propagation()
    workspace.wait_done()


def photograph(page: Page, name: str) -> None:
    """Write what is on screen once it has settled."""
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=TARGET / f"{name}.png")


if __name__ == "__main__":
    main()
