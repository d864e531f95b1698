"""Accounts: names, passwords, invitations, and what ends when one is closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError, NotFoundError
from backend.queries.accounts import account_named
from backend.queries.owners import LOCAL_OWNER
from backend.schemas.enums import AccountRole
from backend.services import Services
from backend.services.accounts import Accounts, token_hash
from backend.services.passwords import Passwords
from storage.accounts import AccountRow, InvitationRow, SessionRow
from storage.models import utc_now
from tests.backend.accounts_helpers import FAST, PASSWORD


@pytest.fixture
def accounts(services: Services) -> Accounts:
    return Accounts(services.database, Passwords(FAST))


def account(services: Services, name: str = "Ada") -> AccountRow:
    with services.database.read() as session:
        row = account_named(session, name)
    assert row is not None
    return row


def invitations(services: Services) -> list[InvitationRow]:
    with services.database.read() as session:
        return list(session.scalars(select(InvitationRow)))


def test_an_account_has_a_password_or_an_invitation(services: Services, accounts: Accounts) -> None:
    token = accounts.add("Ada", AccountRole.ADMIN)
    assert token is not None
    (invitation,) = invitations(services)
    assert invitation.token_hash == token_hash(token) != token
    assert timedelta(hours=71) < invitation.expires_at - utc_now() <= timedelta(hours=72)
    assert accounts.add("Grace", AccountRole.ANNOTATOR, PASSWORD) is None
    listed = [(each.name, each.role, each.invited) for each in accounts.list_all()]
    assert listed == [("Ada", "admin", True), ("Grace", "annotator", False)]
    assert PASSWORD not in str(account(services, "Grace").password_hash)


@pytest.mark.parametrize("again", ["Ada", " ADA ", "\uff21da", "ad\u0430"[:2] + "a"])
def test_a_name_is_taken_however_it_is_written(accounts: Accounts, again: str) -> None:
    accounts.add("Ada", AccountRole.ANNOTATOR)
    with pytest.raises(ConflictError, match="There is an account called"):
        accounts.add(again, AccountRole.ANNOTATOR)
    assert accounts.invite(again.strip())


def test_names_and_accounts_that_cannot_be(accounts: Accounts) -> None:
    with pytest.raises(InvalidRequestError, match="must not be empty"):
        accounts.add(" \n", AccountRole.ANNOTATOR)
    with pytest.raises(InvalidRequestError, match="at most 100 characters, got 101"):
        accounts.add("a" * 101, AccountRole.ANNOTATOR)
    with pytest.raises(InvalidRequestError, match="stand for many letters"):
        accounts.add("\ufdfa" * 50, AccountRole.ANNOTATOR)
    for act in (accounts.invite, accounts.reset, accounts.sessions, accounts.end_sessions):
        with pytest.raises(NotFoundError, match="There is no account called 'Nobody'"):
            act("Nobody")


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "must have 12 to 200 characters, got 5"),
        ("x" * 201, "must have 12 to 200 characters, got 201"),
        ("Ada Lovelace King", "must not be your name"),
        ("ADA LOVELACE KING", "must not be your name"),
        ("half a pair \ud800", "must be text in UTF-8"),
    ],
)
def test_passwords_that_cannot_be(accounts: Accounts, password: str, sentence: str) -> None:
    with pytest.raises(InvalidRequestError, match=sentence):
        accounts.add("Ada Lovelace King", AccountRole.ANNOTATOR, password)


def test_a_closed_account_has_no_sessions_and_no_invitation(services: Services, accounts: Accounts) -> None:
    accounts.add("Ada", AccountRole.ANNOTATOR)
    with services.database.write() as session:
        owner = account(services).id
        session.add(SessionRow(token_hash="0" * 64, account_id=owner, expires_at=utc_now()))
    assert len(accounts.sessions("ada")) == 1
    accounts.set_disabled("ada", True)
    assert (accounts.sessions("ada"), invitations(services)) == ([], [])
    with pytest.raises(ConflictError, match="is disabled"):
        accounts.invite("ada")
    accounts.set_disabled("ada", False)
    accounts.set_role("ada", AccountRole.REVIEWER)
    assert [(each.disabled, each.role) for each in accounts.list_all()] == [(False, "reviewer")]


def test_a_reset_takes_the_password_and_the_sessions(services: Services, accounts: Accounts) -> None:
    accounts.add("Ada", AccountRole.ANNOTATOR, PASSWORD)
    with services.database.write() as session:
        owner = account(services).id
        session.add(SessionRow(token_hash="0" * 64, account_id=owner, expires_at=utc_now()))
    first, second = accounts.reset("Ada"), accounts.invite("Ada")
    assert first and second and first != second
    assert [each.token_hash for each in invitations(services)] == [token_hash(second)]
    assert (account(services).password_hash, accounts.sessions("Ada")) == (None, [])
    assert accounts.reset("Ada", PASSWORD) is None
    assert invitations(services) == []


def test_an_account_adopts_what_was_painted_without_logins(services: Services, accounts: Accounts) -> None:
    services.workspaces.open(Asker(LOCAL_OWNER))
    project = services.projects.create(Asker(LOCAL_OWNER), "Livers").id
    accounts.add("Ada", AccountRole.ANNOTATOR)
    assert (accounts.adopt("Ada"), accounts.adopt("Ada")) == (2, 0)
    owner = account(services).id
    assert [each.id for each in services.workspaces.open(Asker(owner))][1:] == [project]
    assert services.projects.list_all(Asker(LOCAL_OWNER)) == []


def test_a_password_matches_itself_alone_and_nothing_matches_none() -> None:
    passwords = Passwords(FAST)
    stored = passwords.hash("Caf\u00e9 au lait, please", "Ada")
    assert passwords.matches(stored, "Cafe\u0301 au lait, please")  # the same letters, composed otherwise
    assert not passwords.matches(stored, "Cafe au lait, please")
    for password in ("", PASSWORD, "\ud800"):
        assert not passwords.matches(None, password)
    assert not passwords.matches("not a hash", PASSWORD)


def test_a_wrong_name_costs_what_a_wrong_password_does() -> None:
    """The decoy is a hash with the settings of all others, which the library really computes."""
    passwords = Passwords()
    stored = passwords.hash(PASSWORD, "Ada")
    assert stored.split("$")[:4] == passwords._decoy.split("$")[:4]
    assert [len(part) for part in stored.split("$")] == [len(part) for part in passwords._decoy.split("$")]
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(passwords._decoy, PASSWORD)


def test_a_hash_with_other_settings_is_outdated() -> None:
    stored = Passwords(FAST).hash(PASSWORD, "Ada")
    assert not Passwords(FAST).is_outdated(stored)
    later = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert later.is_outdated(stored)
    assert later.matches(stored, PASSWORD)
    assert not later.is_outdated(later.renewed(PASSWORD))
