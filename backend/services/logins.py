"""Logging in and out, and who it is that asks."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.config import Config
from backend.errors import ConflictError, LoginRequiredError
from backend.queries.accounts import account_named, all_accounts, name_key, sessions_of
from backend.schemas.enums import AccountRole
from backend.schemas.logins import SessionAnswer
from backend.services.accounts import MAX_NAME_KEY, end_sessions, token_hash
from backend.services.login_attempts import LoginAttempts
from backend.services.passwords import Passwords, require_acceptable
from fewshot_sam.errors import UserError
from storage.accounts import AccountRow, InvitationRow, SessionRow
from storage.database import Database
from storage.models import utc_now

MAX_SESSIONS = 50  # of one account; the one used least recently ends
SEEN_EVERY = timedelta(hours=1)  # a session's row is not written more often
WRONG = "Name and password do not belong together. Check both, then try again."
USED_UP = "This link was used already, or is too old. Ask for another one."


@dataclass(frozen=True)
class LoggedIn:
    """Who asks.

    Attributes:
        account_id: the owner of the person's projects.
        session: what is stored of the session's token.
    """

    account_id: str
    name: str
    role: AccountRole
    session: str


class Logins:
    """Sessions of accounts. What checks a password takes a tenth of a second and 64 MiB."""

    def __init__(self, database: Database, config: Config, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords
        self._attempts = LoginAttempts()
        self._idle, self._lifetime = (
            timedelta(seconds=config.session_idle_s),
            timedelta(seconds=config.session_s),
        )

    def log_in(self, name: str, password: str, address: str | None) -> tuple[str, LoggedIn]:
        """Begin a session; its token, which is told nowhere else, and who it is.

        Raises:
            TooManyError: too many attempts failed.
            LoginRequiredError: name or password is wrong; which of them is not told.
        """
        key = name_key(name)[:MAX_NAME_KEY]
        self._attempts.admit(key, address)
        with self._database.read() as session:
            row = account_named(session, name)
        stored = row.password_hash if row is not None and not row.disabled else None
        if not self._passwords.matches(stored, password) or row is None or stored is None:
            raise LoginRequiredError(WRONG, row.id if row is not None else None)
        self._attempts.succeeded(key, address)
        newer = self._passwords.renewed(password) if self._passwords.is_outdated(stored) else stored
        with self._database.write() as session:
            account = session.get(AccountRow, row.id)
            if account is None or account.disabled or account.password_hash != stored:
                raise LoginRequiredError(WRONG)  # changed in this moment
            account.password_hash = newer
            return self.begin(session, account)

    def require_invitation(self, token: str) -> None:
        """Raise ConflictError unless the token of an invitation can still be used."""
        with self._database.read() as session:
            self._invited(session, token)

    def take_invitation(self, token: str, password: str) -> tuple[str, LoggedIn]:
        """Choose a password with the token of an invitation, which ends with it; begins a session.

        Raises:
            ConflictError: it was used, is too old, or its account is disabled.
            InvalidRequestError: the password must be another.
        """
        with self._database.read() as session:
            name = self._invited(session, token).name
        stored = self._passwords.hash(password, name)
        with self._database.write() as session:
            account = self._invited(session, token)
            session.execute(delete(InvitationRow).where(InvitationRow.account_id == account.id))
            account.password_hash = stored
            end_sessions(session, account.id)
            return self.begin(session, account)

    def begin(self, session: Session, account: AccountRow) -> tuple[str, LoggedIn]:
        """Begin a session of who was found to be the account's person; its token, and who it is."""
        token, now = secrets.token_urlsafe(32), utc_now()
        for row in sessions_of(session, account.id)[MAX_SESSIONS - 1 :]:
            session.delete(row)
        row = SessionRow(
            token_hash=token_hash(token),
            account_id=account.id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + self._lifetime,
        )
        session.add(row)
        return token, LoggedIn(account.id, account.name, AccountRole(account.role), row.token_hash)

    def have_accounts(self) -> bool:
        """Whether anybody could log in one day."""
        with self._database.read() as session:
            return bool(all_accounts(session))

    def find(self, token: str) -> LoggedIn | None:
        """Who has this session; None where it ended. Notes that it is used."""
        return self._find(token_hash(token))

    def find_again(self, who: LoggedIn) -> LoggedIn | None:
        """The same person as things stand now; None where the session was ended, or the account disabled."""
        return self._find(who.session)

    def _find(self, hashed: str) -> LoggedIn | None:
        now = utc_now()
        with self._database.read() as session:
            row = session.get(SessionRow, hashed)
            account = session.get(AccountRow, row.account_id) if row is not None else None
            if row is None or account is None or account.disabled or self._is_over(row, now):
                return None
        if now - row.last_seen_at > min(SEEN_EVERY, self._idle / 4):
            self._note_use(row.token_hash, now)
        return LoggedIn(account.id, account.name, AccountRole(account.role), row.token_hash)

    def log_out(self, token: str) -> None:
        """End a session; harmless for one that ended."""
        with self._database.write() as session:
            session.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash(token)))

    def change_password(self, who: LoggedIn, present: str, new: str) -> None:
        """Set another password, and end the person's other sessions.

        Raises:
            TooManyError: too many attempts failed.
            InvalidRequestError: the new one must be another.
            UserError: the present one is wrong.
        """
        require_acceptable(new, who.name)
        self._attempts.admit(name_key(who.name), None)
        with self._database.read() as session:
            stored = session.get_one(AccountRow, who.account_id).password_hash
        if stored is None:
            raise UserError("Your account has no password. Whoever runs this server can send you a link.")
        if not self._passwords.matches(stored, present):
            raise UserError("The present password is not right. Type it again.")
        self._attempts.succeeded(name_key(who.name), None)
        hashed = self._passwords.hash(new, who.name)
        with self._database.write() as session:
            session.get_one(AccountRow, who.account_id).password_hash = hashed
            end_sessions(session, who.account_id, but=who.session)

    def sessions(self, who: LoggedIn) -> list[SessionAnswer]:
        """Where the person is logged in, the session used last first."""
        now = utc_now()
        with self._database.read() as session:
            return [
                SessionAnswer(
                    created_at=row.created_at,
                    last_seen_at=row.last_seen_at,
                    current=row.token_hash == who.session,
                )
                for row in sessions_of(session, who.account_id)
                if not self._is_over(row, now)
            ]

    def end_others(self, who: LoggedIn) -> None:
        """End all sessions of the person but the one that asks."""
        with self._database.write() as session:
            end_sessions(session, who.account_id, but=who.session)

    def forget_expired(self) -> None:
        """Delete the rows of sessions and invitations that are over."""
        now = utc_now()
        over = or_(SessionRow.expires_at <= now, SessionRow.last_seen_at <= now - self._idle)
        with self._database.write() as session:
            session.execute(delete(SessionRow).where(over))
            session.execute(delete(InvitationRow).where(InvitationRow.expires_at <= now))

    def _is_over(self, row: SessionRow, now: datetime) -> bool:
        return now >= row.expires_at or now - row.last_seen_at >= self._idle

    def _note_use(self, hashed: str, now: datetime) -> None:
        with suppress(SQLAlchemyError), self._database.write() as session:  # a later request notes it
            row = session.get(SessionRow, hashed)
            if row is not None:
                row.last_seen_at = now

    def _invited(self, session: Session, token: str) -> AccountRow:
        row = session.get(InvitationRow, token_hash(token))
        account = session.get(AccountRow, row.account_id) if row is not None else None
        if row is None or account is None or account.disabled or row.expires_at <= utc_now():
            raise ConflictError(USED_UP)
        return account
