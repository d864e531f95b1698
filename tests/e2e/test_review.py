"""Two people, one volume: ready, looked at by keys, sent back, mended, accepted, reopened."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.server import AppServer
from tests.e2e.test_sharing import SLICE, ada, hospital, log_in, open_shared, other_page, share, square
from tests.e2e.workspace import Workspace

__all__ = ["ada", "hospital", "other_page"]  # fixtures


def test_a_volume_is_reviewed_by_another_person(
    ada: Workspace, hospital: AppServer, other_page: Page
) -> None:
    share(ada, "Grace", "reviewer")
    volume_id = ada.state["volumeId"]
    ada.start_propagation()
    ada.wait_done()
    ada.part("review-ready").dblclick()  # its second click takes nothing back
    expect(ada.part("review")).to_have_attribute("data-state", "in_review")
    expect(ada.part("toast-error")).to_have_count(0)
    grace = log_in(other_page, hospital, "Grace")
    open_shared(grace, volume_id)
    look_at_slices(grace)
    pin(grace, "The head is missing.")
    expect(grace.part("review-accept")).to_be_disabled()
    grace.part("review-send-back").click()
    expect(grace.part("review")).to_have_attribute("data-state", "sent_back")
    mend(ada)
    grace.reload()
    expect(grace.part("review")).to_have_attribute("data-state", "in_review")
    grace.part("review-accept").click()
    expect(grace.part("confirm-dialog")).to_contain_text("slices were looked at. Accept the volume")
    grace.part("confirm").click()
    expect(grace.part("review")).to_have_attribute("data-state", "accepted")
    expect_frozen(ada)
    ada.part("review-reopen").click()
    ada.part("text-input").fill("A slice was forgotten.")
    ada.part("text-ok").click()
    expect(ada.part("review")).to_have_attribute("data-state", "over")
    ada.part("review-history").click()
    expect(ada.part("review-history-dialog")).to_contain_text("A slice was forgotten.")
    expect(ada.part("review-history-dialog")).to_contain_text("Accepted by Grace")
    ada.page.keyboard.press("Escape")
    expect(ada.part("tool-lasso")).to_be_visible()


def look_at_slices(grace: Workspace) -> None:
    """J goes to the least certain slice, Enter accepts it and goes on."""
    expect(grace.part("look-only")).to_contain_text("review it")
    slices = grace.api(f"volumes/{grace.state['volumeId']}/review")["slices"]
    first, second = (each["slice_index"] for each in slices[:2])
    expect(grace.part("review-progress")).to_have_text(f"0 of {len(slices)} least certain slices reviewed")
    grace.page.keyboard.press("j")
    expect(grace.part("slice-index")).to_have_value(str(first + 1))
    grace.page.keyboard.press("Enter")
    expect(grace.part("review-progress")).to_contain_text(f"1 of {len(slices)}")
    expect(grace.part("slice-index")).to_have_value(str(second + 1))


def pin(grace: Workspace, text: str) -> None:
    """Press the key, click a place, write; the pin is on the slice, and the list leads back to it."""
    index = int(grace.part("slice-index").input_value())
    grace.page.keyboard.press("Shift+N")
    box = grace.part("editor-canvas").bounding_box()
    assert box is not None
    grace.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    grace.part("text-input").fill(text)
    grace.part("text-ok").click()
    expect(grace.page.get_by_role("button", name=f"Comment 1 by Grace: {text}").first).to_be_visible()
    grace.page.keyboard.press("Home")
    grace.part("comment-go").click()
    expect(grace.part("slice-index")).to_have_value(str(index))
    for key in ("Shift+N", "/", " "):  # the same without a mouse, on the slice that has the focus
        grace.page.keyboard.press(key)
    expect(grace.part("text-dialog")).to_contain_text(f"slice {index}")
    grace.page.keyboard.press("Escape")
    expect(grace.part("text-dialog")).to_be_hidden()


def mend(ada: Workspace) -> None:
    """Ada sees that it came back and why, paints, resolves, and marks it ready again."""
    ada.reload()
    expect(ada.part("volume-review")).to_have_text("Sent back · 1 open comment")
    ada.part("comment-go").click()
    ada.go_to(SLICE + 2)
    ada.part("tool-lasso").click()
    ada.draw(square(6, 14))
    ada.wait_saved()
    ada.part("comment-resolve").click()
    expect(ada.part("comment")).to_have_attribute("data-resolved", "true")
    ada.part("review-ready").click()
    expect(ada.part("review")).to_have_attribute("data-state", "in_review")


def expect_frozen(ada: Workspace) -> None:
    """There is nothing to paint with, who accepted it is said, and the server refuses."""
    ada.reload()
    expect(ada.part("review")).to_have_attribute("data-state", "accepted")
    expect(ada.part("review-progress")).to_contain_text("Accepted by Grace")
    expect(ada.part("tool-lasso")).to_be_hidden()
    expect(ada.part("frozen-note")).to_be_visible()
    expect(ada.part("volume-review")).to_have_text("Accepted")
    answer = ada.page.request.put(
        f"{ada.url}/api/volumes/{ada.state['volumeId']}/annotations/axial/3",
        data=b"",
        headers={
            "X-Fewshot-Sam": "1",
            "X-Base-Version": "0",
            "X-State": "empty",
            "Content-Type": "application/octet-stream",
        },
    )
    assert answer.status == 409
    assert answer.json()["error"]["code"] == "frozen"
