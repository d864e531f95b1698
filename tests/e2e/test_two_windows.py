"""Two windows on one slice: what each painted stays, and so do strokes made while a label map is imported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Route, expect

from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

SCAN = "hippocampus_004.nii.gz"
SLICE = 10
KEPT = "This slice was also changed in another window: both changes are kept"


@pytest.fixture
def first(workspace: Workspace, data_dir: Path, request: pytest.FixtureRequest) -> Workspace:
    """A small scan in a project of its own, two labels, the lasso selected."""
    workspace.new_project(request.node.name)
    workspace.upload(data_dir / "hippocampus" / "images" / SCAN)
    for name in ("one", "two"):
        workspace.add_label(name)
    return ready(workspace)


@pytest.fixture
def second(first: Workspace) -> Workspace:
    """The same scan in a second window."""
    window = Workspace(first.page.context.new_page(), first.url)
    window.open()
    assert window.state["volumeId"] == first.state["volumeId"]
    return ready(window)


def ready(window: Workspace) -> Workspace:
    """Select label 1 and the lasso, on the slice."""
    window.go_to(SLICE)
    window.choose_label(1)
    window.part("tool-lasso").click()
    return window


def undo(window: Workspace, text: str) -> None:
    """Take a step back, and wait until the server has it."""
    window.page.keyboard.press("Control+z")
    expect(window.part("toasts")).to_contain_text(f"Undone: {text}", timeout=OPEN_TIMEOUT_MS)
    window.wait_saved()


def draw(window: Workspace, low: int, high: int, value: int = 1) -> None:
    """Paint the square of voxels ``low`` to ``high`` (end exclusive) on both axes."""
    window.choose_label(value)
    a, b = low - 0.5, high - 0.5
    window.draw([(a, a), (b, a), (b, b), (a, b), (a, a)])


def slice_with(window: Workspace, *squares: tuple[int, int, int]) -> np.ndarray:
    """A canonical slice with squares (low, high, value), later ones on top."""
    expected = np.zeros(window.slice_size(), np.uint8)
    for low, high, value in squares:
        expected[low:high, low:high] = value
    return expected


def check(window: Workspace, *squares: tuple[int, int, int]) -> None:
    """The slice holds these squares and nothing else, on screen and on the server."""
    window.wait_saved()
    expected = slice_with(window, *squares)
    np.testing.assert_array_equal(window.screen_slices()[SLICE], expected)
    np.testing.assert_array_equal(window.server_slices()[SLICE], expected)


def test_both_windows_strokes_are_kept(first: Workspace, second: Workspace) -> None:
    draw(first, 5, 10)
    check(first, (5, 10, 1))
    draw(second, 20, 25)
    check(second, (5, 10, 1), (20, 25, 1))
    expect(second.part("toast-info")).to_contain_text(f"{KEPT}.")
    draw(first, 12, 16)
    check(first, (5, 10, 1), (20, 25, 1), (12, 16, 1))


@pytest.mark.thorough
def test_where_both_painted_the_newer_stroke_wins(first: Workspace, second: Workspace) -> None:
    draw(first, 5, 15, value=2)
    first.wait_saved()
    draw(second, 13, 20)
    check(second, (5, 15, 2), (13, 20, 1))
    expect(second.part("toast-info")).to_contain_text(f"{KEPT}; in 4 places the newer stroke won.")
    volume = second.state["volumeId"]
    versions = second.api(f"volumes/{volume}/annotations/axial/{SLICE}/versions")
    assert len(versions) >= 2  # the first window's slice stays as a version


@pytest.mark.thorough
def test_undo_takes_back_only_this_windows_strokes(first: Workspace, second: Workspace) -> None:
    draw(first, 5, 10)
    first.wait_saved()
    draw(second, 4, 8, value=2)
    draw(second, 20, 25)
    check(second, (5, 10, 1), (4, 8, 2), (20, 25, 1))
    second.page.keyboard.press("Control+z")
    check(second, (5, 10, 1), (4, 8, 2))
    second.page.keyboard.press("Control+Shift+z")
    check(second, (5, 10, 1), (4, 8, 2), (20, 25, 1))


@pytest.mark.thorough
def test_strokes_made_while_the_other_windows_arrive_are_kept(first: Workspace, second: Workspace) -> None:
    draw(first, 5, 10)
    first.wait_saved()
    held: list[Route] = []

    def hold_the_first_save(route: Route) -> None:
        if route.request.method == "PUT" and not held:
            held.append(route)
        else:
            route.continue_()

    second.page.route(f"**/annotations/axial/{SLICE}", hold_the_first_save)
    with second.page.expect_request(lambda request: request.method == "PUT"):
        draw(second, 20, 25)
    draw(second, 12, 16)
    held[0].continue_()
    check(second, (5, 10, 1), (20, 25, 1), (12, 16, 1))


def test_a_label_deleted_elsewhere_is_back_with_the_strokes_made_with_it(
    first: Workspace, second: Workspace
) -> None:
    saves = f"**/annotations/axial/{SLICE}"
    second.page.route(saves, lambda r: r.abort() if r.request.method == "PUT" else r.continue_())
    draw(first, 26, 29, value=2)
    check(first, (26, 29, 2))
    draw(second, 5, 10)
    draw(second, 20, 24, value=2)
    second.wait_offline()
    first.part("label-menu").nth(1).click()
    first.part("label-delete").click()
    first.part("confirm").click()
    expect(first.part("label-item")).to_have_count(1)
    second.page.unroute(saves)
    check(second, (5, 10, 1), (20, 24, 2))
    expect(second.part("toasts")).to_contain_text("two was deleted in another window; it is back")
    expect(second.page.locator(".label-name")).to_have_text(["one", "two"])
    first.page.keyboard.press("Control+z")
    expect(first.page.locator(".label-name")).to_have_text(["one", "two"])
    check(first, (5, 10, 1), (20, 24, 2), (26, 29, 2))


@pytest.mark.thorough
def test_strokes_made_while_a_label_map_is_imported_are_kept(first: Workspace, data_dir: Path) -> None:
    held: list[Route] = []
    first.page.route("**/annotations/import", lambda route: held.append(route))
    first.part("add-volume").click()
    with first.page.expect_request("**/annotations/import"), first.page.expect_file_chooser() as chooser:
        first.part("import-annotations").click()
        chooser.value.set_files(str(data_dir / "hippocampus" / "labels" / SCAN))
    draw(first, 2, 6)
    first.page.wait_for_timeout(600)  # longer than autosave waits
    assert SLICE not in first.server_slices()
    held[0].continue_()
    expect(first.part("toast-success")).to_contain_text("painted slices imported", timeout=OPEN_TIMEOUT_MS)
    first.wait_saved()
    shown, stored = first.screen_slices(), first.server_slices()
    assert (stored[SLICE][2:6, 2:6] == 1).all()
    assert len(stored) > 5  # slices of the label map
    assert stored.keys() <= shown.keys()
    for index, labels in stored.items():
        np.testing.assert_array_equal(shown[index], labels)
    undo(first, f"import of {SCAN}")  # it ended after the stroke
    assert (first.server_slices()[SLICE][2:6, 2:6] == 1).all()
    undo(first, "lasso")
    assert not any(labels.any() for labels in first.server_slices().values())


@pytest.mark.thorough
def test_a_scan_deleted_elsewhere_leaves_the_list_and_the_one_on_screen_stays(
    first: Workspace, data_dir: Path
) -> None:
    kept = first.state["volumeId"]
    first.upload(data_dir / "hippocampus" / "images" / "hippocampus_042.nii.gz")
    gone = first.state["volumeId"]
    row = first.part("volume-item").filter(has_text="004")
    row.click()
    first.page.wait_for_function("id => fewshotSam.ready && fewshotSam.state.volumeId === id", arg=kept)
    answer = first.page.request.delete(f"{first.url}/api/volumes/{gone}", headers={"X-Fewshot-Sam": "1"})
    assert answer.ok
    first.part("volume-item").filter(has_text="042").click()
    expect(first.part("toast-info")).to_contain_text("hippocampus_042 was deleted elsewhere")
    expect(first.part("volume-item")).to_have_count(1)
    assert (first.state["volumeId"], first.page.evaluate("fewshotSam.ready")) == (kept, True)
    expect(first.part("empty-state")).to_be_hidden()


@pytest.mark.thorough
def test_a_run_of_the_other_window_that_one_is_refused_for_can_be_cancelled(
    first: Workspace, second: Workspace
) -> None:
    draw(first, 10, 20)
    check(first, (10, 20, 1))
    second.reload()
    first.part("propagate").click()
    expect(first.part("cancel-run")).to_be_visible()
    second.part("propagate").click()
    expect(second.part("toast-error")).to_contain_text("has not ended yet")
    second.part("cancel-run").click()
    for window in (first, second):
        expect(window.part("run-status")).to_have_attribute(
            "data-state", "cancelled", timeout=OPEN_TIMEOUT_MS
        )
