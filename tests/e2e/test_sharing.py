"""Two people and a project: shared to look at, then to paint in, then taken back; or offered and accepted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.schemas.enums import AccountRole
from tests.e2e.conftest import ACTION_TIMEOUT_MS, running_app
from tests.e2e.logins import PASSWORD, accounts_of, type_password
from tests.e2e.server import AppServer
from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

SLICE = 10
PEOPLE = {"Ada Lovelace": AccountRole.ANNOTATOR, "Grace": AccountRole.ANNOTATOR, "Vera": AccountRole.REVIEWER}


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory, embeddings_folder: Path) -> Iterator[AppServer]:
    with running_app(tmp_path_factory.mktemp("hospital"), embeddings_folder, "--auth") as server:
        with accounts_of(server) as accounts:
            for name, role in PEOPLE.items():
                accounts.add(name, role, PASSWORD)
        yield server


def log_in(page: Page, hospital: AppServer, name: str) -> Workspace:
    """The workspace of a person, which may show no volume yet."""
    page.goto(f"{hospital.url}/login")
    type_password(page, name)
    page.wait_for_selector("iframe.workspace")
    workspace = Workspace(page, hospital.url)
    page.goto(f"{hospital.url}/workspace")
    expect(workspace.part("account-button")).to_contain_text(name, timeout=60_000)
    return workspace


@pytest.fixture
def ada(page: Page, hospital: AppServer, data_dir: Path) -> Workspace:
    """Ada with a scan that she painted a slice of."""
    workspace = log_in(page, hospital, "Ada Lovelace")
    workspace.wait_ready()  # the demo opens first
    workspace.new_project("Hippocampi")
    workspace.upload(data_dir / "hippocampus" / "images" / "hippocampus_004.nii.gz")
    workspace.add_label("anterior")
    workspace.go_to(SLICE)
    workspace.part("tool-lasso").click()
    workspace.draw(square(5, 12))
    workspace.wait_saved()
    return workspace


@pytest.fixture
def other_page(browser: Browser) -> Iterator[Page]:
    """A page of somebody else's browser."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(4 * ACTION_TIMEOUT_MS)  # two browsers draw at once
    yield context.new_page()
    context.close()


def square(low: int, high: int) -> list[tuple[float, float]]:
    a, b = low - 0.5, high - 0.5
    return [(a, a), (b, a), (b, b), (a, b), (a, a)]


def share(ada: Workspace, name: str, role: str) -> None:
    ada.part("project-select").click()
    ada.part("share-project").click()
    ada.part("member-name").fill(name)
    ada.part("member-role").select_option(role)
    ada.part("member-add").click()
    row = ada.part("member-row").filter(has_text=name)
    expect(row.get_by_test_id("member-row-role")).to_have_value(role)
    ada.page.keyboard.press("Escape")


def open_shared(workspace: Workspace, volume_id: str) -> None:
    """Find the project in the list and open it, if the page has not opened it by itself."""
    workspace.reload()
    workspace.part("project-select").click()
    item = workspace.part("project-item").filter(has_text="Hippocampi")
    expect(item).to_contain_text("Ada Lovelace")
    if workspace.state["volumeId"] == volume_id:
        workspace.page.keyboard.press("Escape")
    else:
        item.click()
    workspace.page.wait_for_function(
        "id => window.fewshotSam.ready && window.fewshotSam.state.volumeId === id", arg=volume_id
    )
    workspace.go_to(SLICE)


def expect_no_tools(workspace: Workspace, told: str) -> None:
    """What is painted is seen, and neither mouse nor keys change it."""
    expect(workspace.part("look-only")).to_contain_text(told)
    for part in (
        "tool-brush",
        "tool-lasso",
        "tool-box",
        "propagate",
        "add-label",
        "add-volume",
        "mark-empty",
        "undo",
    ):
        expect(workspace.part(part)).to_be_hidden()
    before = workspace.screen_slices()
    assert (before[SLICE] > 0).sum() == 49
    for key in ("b", "n", "Delete", "u", "Control+Enter"):
        workspace.page.keyboard.press(key)
    workspace.draw(square(15, 20))
    assert workspace.state["tool"] == "navigate"
    assert {index: after.tolist() for index, after in workspace.screen_slices().items()} == {
        index: shown.tolist() for index, shown in before.items()
    }
    expect(workspace.part("save-status")).to_have_attribute("data-state", "saved")


