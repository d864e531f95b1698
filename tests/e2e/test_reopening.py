"""A volume opens again as it was left: slice, plane, large pane, window; the keyboard keeps its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.workspace import Workspace

IMAGES = ("hippocampus_004.nii.gz", "hippocampus_042.nii.gz")


@pytest.fixture
def two_volumes(workspace: Workspace, data_dir: Path, request: pytest.FixtureRequest) -> Workspace:
    """Two small scans in a project of their own; the second is on screen."""
    workspace.new_project(request.node.name)
    for name in IMAGES:
        workspace.upload(data_dir / "hippocampus" / "images" / name)
    return workspace


def shown(workspace: Workspace) -> dict[str, object]:
    """What is kept of how a volume is viewed."""
    return {key: workspace.state[key] for key in ("cursor", "plane", "mainPane", "window")}


def open_volume(workspace: Workspace, position: int) -> None:
    """Open a volume of the list by a click."""
    row = workspace.part("volume-item").nth(position)
    row.click()
    volume_id = row.get_attribute("data-id")
    workspace.page.wait_for_function(
        "id => fewshotSam.ready && fewshotSam.state.volumeId === id", arg=volume_id
    )


def test_a_volume_reopens_where_it_was_left(two_volumes: Workspace) -> None:
    page = two_volumes.page
    page.keyboard.press("n")  # with a slice of its own this one does not follow the plane that the other gets
    two_volumes.wait_saved()
    middle = shown(two_volumes)
    open_volume(two_volumes, 0)
    x, y, z = two_volumes.api(f"volumes/{two_volumes.state['volumeId']}")["shape"]
    assert shown(two_volumes)["cursor"] == [x // 2, y // 2, z // 2]
    two_volumes.part("expand-coronal").click()
    page.get_by_test_id("paint-here").click()
    page.wait_for_function("fewshotSam.ready && fewshotSam.state.plane === 'coronal'")
    two_volumes.go_to(7)
    two_volumes.part("expand-sagittal").click()
    page.keyboard.press("ArrowUp")
    two_volumes.part("window-menu").click()
    two_volumes.part("window-preset").first.click()
    left = shown(two_volumes)
    assert left["mainPane"] == "sagittal"
    assert left["plane"] == "coronal"
    open_volume(two_volumes, 1)
    assert shown(two_volumes) == middle
    open_volume(two_volumes, 0)
    assert shown(two_volumes) == left
    two_volumes.reload()
    assert shown(two_volumes) == left


def test_the_list_keeps_the_keyboard_while_slices_are_encoded(two_volumes: Workspace) -> None:
    page = two_volumes.page
    row = two_volumes.part("volume-open").first
    row.focus()
    volume_id = two_volumes.state["volumeId"]
    expect(two_volumes.part("encoding-status")).to_contain_text("Encoding slices")
    for _ in range(2):
        with page.expect_response(lambda answer: answer.url.endswith(f"volumes/{volume_id}")):
            pass
    expect(row).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function("id => fewshotSam.state.volumeId !== id", arg=volume_id)
