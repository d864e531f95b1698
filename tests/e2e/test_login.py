"""People log in: by an invitation, by the form, and again after their session ended while they painted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.config import Config
from backend.schemas.enums import AccountRole
from backend.services.accounts import Accounts
from backend.services.passwords import Passwords
from storage.database import Database
from tests.conftest import share_encoder
from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace

PASSWORD = "four words in a row"
SQUARE = [(8.5, 8.5), (20.5, 8.5), (20.5, 20.5), (8.5, 20.5), (8.5, 8.5)]


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory, embeddings_folder: Path) -> Iterator[AppServer]:
    home = tmp_path_factory.mktemp("hospital") / "home"
    share_encoder(home, embeddings_folder)
    server = AppServer(home, "--auth")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def accounts(hospital: AppServer) -> Iterator[Accounts]:
    database = Database(Config.for_home(hospital.home).database_url)
    yield Accounts(database, Passwords())
    database.close()


def log_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_test_id("login-name").fill("Ada Lovelace")
    page.get_by_test_id("login-password").fill(password)
    page.get_by_test_id("login-submit").click(timeout=60_000)  # a password is slow to check by design


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
    workspace.wait_offline()
    with page.context.expect_page() as opened:
        workspace.part("log-in-again").click()
    log_in(opened.value)
    expect(workspace.part("logged-out")).to_be_hidden(timeout=30_000)
    workspace.wait_saved()
    assert workspace.server_slices()[index].any()

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
