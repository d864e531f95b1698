"""People log in with the hospital's own login: the button, the provider's page, back, and painting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.backend.oidc.loopback import CLIENT, NAME, SECRET, LoopbackProvider
from tests.e2e.conftest import running_app
from tests.e2e.logins import SQUARE, accounts_of, log_in_again
from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace


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
    environment = {
        "FEWSHOT_SAM_OIDC_ISSUER": provider.issuer,
        "FEWSHOT_SAM_OIDC_CLIENT_ID": CLIENT,
        "FEWSHOT_SAM_OIDC_CLIENT_SECRET": SECRET,
        "FEWSHOT_SAM_OIDC_NAME": NAME,
    }
    folder = tmp_path_factory.mktemp("hospital")
    with running_app(folder, embeddings_folder, "--auth", **environment) as server:
        yield server


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
    with accounts_of(hospital) as accounts:
        assert accounts.end_sessions("ada") == 1
    index = workspace.state["slice"]
    workspace.draw(SQUARE)
    expect(workspace.part("logged-out")).to_be_visible()
    log_in_again(workspace, log_in, index)

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
