"""A server on which people log in, for tests: passwords are hashed in no time."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from backend.config import Config
from backend.queries.accounts import account_named
from backend.schemas.enums import AccountRole
from backend.services import Services, build_services
from backend.services.accounts import Accounts
from backend.services.logins import Logins
from backend.services.passwords import Passwords
from tests.backend.clients import make_client

PASSWORD = "four words in a row"
FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def services_with_logins(config: Config) -> Services:
    """Services of a server that was started with --auth."""
    chosen = dataclasses.replace(config, auth=True, multi_user=True)
    services = build_services(chosen)
    logins = Logins(services.database, chosen, Passwords(FAST))
    return dataclasses.replace(services, logins=logins)


def accounts_of(services: Services) -> Accounts:
    return Accounts(services.database, Passwords(FAST))


def account_id(services: Services, name: str) -> str:
    """The id of the account of a name."""
    with services.database.read() as session:
        account = account_named(session, name)
    assert account is not None
    return account.id


def stranger(services: Services, tmp_path: Path) -> TestClient:
    """Nobody who is logged in. Redirects are told, not followed."""
    client = make_client(services, tmp_path)
    client.follow_redirects = False
    return client


def person(
    services: Services, tmp_path: Path, name: str, role: AccountRole = AccountRole.ANNOTATOR
) -> TestClient:
    """Somebody who is logged in with a new account."""
    accounts_of(services).add(name, role, PASSWORD)
    client = stranger(services, tmp_path)
    assert log_in(client, name) == 201
    return client


def log_in(client: TestClient, name: str, password: str = PASSWORD) -> int:
    """Log in; the answer's status."""
    return client.post("/api/session", json={"name": name, "password": password}).status_code
