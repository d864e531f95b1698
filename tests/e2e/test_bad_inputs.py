"""Files that cannot be used: one sentence on the screen, nothing stored."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e import scans
from tests.e2e.server import AppServer
from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace


def refusal(workspace: Workspace, server: AppServer, path: Path) -> str:
    """Upload a file that must be refused; its sentence, after checking that nothing was stored."""
    blobs = server.blob_count()
    workspace.choose_files(path)
    notice = workspace.part("toast-error")
    expect(notice).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    message = notice.locator(".toast-text").inner_text()
    notice.get_by_label("Dismiss").click()
    expect(notice).to_have_count(0)
    expect(workspace.part("volume-item")).to_have_count(0)
    assert server.blob_count() == blobs, path.name
    assert not any((server.home / "uploads").iterdir()), path.name
    return message


def check_sentence(message: str) -> None:
    """A message for people: sentences, on one line, without a traceback's debris."""
    assert re.fullmatch(r"['A-Z0-9].{10,300}\.", message), message
    for debris in ("Traceback", "Error(", "Exception", "/tmp", "NoneType", ".py"):
        assert debris not in message


def test_broken_files_are_refused_each_with_one_sentence(
    workspace: Workspace, server: AppServer, tmp_path: Path
) -> None:
    workspace.new_project("broken files")
    for build in scans.BROKEN:
        check_sentence(refusal(workspace, server, build(tmp_path)))


@pytest.mark.thorough
def test_broken_series_are_refused_each_with_one_sentence(
    workspace: Workspace, server: AppServer, tmp_path: Path, data_dir: Path
) -> None:
    workspace.new_project("broken series")
    for build in scans.BROKEN_DICOM:
        check_sentence(refusal(workspace, server, build(data_dir / "ct_dicom" / "series", tmp_path)))


@pytest.mark.thorough
def test_two_series_ask_which_one(workspace: Workspace, tmp_path: Path, data_dir: Path) -> None:
    workspace.new_project("two series")
    workspace.choose_files(scans.two_series(data_dir / "ct_dicom" / "series", tmp_path))
    choices = workspace.part("series-choice")
    expect(choices).to_have_count(2, timeout=OPEN_TIMEOUT_MS)
    choices.filter(has_text="venous").click()
    workspace.wait_ready()
    expect(workspace.part("volume-item")).to_have_count(1)


def test_of_a_time_series_one_frame_is_chosen(workspace: Workspace, tmp_path: Path) -> None:
    workspace.new_project("frames")
    workspace.choose_files(scans.four_dimensional(tmp_path))
    frames = workspace.part("series-choice")
    expect(frames).to_have_count(4, timeout=OPEN_TIMEOUT_MS)
    frames.filter(has_text="frame 2 of 4").click()
    workspace.wait_ready()
    expect(workspace.part("volume-item")).to_have_count(1)
    workspace.choose_files(scans.colour(tmp_path))
    expect(frames.filter(has_text="grey")).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    workspace.page.keyboard.press("Escape")
    expect(frames).to_have_count(0)


def test_a_leaning_stack_asks_whether_to_resample(workspace: Workspace, tmp_path: Path) -> None:
    workspace.new_project("tilted")
    scan = scans.sheared(tmp_path)
    dialog = workspace.part("resample-dialog")
    workspace.choose_files(scan)
    expect(dialog).to_contain_text("two of them are at 68.2 degrees", timeout=OPEN_TIMEOUT_MS)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(workspace.part("volume-item")).to_have_count(0)
    workspace.choose_files(scan)
    workspace.part("resample").click(timeout=OPEN_TIMEOUT_MS)
    workspace.wait_ready()
    expect(workspace.part("volume-item")).to_have_count(1)
    expect(workspace.page.get_by_text("Resampled to a regular grid by linear interpolation")).to_be_visible()


def test_a_name_from_outside_stays_text(workspace: Workspace, tmp_path: Path, data_dir: Path) -> None:
    workspace.new_project("<img src=x onerror=document.title='broken'>")
    hostile = tmp_path / "<b onclick=alert(1)>scan.nii.gz"
    hostile.write_bytes((data_dir / "hippocampus" / "images" / "hippocampus_004.nii.gz").read_bytes())
    workspace.upload(hostile)
    workspace.add_label("<i>label</i>")
    assert workspace.page.locator(".app img[src='x'], .app b[onclick], .app .label-name i").count() == 0
    assert workspace.page.title() != "broken"
    expect(workspace.part("volume-item")).to_contain_text("onclick")
