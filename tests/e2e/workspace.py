"""The workspace as a person uses it: page object over the data-testid hooks named in ui/static/main.js."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page, expect

from fewshot_sam.data.planes import from_display
from tests.e2e.strokes import Contour, contours
from tests.e2e.waiting import wait_from_outside

OPEN_TIMEOUT_MS = 60_000
SAVE_TIMEOUT_MS = 30_000
RUN_TIMEOUT_MS = 900_000


class Workspace:
    """Drives one page by mouse and keyboard; reads back through window.fewshotSam and the API."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        wait_from_outside(page)

    def part(self, testid: str) -> Locator:
        """The element with this data-testid."""
        return self.page.get_by_test_id(testid)

    def open(self) -> None:
        """Load the workspace's document, without Gradio's around it, and wait until a volume is on screen."""
        self.page.goto(f"{self.url}/workspace")
        self.wait_ready()

    def reload(self) -> None:
        """Reload the page and wait until a volume is on screen."""
        self.page.reload()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until voxels and painted slices are on screen."""
        self.page.wait_for_function("window.fewshotSam?.ready === true", timeout=OPEN_TIMEOUT_MS)

    @property
    def state(self) -> dict[str, Any]:
        """The application's snapshot."""
        return self.page.evaluate("window.fewshotSam.state")

    def new_project(self, name: str) -> None:
        """Create a project and switch to it."""
        self.part("project-select").click()
        self.part("new-project").click()
        self.part("prompt-input").fill(name)
        self.part("prompt-ok").click()
        expect(self.part("project-select")).to_contain_text(name, timeout=OPEN_TIMEOUT_MS)

    def choose_files(self, *paths: Path) -> None:
        """Give files to the upload; what comes of it is the caller's to await."""
        self.part("upload-input").set_input_files([str(path) for path in paths])

    def drop(self, path: Path) -> None:
        """Drop a folder or a file in the middle of the page, as a person does."""
        session = self.page.context.new_cdp_session(self.page)
        data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": kind, "x": 600, "y": 400, "data": data})

    def upload(self, *paths: Path) -> None:
        """Upload a scan and wait until it is on screen."""
        before = self.state["volumeId"]
        self.choose_files(*paths)
        self.page.wait_for_function(
            "before => window.fewshotSam.ready && window.fewshotSam.state.volumeId !== before",
            arg=before,
            timeout=OPEN_TIMEOUT_MS,
        )

    def add_label(self, name: str) -> int:
        """Add a label and return its value in annotation bytes."""
        field = self.part("new-label-name")
        if not field.is_visible():
            self.part("add-label").click()
        field.fill(name)
        field.press("Enter")
        row = self.part("label-item").filter(has_text=name)
        expect(row).to_have_attribute("data-active", "true", timeout=OPEN_TIMEOUT_MS)
        return int(row.get_attribute("data-value") or 0)

    def choose_label(self, value: int) -> None:
        """Make a label the one that is painted."""
        row = self.page.locator(f'[data-testid="label-item"][data-value="{value}"]')
        row.click()
        expect(row).to_have_attribute("data-active", "true")

    def go_to(self, index: int) -> None:
        """Show a canonical slice of the annotation plane by its number field."""
        field = self.part("slice-index")
        field.fill(str(index + 1))
        field.press("Enter")
        self.page.wait_for_function("k => window.fewshotSam.state.slice === k", arg=index)

    def paint(self, index: int, mask: np.ndarray, value: int) -> None:
        """Draw the outer contours of a canonical 2D mask on a slice with the lasso, by mouse."""
        self.go_to(index)
        self.choose_label(value)
        self.part("tool-lasso").click()
        for contour in contours(mask):
            self.draw(contour)

    def draw(self, contour: Contour) -> None:
        """One mouse stroke through the points: press, move, release."""
        points = self.page.evaluate(
            "points => points.map(([i, j]) => window.fewshotSam.sliceToClient("
            "window.fewshotSam.state.plane, i, j))",
            contour,
        )
        mouse = self.page.mouse
        mouse.move(points[0]["x"], points[0]["y"])
        mouse.down()
        for point in points[1:]:
            mouse.move(point["x"], point["y"])
        mouse.up()

    def wait_saved(self) -> None:
        """Wait until every stroke is on the server."""
        expect(self.part("save-status")).to_have_attribute("data-state", "saved", timeout=SAVE_TIMEOUT_MS)

    def wait_offline(self) -> None:
        """Wait until the page says that strokes are kept in the browser."""
        expect(self.part("save-status")).to_have_attribute("data-state", "offline", timeout=SAVE_TIMEOUT_MS)

    def screen_slices(self) -> dict[int, np.ndarray]:
        """What is painted, as the page holds it: canonical slice index to 2D label values."""
        return self._slices(
            "Object.keys(window.fewshotSam.paintedSlices())"
            ".map(k => [+k, [...window.fewshotSam.sliceLabels(+k)]])"
        )

    def _slices(self, script: str) -> dict[int, np.ndarray]:
        width, height = self.slice_size()
        found = self.page.evaluate(script)
        return {
            index: from_display(np.array(values, np.uint8).reshape(height, width)) for index, values in found
        }

    def slice_size(self) -> tuple[int, int]:
        """Columns and rows of a slice of the axial plane."""
        x, y, _ = self.api(f"volumes/{self.state['volumeId']}")["shape"]
        return x, y

    def server_slices(self) -> dict[int, np.ndarray]:
        """What is painted, as the server holds it: canonical slice index to 2D label values."""
        volume = f"volumes/{self.state['volumeId']}/annotations"
        width, height = self.slice_size()
        slices = {}
        for entry in self.api(volume):
            answer = self.page.request.get(f"{self.url}/api/{volume}/{entry['plane']}/{entry['slice_index']}")
            display = np.frombuffer(answer.body(), np.uint8).reshape(height, width)
            slices[entry["slice_index"]] = from_display(display)
        return slices

    def api(self, path: str) -> Any:
        """The JSON answer of a GET request with the page's cookies."""
        answer = self.page.request.get(f"{self.url}/api/{path}")
        assert answer.ok, f"{path}: {answer.status} {answer.text()}"
        return answer.json()

    def start_propagation(self) -> None:
        """Press the button and wait until the run is under way."""
        self.part("propagate").click()
        self.expect_run("running", timeout_ms=60_000)

    def cancel(self) -> None:
        """Cancel the run and wait for it to stop."""
        self.part("cancel-run").click()
        self.expect_run("cancelled", timeout_ms=15_000)

    def expect_run(self, state: str, timeout_ms: int = RUN_TIMEOUT_MS) -> None:
        """Wait until the run card shows a state."""
        expect(self.part("run-status")).to_have_attribute("data-state", state, timeout=timeout_ms)

    def wait_done(self) -> None:
        """Wait until the run is done and its mask on screen; a failed run fails at once."""
        card = self.page.locator('[data-testid="run-status"]:is([data-state="done"], [data-state="failed"])')
        expect(card).to_be_visible(timeout=RUN_TIMEOUT_MS)
        assert card.get_attribute("data-state") == "done", card.inner_text()
        expect(self.part("download")).to_be_enabled()

    def download(self, kind: str, folder: Path) -> Path:
        """Download through the menu; ``kind`` is nifti, bundle, labels, statistics or report."""
        self.part("download").click()
        with self.page.expect_download() as info:
            self.part(f"download-{kind}").click()
        target = folder / info.value.suggested_filename
        info.value.save_as(target)
        return target