def test_a_project_is_shared_to_look_at_then_to_paint_in_then_taken_back(
    ada: Workspace, other_page: Page, hospital: AppServer
) -> None:
    grace = log_in(other_page, hospital, "Grace")
    share(ada, "grace", "reviewer")
    grace.part("project-select").click()
    expect(grace.page.get_by_text("Ada Lovelace shared Hippocampi with you.")).to_be_visible()
    expect(grace.part("project-item").filter(has_text="Hippocampi")).to_be_visible()
    grace.page.keyboard.press("Escape")
    open_shared(grace, ada.state["volumeId"])
    expect_no_tools(grace, "You can look at this project and review it; Ada Lovelace shared it with you.")

    share(ada, "grace", "annotator")
    look_again(grace)
    expect(grace.page.get_by_text("Ada Lovelace lets you paint in this project now.")).to_be_visible()
    expect(grace.part("look-only")).to_be_hidden()
    grace.go_to(SLICE)
    grace.part("tool-lasso").click()
    grace.draw(square(15, 20))
    both = f"window.fewshotSam.sliceLabels({SLICE}).filter((value) => value).length === 49 + 25"
    grace.page.wait_for_function(both)
    grace.wait_saved()
    look_again(ada)
    ada.page.wait_for_function(both, timeout=OPEN_TIMEOUT_MS)

    ada.part("project-select").click()
    ada.part("share-project").click()
    ada.part("member-remove").click()
    expect(ada.part("member-row")).to_have_count(0)
    ada.page.keyboard.press("Escape")
    grace.draw(square(22, 26))
    expect(
        grace.page.get_by_text("Ada Lovelace does not share Hippocampi with you any more.")
    ).to_be_visible()
    expect(grace.part("project-select")).not_to_contain_text("Hippocampi")
    kept = "Object.keys(localStorage).filter((name) => name.startsWith('fewshot-sam:unsaved:')).length"
    assert grace.page.evaluate(kept) == 1
    expect(grace.part("save-status")).to_contain_text("1 slice not saved, kept in this browser")


@pytest.mark.thorough
def test_a_reviewers_account_looks_and_has_no_tools(
    ada: Workspace, other_page: Page, hospital: AppServer
) -> None:
    vera = log_in(other_page, hospital, "Vera")
    expect(vera.part("nothing-to-look-at")).to_be_visible()
    vera.part("project-select").click()
    expect(vera.part("new-project")).to_have_count(0)
    share(ada, "Vera", "reviewer")
    open_shared(vera, ada.state["volumeId"])
    expect_no_tools(vera, "You are a reviewer here")


def offer_to_grace(ada: Workspace, stay: str) -> None:
    ada.part("project-select").click()
    ada.part("share-project").click()
    ada.part("member-name").fill("grace")
    ada.part("give-away").click()
    ada.part(f"stay-{stay}").click()
    ada.part("offer-ok").click()
    expect(ada.part("pending-offer")).to_contain_text("Offered to Grace, who has not answered yet.")


def look_again(workspace: Workspace) -> None:
    """The person comes back to the window."""
    workspace.page.evaluate("for (const event of ['blur', 'focus']) dispatchEvent(new Event(event))")


@pytest.mark.thorough
def test_a_project_is_given_to_who_accepts_it(ada: Workspace, other_page: Page, hospital: AppServer) -> None:
    grace = log_in(other_page, hospital, "Grace")
    told = grace.page.get_by_text("Ada Lovelace offers you Hippocampi. Accept or decline")
    offer_to_grace(ada, "paint")
    look_again(grace)
    expect(told).to_be_visible()
    ada.part("take-back").click()
    expect(ada.part("pending-offer")).to_be_hidden()
    ada.page.keyboard.press("Escape")
    look_again(grace)
    expect(told).to_be_hidden()

    offer_to_grace(ada, "paint")
    ada.page.keyboard.press("Escape")
    grace.part("project-select").click()
    grace.part("offer-decline").click()
    expect(told).to_be_hidden()

    offer_to_grace(ada, "look")
    expect(ada.part("pending-offer")).to_contain_text("Once it is accepted, you can still look at it.")
    ada.page.keyboard.press("Escape")
    grace.reload()  # who was away is told at the next start
    expect(told).to_be_visible()
    grace.part("project-select").click()
    expect(grace.part("project-item").filter(has_text="Hippocampi")).to_have_count(0)
    grace.part("offer-accept").click()
    expect(grace.page.get_by_text("Hippocampi is yours now.")).to_be_visible()
    expect(grace.part("project-select")).to_contain_text("Hippocampi")
    look_again(ada)
    expect(ada.page.get_by_text("Grace owns Hippocampi now.")).to_be_visible()
    expect(ada.part("look-only")).to_contain_text(
        "You can look at this project and review it; Grace shared it with you."
    )
