"""Saying what a label is, by keyboard, and taking that back."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.workspace import Workspace

GREY, CORTEX = ("389081007", None), ("40146001", "Left")


def terms(workspace: Workspace) -> list[Any]:
    """The code and the side of each label's term."""
    (project,) = workspace.api("projects")
    found = [label["term"] for label in workspace.api(f"projects/{project['id']}")["labels"]]
    return [
        term and (term["type"]["value"], term["modifier"] and term["modifier"]["meaning"]) for term in found
    ]


def test_what_labels_are_is_said_by_keyboard_and_taken_back(workspace: Workspace, page: Page) -> None:
    workspace.open()
    menus, names = workspace.part("label-menu"), workspace.part("label-choose")
    menus.first.focus()
    page.keyboard.press("Enter")
    workspace.part("label-term").focus()
    page.keyboard.press("Enter")
    expect(workspace.part("term-note")).to_have_text("Its name says Gray Matter: Enter takes that.")
    assert terms(workspace) == [None, None]  # proposed, not given
    page.keyboard.press("Enter")
    expect(names.first).to_have_attribute("title", "Grey matter: Gray Matter (SCT 389081007)")
    expect(menus.first).to_be_focused()

    menus.nth(1).click()
    workspace.part("label-term").click()
    expect(workspace.part("term-note")).to_contain_text("White Matter")
    page.keyboard.type("left hippocamp")  # in the place of the label's name
    first = page.get_by_role("option").first
    expect(first).to_have_accessible_name("Hippocampus, left SCT 5366008")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(workspace.part("term-dialog")).to_have_count(0)
    assert terms(workspace) == [GREY, None]

    menus.nth(1).click()
    workspace.part("label-term").click()
    page.keyboard.type("left cerebral")
    expect(page.get_by_role("option").nth(1)).to_be_visible()
    chosen = page.get_by_role("option", name="Cerebral cortex, left")
    while chosen.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(names.nth(1)).to_have_attribute("title", "White matter: Cerebral cortex, left (SCT 40146001)")
    assert terms(workspace) == [GREY, CORTEX]

    menus.nth(1).click()
    workspace.part("label-term").click()
    expect(workspace.part("term-chosen")).to_contain_text("Cerebral cortex, left")
    workspace.part("term-off").click()
    expect(names.nth(1)).to_have_attribute("title", "White matter")
    workspace.part("undo").click()
    expect(names.nth(1)).to_have_attribute("title", "White matter: Cerebral cortex, left (SCT 40146001)")
    workspace.reload()
    assert terms(workspace) == [GREY, CORTEX]
    expect(names.first).to_have_attribute("title", "Grey matter: Gray Matter (SCT 389081007)")
