"""Accounts as an administrator manages them: made, invited, given a role, disabled.

Used by ``fewshot-sam users`` beside a running server; what it changes counts from the next request on.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.errors import ConflictError, InvalidRequestError, NotFoundError
from backend.look_alikes import JOINERS, is_unseen, mixes_alphabets
from backend.names import clean_name
from backend.queries.accounts import (
    account_like,
    account_named,
    all_accounts,
    bindings_of,
    bound_account,
    name_key,
    sessions_of,
)
from backend.queries.owners import LOCAL_OWNER
from backend.schemas.enums import AccountRole
from backend.services.ownership import give, require_receiver
from backend.services.passwords import Passwords
from storage.accounts import AccountRow, BindingRow, InvitationRow, ProjectOfferRow, SessionRow
from storage.database import Database
from storage.deleted import WITH_DELETED
from storage.models import OwnerRow, ProjectRow, utc_now

MAX_ACCOUNT_NAME, MAX_NAME_KEY = 100, 400
MAX_ISSUER, MAX_SUBJECT = 500, 255
INVITATION_LIFETIME = timedelta(hours=72)


@dataclass(frozen=True)
class AccountFacts:
    """What a list says of an account.

    Attributes:
        invited: nobody can log in to it yet: it has no password, and is bound to nobody.
        bindings: issuer and subject of who its person is at a login provider.
    """

    name: str
    role: AccountRole
    disabled: bool
    invited: bool
    sessions: int
    created_at: datetime
    bindings: tuple[tuple[str, str], ...] = ()


class Accounts:
    """Make and change accounts."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    def list_all(self) -> list[AccountFacts]:
        """All accounts by name."""
        with self._database.read() as session:
            return [_facts(session, row) for row in all_accounts(session)]

    def add(self, name: str, role: AccountRole, password: str | None = None) -> str | None:
        """Make an account.

        Args:
            password: None to have the person choose one.

        Returns:
            The token of an invitation, or None where there is a password.

        Raises:
            ConflictError: there is one of this name, or of one that looks the same.
            InvalidRequestError: name or password must be another.
        """
        _require_seen(name)
        cleaned = clean_name(name, "account")
        if len(cleaned) > MAX_ACCOUNT_NAME:
            raise InvalidRequestError(
                f"The account's name must have at most {MAX_ACCOUNT_NAME} characters, got {len(cleaned)}."
            )
        if len(name_key(cleaned)) > MAX_NAME_KEY:
            raise InvalidRequestError(
                "The account's name holds signs that stand for many letters. Spell it out."
            )
        stored = None if password is None else self._passwords.hash(password, cleaned)
        with self._database.write() as session:
            _require_free(session, cleaned)
            row = AccountRow(name=cleaned, name_key=name_key(cleaned), role=role, password_hash=stored)
            session.add(row)
            session.flush()
            return None if stored else _invite(session, row)

    def invite(self, name: str) -> str:
        """A new invitation; earlier ones end, a password there is stays until it is taken."""
        with self._database.write() as session:
            return _invite(session, _require(session, name))

    def reset(self, name: str, password: str | None = None) -> str | None:
        """Take the password away and end all sessions.

        Returns:
            The token of an invitation, or None where the new password is given.
        """
        stored = None if password is None else self._passwords.hash(password, name)
        with self._database.write() as session:
            row = _require(session, name)
            row.password_hash = stored
            end_sessions(session, row.id)
            _end_invitations(session, row.id)
            return None if stored else _invite(session, row)

    def set_role(self, name: str, role: AccountRole) -> None:
        """Give the account another role."""
        with self._database.write() as session:
            _require(session, name).role = role

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Close the account, ending its sessions, invitations and what it is offered, or open it again."""
        with self._database.write() as session:
            row = _require(session, name)
            row.disabled = disabled
            if disabled:
                end_sessions(session, row.id)
                _end_invitations(session, row.id)
                session.execute(delete(ProjectOfferRow).where(ProjectOfferRow.receiver == row.id))

    def bind(self, name: str, issuer: str, subject: str) -> None:
        """Let who has that subject at that login provider log in to the account.

        Raises:
            ConflictError: that person is bound to an account.
            InvalidRequestError: issuer or subject is empty or too long.
        """
        for text, noun, most in ((issuer, "issuer", MAX_ISSUER), (subject, "subject", MAX_SUBJECT)):
            if not 1 <= len(text) <= most:
                raise InvalidRequestError(f"The {noun} must have 1 to {most} characters, got {len(text)}.")
        with self._database.write() as session:
            account, other = _require(session, name), bound_account(session, issuer, subject)
            if other is not None:
                raise ConflictError(f"This person is bound to the account '{other.name}' already.")
            session.add(BindingRow(issuer=issuer, subject=subject, account_id=account.id))

    def unbind(self, name: str) -> int:
        """End all that :meth:`bind` did, and the account's sessions; how many bindings there were."""
        with self._database.write() as session:
            account = _require(session, name)
            found = bindings_of(session, account.id)
            for row in found:
                session.delete(row)
            if found:
                end_sessions(session, account.id)
            return len(found)

    def adopt(self, name: str) -> int:
        """Give the account the projects of the one person who used the folder without a login; how many."""
        with self._database.write() as session:
            account = _require(session, name)
            found = _projects_of(session, LOCAL_OWNER)
            if found and session.get(OwnerRow, account.id) is None:  # the demo is among them
                session.add(OwnerRow(id=account.id, demo_created=True, last_seen_at=utc_now()))
            for project in found:
                give(session, project, account)
            return len(found)

    def hand_over(self, name: str, receiver: str) -> int:
        """Give all projects of a person who leaves to another one; how many. Quotas do not hold here.

        Raises:
            NotFoundError: there is no account of the first name.
            UserError: there is none of the second, or it is disabled or a reviewer's.
        """
        with self._database.write() as session:
            leaving, account = _require(session, name), require_receiver(session, receiver)
            if leaving.id == account.id:
                raise ConflictError("Both names are the same account's. Name another person to give to.")
            found = _projects_of(session, leaving.id)
            for project in found:
                give(session, project, account)
            return len(found)

    def sessions(self, name: str) -> list[SessionRow]:
        """Where the person is logged in."""
        with self._database.read() as session:
            return sessions_of(session, _require(session, name).id)

    def end_sessions(self, name: str) -> int:
        """Log the person out everywhere; in how many browsers."""
        with self._database.write() as session:
            return end_sessions(session, _require(session, name).id)


