"""A large scan is on screen, and can be scrolled and painted, while its voxels are still travelling."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
from playwright.sync_api import Page, Route, expect

from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace

SHAPE = (256, 224, 192)  # 22 MB: more than comes whole
BRIGHT = """() => {
    const view = document.querySelector('[data-testid="pane-axial"] .slice-canvas');
    const { width, height } = view;
    const { data } = view.getContext("2d").getImageData(width / 4, height / 4, width / 2, height / 2);
    return data.filter((_, at) => at % 4 === 0).reduce((sum, value) => sum + value, 0) / (data.length / 4);
}"""


def test_the_first_slices_do_not_wait_for_the_volume(
    page: Page, workspace: Workspace, tmp_path: Path
) -> None:
    voxels = np.zeros(SHAPE, np.int16)
    voxels[:, :, 90:100] = 500
    voxels[0] = -1000  # air: so it is CT
    nib.save(nib.Nifti1Image(voxels, np.diag([1.0, 1.0, 1.0, 1.0])), tmp_path / "slab.nii.gz")
    held: list[Route] = []
    page.route("**/voxels", lambda route: held.append(route))
    workspace.upload(tmp_path / "slab.nii.gz")
    expect(workspace.part("project-select")).to_have_text("slab")  # its own, not the demo's
    assert held and not page.evaluate("fewshotSam.whole")
    expect(page.get_by_test_id("canvas-3d")).to_be_hidden()  # the scan shown before must not stay there

    def wait_until(bright: bool) -> None:
        page.wait_for_function(f"bright => (({BRIGHT})() > 150) === bright", arg=bright)

    wait_until(bright=True)  # the middle slice, 96
    workspace.go_to(20)
    wait_until(bright=False)
    workspace.go_to(99)
    wait_until(bright=True)
    workspace.part("tool-brush").click()
    assert workspace.add_label("Slab") == 1
    workspace.draw([(100, 100), (120, 110), (130, 130)])
    workspace.wait_saved()
    held[0].continue_()
    page.wait_for_function("fewshotSam.whole")
    expect(page.get_by_test_id("canvas-3d")).to_be_visible(timeout=60_000)
    assert list(workspace.server_slices()) == [99]
    workspace.go_to(91)
    wait_until(bright=True)


def test_a_page_at_rest_does_no_work(page: Page, server: AppServer) -> None:
    """No frame is asked for while nothing changes, by Gradio neither."""
    page.add_init_script(
        "window.frames_asked = 0; const ask = requestAnimationFrame;"
        "window.requestAnimationFrame = (then) => { frames_asked++; return ask.call(window, then); };"
    )
    workspace = Workspace(page, server.url)
    workspace.open()
    page.wait_for_timeout(3000)
    asked = page.evaluate("frames_asked")
    page.wait_for_timeout(1000)
    assert page.evaluate("frames_asked") == asked
