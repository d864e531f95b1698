"""What tests of people who log in share: the accounts of a server, and typing a password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from backend.config import Config
from backend.services.accounts import Accounts
from backend.services.passwords import Passwords
from storage.database import Database
from tests.e2e.server import AppServer
from tests.e2e.workspace import Workspace

PASSWORD = "four words in a row"
SQUARE = [(8.5, 8.5), (20.5, 8.5), (20.5, 20.5), (8.5, 20.5), (8.5, 8.5)]


@contextmanager
def accounts_of(server: AppServer) -> Iterator[Accounts]:
    """The accounts of a running server, as ``fewshot-sam users`` changes them."""
    database = Database(Config.for_home(server.home).database_url)
    yield Accounts(database, Passwords())
    database.close()


def type_password(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill in the login's form and send it."""
    page.get_by_test_id("login-name").fill(name)
    page.get_by_test_id("login-password").fill(password)
    page.get_by_test_id("login-submit").click(timeout=60_000)  # a password is slow to check by design


def log_in_again(workspace: Workspace, log_in: Callable[[Page], None], index: int) -> None:
    """Log in again from a page that was logged out; what was painted on the slice meanwhile is saved then."""
    workspace.wait_offline()
    with workspace.page.context.expect_page() as opened:
        workspace.part("log-in-again").click()
    log_in(opened.value)
    expect(workspace.part("logged-out")).to_be_hidden(timeout=30_000)
    workspace.wait_saved()
    assert workspace.server_slices()[index].any()
