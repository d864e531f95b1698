"""Two people read one scan, neither sees the other's; then how far they agree, a merge and an export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.server import AppServer
from tests.e2e.test_sharing import SLICE, ada, hospital, log_in, other_page, share, square
from tests.e2e.workspace import Workspace

pytestmark = pytest.mark.thorough

__all__ = ["ada", "hospital", "other_page"]  # fixtures


def test_two_people_read_blind_then_agree_and_merge(
    ada: Workspace, hospital: AppServer, other_page: Page, tmp_path: Path
) -> None:
    share(ada, "Grace", "annotator")
    scan = ada.state["volumeId"]
    begin(ada, ["Ada Lovelace (you)", "Grace"])
    mine = ada.state["volumeId"]
    assert mine != scan
    grace = log_in(other_page, hospital, "Grace")
    open_project(grace)
    theirs = grace.state["volumeId"]
    assert len({scan, mine, theirs}) == 3
    for who, own, hidden in ((ada, mine, (scan, theirs)), (grace, theirs, (scan, mine))):
        expect(who.part("readings-note")).to_contain_text("You do not see what the others make")
        expect(who.part("volume-item")).to_have_count(1)
        assert [status(who, each) for each in (own, *hidden)] == [200, 404, 404]
    paint(ada, square(5, 12))
    paint(grace, square(5, 9))
    finish(ada)
    expect(ada.part("readings-note")).to_contain_text("Waiting for Grace")
    expect(ada.part("tool-lasso")).to_be_hidden()
    assert [status(grace, each) for each in (scan, mine)] == [404, 404]
    finish(grace)
    expect(grace.part("pair-facts")).to_contain_text("1 slice differs", timeout=30_000)
    ada.reload()
    expect(ada.part("pair-facts")).to_contain_text("Dice 0.49")  # 2 x 16 of 49 + 16
    compare_and_merge(ada, scan)
    merged = ada.server_slices()[SLICE]
    assert np.count_nonzero(merged) == 16
    origins = ada.api(f"volumes/{scan}/annotations")[0]["origins"]
    assert [each["kind"] for each in origins.values()] == ["merged"]
    with ada.page.expect_download() as download:
        ada.part("agreement-table").click()
        expect(ada.part("agreement-dialog")).to_contain_text("As read by Grace, painted by Ada Lovelace")
        ada.part("agreement-csv").click()
    table = tmp_path / "agreement.csv"
    download.value.save_as(table)
    assert '"Ada Lovelace 1","Grace 2","anterior",0.4923' in table.read_text(encoding="utf-8-sig")


def begin(owner: Workspace, names: list[str]) -> None:
    """Have the volume read by these people."""
    before = owner.state["volumeId"]
    owner.part("volume-menu").click()
    owner.part("volume-read").click()
    for name in names:
        owner.part("readers-dialog").get_by_label(name, exact=True).check()
    owner.part("readers-begin").click()
    owner.page.wait_for_function(
        "id => window.fewshotSam.ready && window.fewshotSam.state.volumeId !== id", arg=before
    )


def open_project(who: Workspace) -> None:
    """The shared project, whose one volume opens, if the page has not opened it by itself."""
    who.reload()
    if "Hippocampi" not in who.part("project-select").inner_text():
        who.part("project-select").click()
        who.part("project-item").filter(has_text="Hippocampi").click()
    expect(who.part("readings")).to_be_visible(timeout=30_000)
    who.wait_ready()


def paint(who: Workspace, outline: list[tuple[float, float]]) -> None:
    who.go_to(SLICE)
    who.part("tool-lasso").click()
    who.draw(outline)
    who.wait_saved()


def finish(who: Workspace) -> None:
    """One slice is painted; what the others count as is asked."""
    who.part("reading-finish").click()
    expect(who.part("confirm-dialog")).to_contain_text("slices are neither painted nor predicted")
    who.part("confirm").click()


def status(who: Workspace, volume_id: str) -> int:
    """What the HTTP API answers to this person."""
    return who.page.request.get(f"{who.url}/api/volumes/{volume_id}/annotations").status


def compare_and_merge(owner: Workspace, scan: str) -> None:
    """Where the two differ, side by side, then the majority; on the volume that was read."""
    owner.part("readings-compare").click()
    expect(owner.part("first-run")).to_contain_text("Ada Lovelace 1")
    expect(owner.part("slice-index")).to_have_value(str(SLICE + 1))
    assert owner.state["volumeId"] == scan
    owner.part("comparison-beside").click()
    expect(owner.part("pane-beside")).to_contain_text("Grace 2")
    expect(owner.part(f"pane-{owner.state['mainPane']}")).to_contain_text("Ada Lovelace 1")
    owner.part("take-reading").filter(has_text="Grace 2").click()
    expect(owner.part("toast-success").filter(has_text="Merged: 1 slice painted")).to_be_visible()
    owner.page.keyboard.press("Control+z")  # taken by hand, and back
    owner.page.keyboard.press("Escape")
    merges: list[Route] = []
    owner.page.route("**/merge", lambda route: merges.append(route))
    button = owner.part("readings-merge")
    button.press("Enter")
    owner.part("merge-majority").press("Enter")
    expect(button).to_have_text("Merging\u2026")
    expect(button).to_be_disabled()
    expect(button).to_be_focused()
    merges.pop().continue_()
    owner.page.unroute("**/merge")
    expect(button).to_have_text("Merge\u2026")
    expect(owner.part("toast-success").filter(has_text="Merged: 1 slice painted")).to_be_visible()
