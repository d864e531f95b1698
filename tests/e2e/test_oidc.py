"""People log in with the hospital's own login: the button, the provider's page, back, and painting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.config import Config
from backend.services.accounts import Accounts
from backend.services.passwords import Passwords
from storage.database import Database
from tests.backend.oidc.loopback import CLIENT, NAME, SECRET, LoopbackProvider
from tests.conftest import share_encoder
from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace

SQUARE = [(8.5, 8.5), (20.5, 8.5), (20.5, 20.5), (8.5, 20.5), (8.5, 8.5)]


@pytest.fixture(scope="module")
def provider() -> Iterator[LoopbackProvider]:
    provider = LoopbackProvider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def hospital(
    tmp_path_factory: pytest.TempPathFactory, embeddings_folder: Path, provider: LoopbackProvider
) -> Iterator[AppServer]:
    home = tmp_path_factory.mktemp("hospital") / "home"
    share_encoder(home, embeddings_folder)
    server = AppServer(
        home,
        "--auth",
        FEWSHOT_SAM_OIDC_ISSUER=provider.issuer,
        FEWSHOT_SAM_OIDC_CLIENT_ID=CLIENT,
        FEWSHOT_SAM_OIDC_CLIENT_SECRET=SECRET,
        FEWSHOT_SAM_OIDC_NAME=NAME,
    )
    server.start()
    yield server
    server.stop()


def log_in(page: Page) -> None:
    """From the login document to the provider's page, and on."""
    page.get_by_test_id("provider-begin").click()
    page.get_by_role("link", name="Log in as Ada").click()


def test_a_person_comes_back_from_the_hospitals_login_and_paints(page: Page, hospital: AppServer) -> None:
    page.goto(hospital.url)
    expect(page.get_by_test_id("provider-begin")).to_have_text(NAME)
    log_in(page)
    page.wait_for_selector("iframe.workspace")
    workspace = Workspace(page, hospital.url)
    workspace.open()
    expect(workspace.part("account-button")).to_contain_text("ada")
    workspace.add_label("square")
    workspace.part("tool-lasso").click()
    database = Database(Config.for_home(hospital.home).database_url)
    assert Accounts(database, Passwords()).end_sessions("ada") == 1
    database.close()
    index = workspace.state["slice"]
    workspace.draw(SQUARE)
    expect(workspace.part("logged-out")).to_be_visible()
    workspace.wait_offline()
    with page.context.expect_page() as opened:
        workspace.part("log-in-again").click()
    log_in(opened.value)
    expect(workspace.part("logged-out")).to_be_hidden(timeout=30_000)
    workspace.wait_saved()
    assert workspace.server_slices()[index].any()

    workspace.part("account-button").click()
    workspace.part("log-out").click()
    page.get_by_test_id("provider-leave").click()
    expect(page.get_by_role("heading")).to_have_text("Logged out of St. Mary")


def test_a_login_that_did_not_work_is_told_without_a_trace_in_the_address(
    page: Page, hospital: AppServer
) -> None:
    page.goto(f"{hospital.url}/oidc-callback?code=x&state=y")
    expect(page.get_by_test_id("provider-error")).to_contain_text("begun in another browser")
    expect(page).to_have_url(f"{hospital.url}/login")
