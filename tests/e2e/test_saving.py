"""No stroke is lost: network away, server killed, page reloaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace

SCAN = "hippocampus_004.nii.gz"
SQUARE = [(8.5, 8.5), (20.5, 8.5), (20.5, 20.5), (8.5, 20.5), (8.5, 8.5)]


@pytest.fixture
def painting(workspace: Workspace, data_dir: Path, request: pytest.FixtureRequest) -> Workspace:
    """A small scan in a project of its own, a label, the lasso selected."""
    workspace.new_project(request.node.name)
    workspace.upload(data_dir / "hippocampus" / "images" / SCAN)
    workspace.add_label("square")
    workspace.part("tool-lasso").click()
    return workspace


def check_square(slices: dict[int, np.ndarray], index: int) -> None:
    """The square is painted on the slice, and nothing else."""
    expected = np.zeros_like(slices[index])
    expected[9:21, 9:21] = 1
    np.testing.assert_array_equal(slices[index], expected)


def test_strokes_drawn_offline_arrive_when_the_network_is_back(painting: Workspace) -> None:
    painting.page.route("**/api/volumes/*/annotations/**", lambda route: route.abort())
    painting.go_to(10)
    painting.draw(SQUARE)
    painting.wait_offline()
    painting.page.unroute("**/api/volumes/*/annotations/**")
    painting.wait_saved()
    check_square(painting.server_slices(), 10)


def test_an_unsaved_stroke_survives_a_reload(painting: Workspace) -> None:
    painting.page.route("**/api/volumes/*/annotations/axial/*", lambda route: route.abort())
    painting.go_to(12)
    painting.draw(SQUARE)
    painting.wait_offline()
    painting.page.unroute("**/api/volumes/*/annotations/axial/*")
    painting.reload()
    painting.wait_saved()
    check_square(painting.server_slices(), 12)


def test_what_is_saved_survives_kill_9_and_what_is_not_arrives_after_it(
    painting: Workspace, server: AppServer
) -> None:
    painting.go_to(14)
    painting.draw(SQUARE)
    painting.wait_saved()
    server.kill()
    painting.go_to(16)
    painting.draw(SQUARE)
    painting.wait_offline()
    server.start()
    painting.wait_saved()
    painting.reload()
    for index in (14, 16):
        check_square(painting.server_slices(), index)
        check_square(painting.screen_slices(), index)


def test_what_is_refused_stays_in_a_window_whose_browser_has_no_room_until_it_is_taken(
    painting: Workspace,
) -> None:
    fill = "() => { Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') } }"
    painting.page.evaluate(fill)
    pattern = "**/api/volumes/*/annotations/axial/17"
    gone = '{"code": "not_found", "message": "There is no such volume.", "detail": {}}'
    painting.page.route(pattern, lambda r: r.fulfill(status=404, body=gone, content_type="application/json"))
    painting.go_to(17)
    painting.draw(SQUARE)
    expect(painting.part("save-status")).to_have_text("1 slice not saved, only in this window")
    leaves = "() => window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert painting.page.evaluate(leaves) is False  # a person who leaves is warned
    painting.page.unroute(pattern)
    name = painting.part("project-select").inner_text().strip()
    for other in ("Demo", name):
        painting.part("project-select").click()
        painting.part("project-item").filter(has_text=other).first.click()
        expect(painting.part("project-select")).to_contain_text(other)
        painting.wait_ready()
    painting.wait_saved()
    check_square(painting.server_slices(), 17)
    assert painting.page.evaluate(leaves) is True


@pytest.mark.thorough
def test_a_double_click_that_closes_a_dialog_paints_nothing_behind_it(painting: Workspace) -> None:
    page = painting.page
    painting.go_to(17)
    painting.part("tool-brush").click()
    painting.part("project-select").click()
    painting.part("new-project").click()
    box = painting.part("prompt-dialog").get_by_role("button", name="Close").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.dblclick(x, y)
    expect(painting.part("prompt-dialog")).to_be_hidden()
    behind = "([x, y]) => document.elementFromPoint(x, y).closest('[data-testid]').dataset.testid"
    assert page.evaluate(behind, [x, y]) == "editor-canvas"
    assert not painting.screen_slices()
    page.mouse.click(x - 50, y)  # elsewhere it is a stroke at once
    assert painting.screen_slices()[17].any()


def test_undo_and_redo_reach_the_server(painting: Workspace) -> None:
    painting.go_to(18)
    painting.draw(SQUARE)
    painting.wait_saved()
    painting.page.keyboard.press("Control+z")
    painting.wait_saved()
    assert not painting.server_slices()[18].any()
    painting.page.keyboard.press("Control+Shift+z")
    painting.wait_saved()
    check_square(painting.server_slices(), 18)


def test_cells_of_a_deleted_label_become_background_when_they_come_back(painting: Workspace) -> None:
    """Undo brings back paint of a label that is gone: that must keep no slice from being saved."""
    painting.go_to(20)
    painting.draw(SQUARE)
    painting.part("clear-slice").click()
    painting.wait_saved()
    painting.part("label-menu").click()
    painting.part("label-delete").click()
    expect(painting.part("label-item")).to_have_count(0)
    painting.page.keyboard.press("Control+z")
    painting.wait_saved()
    assert not painting.server_slices()[20].any()


@pytest.mark.thorough
def test_strokes_from_before_a_reload_are_merged_with_newer_ones(painting: Workspace) -> None:
    """They never reached the server, which got other strokes on the slice meanwhile: both stay."""
    pattern = "**/api/volumes/*/annotations/axial/22"
    painting.page.route(pattern, lambda r: r.abort() if r.request.method == "PUT" else r.continue_())
    painting.go_to(22)
    painting.draw(SQUARE)
    painting.wait_offline()
    width, height = painting.slice_size()
    answer = painting.page.request.put(
        f"{painting.url}/api/volumes/{painting.state['volumeId']}/annotations/axial/22",
        data=bytes([1]) + bytes(width * height - 1),
        headers={"X-Base-Version": "0", "X-State": "painted", "X-Fewshot-Sam": "1"},
    )
    assert answer.ok, answer.text()
    painting.page.unroute(pattern)
    painting.reload()
    painting.wait_saved()
    expected = np.zeros((width, height), np.uint8)
    expected[9:21, 9:21] = expected[-1, -1] = 1  # the first cell on screen is the last of both axes
    np.testing.assert_array_equal(painting.server_slices()[22], expected)
    np.testing.assert_array_equal(painting.screen_slices()[22], expected)
