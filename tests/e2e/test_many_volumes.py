"""Real hippocampi: paint two, learn from both, predict all others, through a cancel and a restart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from fewshot_sam.data.planes import Plane, take_slice, to_display
from tests.e2e.scans import canonical_labels
from tests.e2e.server import AppServer
from tests.e2e.workspace import OPEN_TIMEOUT_MS, RUN_TIMEOUT_MS, Workspace

HEADERS = {"X-Fewshot-Sam": "1"}
PAINTED, OTHERS = 2, 3


@pytest.fixture
def project(page: Page, server: AppServer, data_dir: Path) -> str:
    """The id of a project of five hippocampi, the first two of them painted on two sagittal slices each."""
    base = f"{server.url}/api"

    def post(path: str, **given: object) -> dict[str, object]:
        answer = page.request.post(f"{base}/{path}", headers=HEADERS, **given)  # type: ignore[arg-type]
        assert answer.ok, answer.text()
        return dict(answer.json())

    found = str(post("projects", data={"name": "Hippocampi"})["id"])
    value = int(str(post(f"projects/{found}/labels", data={"name": "Hippocampus"})["value"]))
    images = sorted((data_dir / "hippocampus" / "images").iterdir())[: PAINTED + OTHERS]
    for number, image in enumerate(images):
        file = {"name": image.name, "mimeType": "application/octet-stream", "buffer": image.read_bytes()}
        volume = post(f"projects/{found}/volumes", multipart={"files": file})["id"]
        page.request.patch(f"{base}/volumes/{volume}", headers=HEADERS, data={"plane": "sagittal"})
        labels = canonical_labels(data_dir / "hippocampus" / "labels" / image.name) > 0
        held = np.flatnonzero(labels.any(axis=(1, 2)))
        for index in np.linspace(held[0], held[-1], 4)[1:3].round().astype(int) if number < PAINTED else ():
            shown = to_display(take_slice(labels, Plane.SAGITTAL, int(index)))
            answer = page.request.put(
                f"{base}/volumes/{volume}/annotations/sagittal/{index}",
                headers={
                    **HEADERS,
                    "X-Base-Version": "0",
                    "X-State": "painted",
                    "Content-Type": "application/octet-stream",
                },
                data=(shown * np.uint8(value)).astype(np.uint8).tobytes(),
            )
            assert answer.ok, answer.text()
    return found


def open_project(workspace: Workspace) -> None:
    """Open the project, on its first volume."""
    workspace.open()
    workspace.part("project-select").click()
    workspace.part("project-item").filter(has_text="Hippocampi").click()
    expect(workspace.part("volume-item")).to_have_count(PAINTED + OTHERS, timeout=OPEN_TIMEOUT_MS)
    workspace.part("volume-item").first.click()
    workspace.wait_ready()


def expect_batch(workspace: Workspace, state: str, text: str) -> None:
    """Wait until the line of the batch says so."""
    expect(workspace.part("batch")).to_have_attribute("data-state", state, timeout=RUN_TIMEOUT_MS)
    expect(workspace.part("batch-text")).to_contain_text(text, timeout=RUN_TIMEOUT_MS)


def test_paint_two_and_predict_all_others(page: Page, server: AppServer, project: str) -> None:
    workspace = Workspace(page, server.url)
    open_project(workspace)
    reason = workspace.part("propagate-reason")
    expect(reason).to_contain_text("From 2 painted slices and 1 other volume", timeout=OPEN_TIMEOUT_MS)
    workspace.part("run-settings").click()
    expect(workspace.part("sources-all")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("Escape")
    workspace.part("propagate").click()
    workspace.wait_done()
    expect(reason).to_contain_text("from 2 painted slices and 1 other volume")
    (model,) = workspace.api(f"projects/{project}/models")
    assert [len(source["slices"]) for source in model["sources"]] == [2, 2]

    workspace.part("project-select").click()
    workspace.part("predict-all").click()
    expect(workspace.part("batch-choice")).to_have_count(PAINTED + OTHERS)
    expect(workspace.part("batch-start")).to_have_text("Predict 4 volumes")
    workspace.part("batch-start").click()
    expect_batch(workspace, "running", "1 of 4")
    workspace.part("batch-cancel").click()
    expect_batch(workspace, "cancelled", "Stopped at")
    workspace.part("batch-resume").click()
    expect_batch(workspace, "running", "2 of 4")
    server.stop()
    server.start()
    expect_batch(workspace, "done", "Predicted 4 of 4")

    volumes = workspace.api(f"projects/{project}")["volumes"]
    order = [each["id"] for each in sorted(volumes, key=lambda each: each["mean_confidence"])]
    page.locator(f'[data-testid="volume-item"][data-id="{order[0]}"]').click()
    page.wait_for_function("id => window.fewshotSam.state.volumeId === id", arg=order[0])
    for expected in order[1:3]:
        workspace.part("least-certain").click()
        page.wait_for_function("id => window.fewshotSam.state.volumeId === id", arg=expected)
