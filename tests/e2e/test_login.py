"""People log in: by an invitation, by the form, and again after their session ended while they painted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.schemas.enums import AccountRole
from backend.services.accounts import Accounts
from tests.e2e.conftest import running_app
from tests.e2e.logins import PASSWORD, SQUARE, accounts_of, log_in_again, type_password
from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory, embeddings_folder: Path) -> Iterator[AppServer]:
    with running_app(tmp_path_factory.mktemp("hospital"), embeddings_folder, "--auth") as server:
        yield server


@pytest.fixture
def accounts(hospital: AppServer) -> Iterator[Accounts]:
    with accounts_of(hospital) as accounts:
        yield accounts


def log_in(page: Page, password: str = PASSWORD) -> None:
    type_password(page, "Ada Lovelace", password)


def covered(workspace: Workspace, testid: str, selector: str) -> bool:
    """Whether an element lies over another one."""
    above, below = workspace.part(testid).bounding_box(), workspace.page.locator(selector).bounding_box()
    assert above is not None and below is not None
    return all(
        above[at] < below[at] + below[size] and below[at] < above[at] + above[size]
        for at, size in (("x", "width"), ("y", "height"))
    )


def enter(workspace: Workspace) -> None:
    """Logging in leads to Gradio's page with the workspace in a frame; go on in its own document."""
    workspace.page.wait_for_selector("iframe.workspace")
    workspace.open()


def test_a_person_is_invited_logs_out_and_in_and_is_logged_out_while_painting(
    page: Page, hospital: AppServer, accounts: Accounts
) -> None:
    token = accounts.add("Ada Lovelace", AccountRole.ANNOTATOR)
    page.goto(f"{hospital.url}/invite#{token}/Ada%20Lovelace")
    expect(page.get_by_test_id("invite-name")).to_have_value("Ada Lovelace")
    page.get_by_test_id("invite-password").fill(PASSWORD)
    page.get_by_test_id("invite-submit").click()
    workspace = Workspace(page, hospital.url)
    enter(workspace)
    expect(workspace.part("account-button")).to_contain_text("Ada Lovelace")
    workspace.part("account-button").click()
    workspace.part("log-out").click()

    expect(page.get_by_test_id("login-form")).to_be_visible()
    log_in(page, "not the password")
    expect(page.get_by_test_id("login-error")).to_contain_text("do not belong together")
    log_in(page)
    enter(workspace)
    workspace.add_label("square")
    workspace.part("tool-lasso").click()
    assert accounts.end_sessions("ada lovelace") == 1
    index = workspace.state["slice"]
    workspace.draw(SQUARE)
    expect(workspace.part("logged-out")).to_be_visible()
    for width, height in ((1024, 768), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        assert not covered(workspace, "logged-out", "main.work")
    log_in_again(workspace, log_in, index)

    page.goto(f"{hospital.url}/account")
    expect(page.get_by_test_id("account-name")).to_have_text("Ada Lovelace")


def test_a_link_that_was_used_asks_for_no_password(
    page: Page, hospital: AppServer, accounts: Accounts
) -> None:
    token = accounts.add("Grace Hopper", AccountRole.ANNOTATOR)
    page.goto(f"{hospital.url}/invite#{token}/Grace%20Hopper")
    expect(page.get_by_test_id("invite-password")).to_be_focused()
    accounts.invite("Grace Hopper")  # which ends the first link
    page.reload()
    expect(page.get_by_test_id("invite-broken")).to_contain_text("used already, or is too old")
    expect(page.get_by_test_id("invite-form")).to_be_hidden()
    page.get_by_test_id("invite-to-login").click()
    expect(page.get_by_test_id("login-form")).to_be_visible()
