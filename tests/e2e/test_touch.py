"""Fingers and a pen on a tablet: real touch events on a real scan, and the voxels that they paint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.workspace import Workspace

Point = tuple[float, float]
"""Canonical indices of a voxel on an axial slice."""
SMALL = """() => ['button', 'a', 'input', 'select', '[tabindex="0"]']
  .flatMap((kind) => [...document.querySelectorAll(`.app ${kind}`)])
  .filter((each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
  .filter((each) => !each.matches('input[type=file], canvas, .range-track > input') && !each.closest('label'))
  .filter((each) => each.getBoundingClientRect().width)
  .map((each) => [each, each.getBoundingClientRect()])
  .map(([each, box]) => [each, box, [[0, -21], [0, 21], [-21, 0], [21, 0]].every(([x, y]) => {
    each.scrollIntoView({ block: 'nearest' });
    const { x: left, y: top } = each.getBoundingClientRect();
    return each.contains(document.elementFromPoint(left + box.width / 2 + x, top + box.height / 2 + y));
  })])
  .filter(([, , isLarge]) => !isLarge)
  .map(([each, box]) => `${each.dataset.testid || each.className}: ${box.width} x ${box.height}`)"""
"""Controls that 44 pixels around their middle do not belong to."""


class Hand:
    """Fingers and a pen, through the browser's own input events."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._input = page.context.new_cdp_session(page)

    def place(self, point: Point) -> dict[str, float]:
        """Where a voxel of the painted plane is on the screen."""
        return self.page.evaluate("([i, j]) => window.fewshotSam.sliceToClient('axial', i, j)", list(point))

    def touch(self, kind: str, *places: dict[str, float]) -> None:
        """``kind`` is Start, Move, End or Cancel; all fingers that are down then."""
        points = [{**place, "id": number} for number, place in enumerate(places)]
        self._input.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    def drag(self, *points: Point) -> None:
        """One finger from voxel to voxel."""
        places = [self.place(point) for point in points]
        self.touch("Start", places[0])
        for place in places[1:]:
            self.touch("Move", place)
        self.touch("End")

    def pen(self, kind: str, point: Point, force: float = 0.5) -> None:
        """``kind`` is Pressed, Moved or Released."""
        event = {
            "type": f"mouse{kind}",
            "button": "left",
            "buttons": 1,
            "clickCount": 1,
            "pointerType": "pen",
        }
        self._input.send("Input.dispatchMouseEvent", {**event, **self.place(point), "force": force})


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tablet."""
    context = browser.new_context(viewport={"width": 1024, "height": 768}, has_touch=True)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def hand(workspace: Workspace, data_dir: Path) -> Hand:
    """On a scan of a hippocampus, with a brush of 3 mm."""
    workspace.new_project("Touch")
    workspace.upload(next((data_dir / "hippocampus" / "images").glob("*.nii.gz")))
    workspace.add_label("Hippocampus")
    workspace.go_to(17)
    workspace.part("tool-brush").tap()
    workspace.page.evaluate("window.fewshotSam.setBrushMm(3)")
    return Hand(workspace.page)


def painted(workspace: Workspace) -> set[tuple[int, int]]:
    """Voxels that are painted on the slice on screen."""
    slices = workspace.screen_slices()
    return {(int(i), int(j)) for i, j in np.argwhere(slices.get(workspace.state["slice"], np.zeros((1, 1))))}


def test_one_finger_paints_what_a_mouse_paints(workspace: Workspace, hand: Hand) -> None:
    hand.drag((10, 20), (20, 20), (20, 30))
    by_finger = painted(workspace)
    assert {(10, 20), (15, 20), (20, 25)} <= by_finger
    workspace.wait_saved()
    workspace.part("tool-brush").tap()  # the first touch after a drag only ends its momentum
    workspace.part("undo").tap()
    expect(workspace.part("redo")).to_be_enabled()
    assert painted(workspace) == set()
    workspace.draw([(10.0, 20.0), (20.0, 20.0), (20.0, 30.0)])
    assert painted(workspace) == by_finger


def test_a_second_finger_takes_the_stroke_back_and_both_zoom(workspace: Workspace, hand: Hand) -> None:
    first, second = hand.place((12, 20)), hand.place((22, 20))
    before = first["x"] - second["x"]
    hand.touch("Start", first)
    hand.touch("Move", {**first, "y": first["y"] + 30})
    assert painted(workspace)
    hand.touch("Start", first, second)
    assert painted(workspace) == set()
    hand.touch("Move", {**first, "x": first["x"] + 60}, second)
    hand.touch("End")
    after = hand.place((12, 20))["x"] - hand.place((22, 20))["x"]
    assert after == pytest.approx(before + 60, rel=0.15)
    assert painted(workspace) == set()
    assert workspace.page.evaluate("[visualViewport.scale, scrollX, scrollY]") == [1, 0, 0]
    expect(workspace.part("undo")).to_be_disabled()


@pytest.mark.thorough
def test_while_a_pen_is_in_use_a_finger_goes_through_slices(workspace: Workspace, hand: Hand) -> None:
    hand.pen("Pressed", (12, 25))
    hand.pen("Moved", (18, 25))
    hand.pen("Released", (18, 25))
    by_pen = painted(workspace)
    assert {(12, 25), (18, 25)} <= by_pen
    start = hand.place((15, 15))
    hand.touch("Start", start)
    hand.touch("Move", {**start, "y": start["y"] - 45})
    hand.touch("End")
    assert workspace.state["slice"] > 17
    workspace.go_to(17)
    assert painted(workspace) == by_pen


@pytest.mark.thorough
def test_a_pen_that_is_pressed_less_paints_narrower_if_wanted(workspace: Workspace, hand: Hand) -> None:
    sizes: list[int] = []
    workspace.page.evaluate("window.fewshotSam.setBrushMm(8)")
    for force, toggles in ((0.1, False), (0.1, True), (1.0, False)):
        if toggles:
            workspace.part("pen-pressure").tap()
        hand.pen("Pressed", (17, 25), force)
        hand.pen("Released", (17, 25), force)
        sizes.append(len(painted(workspace)))
        workspace.part("undo").tap()
    plain, light, hard = sizes
    assert plain == hard > 3 * light > 0


@pytest.mark.thorough
def test_side_views_are_swiped_and_the_strip_is_dragged(workspace: Workspace, hand: Hand) -> None:
    box: Any = workspace.part("pane-coronal").bounding_box()
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    before = workspace.state["cursor"]
    hand.touch("Start", middle)
    hand.touch("Move", {**middle, "y": middle["y"] - 60})
    hand.touch("End")
    after = workspace.state["cursor"]
    assert after[1] == before[1] + 4 and [after[0], after[2]] == [before[0], before[2]]
    strip: Any = workspace.part("ribbon").bounding_box()
    hand.touch("Start", {"x": strip["x"] + 30, "y": strip["y"] + 20})
    hand.touch("Move", {"x": strip["x"] + strip["width"] - 15, "y": strip["y"] + 20})
    hand.touch("End")
    assert workspace.state["slice"] == workspace.api(f"volumes/{workspace.state['volumeId']}")["shape"][2] - 1


@pytest.mark.thorough
def test_targets_are_large_enough_for_fingers(workspace: Workspace, hand: Hand) -> None:
    page = workspace.page
    assert page.evaluate("matchMedia('(pointer: coarse)').matches")
    assert page.evaluate(SMALL) == []
    for testid in ("help-menu", "project-select", "label-menu", "volume-menu", "run-settings", "interpolate"):
        workspace.part(testid).first.tap()
        expect(page.locator(".menu")).to_be_visible()
        assert page.evaluate(SMALL.replace(".app ", ".menu ")) == [], testid
        page.keyboard.press("Escape")
