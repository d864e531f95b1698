"""The guided tour on the demo: each step goes on when the person did what it says."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.workspace import Workspace


def test_a_newcomer_is_led_from_a_label_to_the_run(workspace: Workspace) -> None:
    page, card = workspace.page, workspace.part("tour")
    workspace.part("tour-accept").click()
    expect(card).to_have_attribute("data-step", "0")
    expect(workspace.part("tour-offer")).to_be_hidden()
    expect(workspace.part("labels")).to_contain_class("tour-target")
    page.keyboard.press("2")
    expect(card).to_have_attribute("data-step", "1")
    workspace.part("tool-brush").click()
    expect(card).to_have_attribute("data-step", "2")
    box = card.bounding_box()
    assert box
    for _ in range(2):  # a stroke goes through the card, and the second step of painting waits for its own
        page.mouse.move(box["x"] + 40, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + 60, box["y"] + 30)
        page.mouse.up()
    expect(card).to_have_attribute("data-step", "3")
    assert len(workspace.screen_slices()) == 1
    workspace.wait_saved()
    workspace.reload()
    expect(card).to_have_attribute("data-step", "3")
    for _ in range(2):
        page.keyboard.press("PageUp")
    expect(card).to_have_attribute("data-step", "4")
    workspace.part("tour-next").click()
    workspace.part("propagate").click()
    expect(card).to_have_attribute("data-step", "6", timeout=60_000)
    workspace.cancel()
    workspace.part("tour-next").click()
    expect(card).to_be_hidden()
    workspace.reload()
    expect(card).to_be_hidden()
    expect(workspace.part("tour-offer")).to_be_hidden()


@pytest.mark.thorough
def test_escape_ends_it_and_the_menu_starts_it_again(workspace: Workspace) -> None:
    page, card = workspace.page, workspace.part("tour")
    for _ in range(2):
        workspace.part("help-menu").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")  # its first item
        expect(card).to_be_focused()
        page.keyboard.press("Escape")
        expect(card).to_be_hidden()
        expect(workspace.part("help-menu")).to_be_focused()