def token_hash(token: str) -> str:
    """What the database holds of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def end_sessions(session: Session, account_id: str, but: str | None = None) -> int:
    """Delete the account's sessions; how many there were.

    Args:
        but: the hash of the token of one that goes on.
    """
    found = [row for row in sessions_of(session, account_id) if row.token_hash != but]
    for row in found:
        session.delete(row)
    return len(found)


def _projects_of(session: Session, owner: str) -> list[ProjectRow]:
    """All projects of an owner, those that are deleted and can be restored too."""
    query = select(ProjectRow).where(ProjectRow.owner == owner)
    return list(session.scalars(query, execution_options=WITH_DELETED))


def _invite(session: Session, account: AccountRow) -> str:
    if account.disabled:
        raise ConflictError(f"The account '{account.name}' is disabled. Enable it first.")
    _end_invitations(session, account.id)
    token = secrets.token_urlsafe(32)
    until = utc_now() + INVITATION_LIFETIME
    session.add(InvitationRow(token_hash=token_hash(token), account_id=account.id, expires_at=until))
    return token


def _end_invitations(session: Session, account_id: str) -> None:
    session.execute(delete(InvitationRow).where(InvitationRow.account_id == account_id))


def _require(session: Session, name: str) -> AccountRow:
    row = account_named(session, name)
    if row is None:
        raise NotFoundError(f"There is no account called '{name[:MAX_ACCOUNT_NAME]}'.")
    return row


def _require_seen(name: str) -> None:
    """Raise InvalidRequestError for a name that does not look as it is spelt."""
    unseen = next((each for each in name.strip() if is_unseen(each) and each not in JOINERS), None)
    if unseen is not None:
        raise InvalidRequestError(
            f"The account's name holds a character that is not seen (U+{ord(unseen):04X}). "
            "Type the name without it."
        )
    if mixes_alphabets(name):
        raise InvalidRequestError(
            "A word of the account's name mixes letters of several alphabets, which look alike. "
            "Type each word in one alphabet."
        )


def _require_free(session: Session, name: str) -> None:
    other = account_like(session, name)
    if other is None:
        return
    if other.name_key == name_key(name):
        raise ConflictError(f"There is an account called '{name}' already. Choose another name.")
    raise ConflictError(f"The name looks like that of the account '{other.name}'. Choose another name.")


def _facts(session: Session, row: AccountRow) -> AccountFacts:
    bindings = tuple((each.issuer, each.subject) for each in bindings_of(session, row.id))
    return AccountFacts(
        row.name,
        AccountRole(row.role),
        row.disabled,
        row.password_hash is None and not bindings,
        len(sessions_of(session, row.id)),
        row.created_at,
        bindings,
    )
