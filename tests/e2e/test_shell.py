"""The address that people open: Gradio's page, and the workspace in a frame of it, under strict policies."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
from playwright.sync_api import Frame, Page, expect

from tests.e2e.server import AppServer
from tests.e2e.waiting import wait_until
from tests.e2e.workspace import OPEN_TIMEOUT_MS

INJECTED = """() => {
    const hit = (how) => (window.hits = [...(window.hits ?? []), how]);
    window.hit = hit;
    const script = document.createElement("script");
    script.textContent = "hit('script element')";
    document.body.append(script);
    const image = document.createElement("div");
    image.innerHTML = "<img src=x onerror=\\"hit('handler')\\"><p style='color: red' class='styled'>text</p>";
    document.body.append(image);
    setTimeout(() => {  // later: what a test evaluates itself may evaluate
        try { new Function("hit('Function')")(); } catch { /* refused */ }
        try { (0, eval)("hit('eval')"); } catch { /* refused */ }
    });
    const link = document.createElement("a");
    link.href = "javascript:hit('link')";
    document.body.append(link);
    link.click();
    const probe = document.querySelector(".styled");
    probe.style.fontSize = "31px";
    const { color, fontSize } = getComputedStyle(probe);
    const found = () => [window.hits ?? [], color === "rgb(255, 0, 0)", fontSize];
    return new Promise((then) => setTimeout(() => then(found()), 500));
}"""


def open_shell(page: Page, server: AppServer) -> Frame:
    """Gradio's page; the frame in it once a volume is on screen."""
    page.goto(server.url)
    frame = page.wait_for_selector("iframe.workspace").content_frame()
    assert frame is not None
    wait_until(frame, "window.fewshotSam?.ready === true", timeout=OPEN_TIMEOUT_MS)
    return frame


def test_the_workspace_fills_gradios_page(page: Page, server: AppServer, tmp_path: Path) -> None:
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    frame = open_shell(page, server)
    assert page.title() == "Few-shot SAM"
    assert frame.evaluate("[innerWidth, innerHeight]") == [1440, 900]
    overflow = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert page.evaluate(overflow) == [1440, 900]
    expect(frame.get_by_test_id("pane-3d")).to_have_attribute("data-state", "volume", timeout=OPEN_TIMEOUT_MS)

    before = frame.evaluate("fewshotSam.state.slice")
    page.keyboard.press("ArrowUp")  # before the first click: the frame has the keyboard
    assert frame.evaluate("fewshotSam.state.slice") == before + 1
    page.get_by_title("Few-shot SAM").click(position={"x": 5, "y": 890})
    page.keyboard.press("b")
    assert frame.evaluate("fewshotSam.state.tool") == "brush"

    nib.save(
        nib.Nifti1Image(np.arange(4096, dtype=np.int16).reshape(16, 16, 16), np.eye(4)), tmp_path / "a.nii"
    )
    frame.get_by_test_id("upload-input").set_input_files(tmp_path / "a.nii")
    expect(frame.get_by_test_id("project-select")).to_have_text("a")
    assert told == []


def test_no_frame_is_asked_for_at_rest(page: Page, server: AppServer) -> None:
    """By Gradio's page neither."""
    page.add_init_script(
        "window.frames_asked = 0; const ask = requestAnimationFrame;"
        "window.requestAnimationFrame = (then) => { frames_asked++; return ask.call(window, then); };"
    )
    frame = open_shell(page, server)
    page.wait_for_timeout(3000)
    asked = [each.evaluate("frames_asked") for each in (page.main_frame, frame)]
    page.wait_for_timeout(1000)
    assert [each.evaluate("frames_asked") for each in (page.main_frame, frame)] == asked


def test_what_is_injected_does_not_run(page: Page, server: AppServer) -> None:
    """Styles that a script sets pass, as the program's do; those in markup do not."""
    frame = open_shell(page, server)
    assert frame.evaluate(INJECTED) == [[], False, "31px"]
    ran, _, _ = page.evaluate(INJECTED)  # Gradio's page may have styles in markup
    assert ran == []
    for target in (page, frame):
        sent = target.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')")
        assert sent == "refused"
