"""From one scan to many: a folder of forty is dropped, and the list of its volumes is worked through."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

IMPORT_TIMEOUT_MS = 540_000
BROKEN = "hippocampus_100"


@pytest.fixture
def folder(data_dir: Path, tmp_path: Path) -> Path:
    """Forty real scans, what systems leave beside them, and one that is broken off."""
    images = shutil.copytree(data_dir / "hippocampus" / "images", tmp_path / "hippocampi")
    first = min(images.iterdir())
    (images / f"{BROKEN}.nii.gz").write_bytes(first.read_bytes()[:5000])
    (images / ".DS_Store").write_bytes(b"x")
    (images / "dataset.json").write_text("{}")
    return images


@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_a_folder_of_forty_scans_becomes_forty_volumes(workspace: Workspace, folder: Path) -> None:
    workspace.new_project("forty")
    workspace.drop(folder)
    items = workspace.part("import-item")
    expect(items).to_have_count(41, timeout=OPEN_TIMEOUT_MS)
    ended = workspace.part("toast-error").filter(has_text="40 of 41 imported")
    expect(ended).to_contain_text("1 failed", timeout=IMPORT_TIMEOUT_MS)
    failed = items.and_(workspace.page.locator("[data-state=failed]"))
    expect(failed).to_have_count(1)
    expect(failed).to_contain_text(f"'{BROKEN}.nii.gz' is truncated or damaged")
    expect(failed.get_by_role("button", name="Try again")).to_be_visible()
    workspace.part("imports-clear").click()
    expect(workspace.part("imports-progress")).to_be_hidden()
    workspace.wait_ready()
    rows = workspace.part("volume-item")
    expect(rows).to_have_count(40)
    expect(rows.first.locator("img.shown")).to_have_count(1, timeout=OPEN_TIMEOUT_MS)
    check_list(workspace, rows.count())
    workspace.drop(min(folder.glob("*.nii.gz")))
    told = workspace.part("toast-info").filter(has_text="This scan is in the project already")
    expect(told).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    expect(rows).to_have_count(40)
    told.get_by_role("button", name="Import again").click()
    expect(rows).to_have_count(41, timeout=OPEN_TIMEOUT_MS)


def check_list(workspace: Workspace, count: int) -> None:
    """Search, sort and open by keyboard."""
    rows = workspace.part("volume-item")
    names = rows.locator(".volume-name")
    workspace.part("volume-search").fill("_20")
    expect(workspace.part("volume-count")).to_contain_text(f"of {count}")
    assert all("_20" in name for name in names.all_inner_texts())
    workspace.part("volume-search").fill("")
    workspace.part("volume-filter").click()
    workspace.part("volume-order-name").click()
    found = names.all_inner_texts()
    assert found == sorted(found)
    workspace.part("volume-search").focus()
    workspace.page.keyboard.press("ArrowDown")
    workspace.page.keyboard.press("End")
    workspace.page.keyboard.press("Enter")
    expect(rows.last.get_by_test_id("volume-open")).to_have_attribute("aria-current", "true")
    workspace.wait_ready()
