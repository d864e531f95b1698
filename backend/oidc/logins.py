"""A person's way through the login provider and back to a session here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from itertools import count

from sqlalchemy.orm import Session

from backend.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    LoginRequiredError,
    NotFoundError,
)
from backend.look_alikes import mixes_alphabets, without_unseen
from backend.names import clean_name
from backend.oidc.pending import Attempt, PendingLogins
from backend.oidc.provider import Provider, ProviderPerson
from backend.oidc.settings import OidcSettings
from backend.queries.accounts import account_like, bound_account, name_key
from backend.schemas.enums import AccountRole
from backend.services.accounts import MAX_ACCOUNT_NAME, MAX_NAME_KEY
from backend.services.logins import LoggedIn, Logins
from fewshot_sam.data.text import cut_characters
from storage.accounts import AccountRow, BindingRow
from storage.database import Database

STALE = (
    "This login was begun in another browser, was used already, or took more than ten minutes. "
    "Nobody was logged in; try again."
)
ROOM_FOR_MORE = 20  # characters: of who somebody is at the provider, and of a number
SHOWN_OF_SUBJECT = 6  # characters
DEFAULT_NAME = "Person"
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")


class ProviderLogins:
    """Logins with the provider of the settings.

    Args:
        logins: where sessions begin.
        address: where people open the app.
    """

    def __init__(self, settings: OidcSettings, database: Database, logins: Logins, address: str) -> None:
        self._settings, self._database, self._logins = settings, database, logins
        self._provider, self._pending = Provider(settings), PendingLogins()
        self.address = address
        self.back = f"{address}/oidc-callback"
        """The redirect URI, which the provider has to know."""

    @property
    def name(self) -> str:
        """What people call the provider."""
        return self._settings.name

    async def begin(self, begun_from: str) -> tuple[str, str, str]:
        """Begin a login.

        Args:
            begun_from: the network address that asks; "" where it is not known.

        Returns:
            Where to send the browser, the state that it comes back with, and a secret for its cookie.

        Raises:
            BusyError, LoginRequiredError: see Provider.login_address.
        """
        attempt = Attempt()
        address = await self._provider.login_address(attempt, self.back)
        return address, attempt.state, self._pending.add(attempt, begun_from)

    async def logout_address(self) -> str:
        """Where to log out of the provider too. Raises NotFoundError where it has no page for that."""
        address = await self._provider.logout_address(f"{self.address}/login")
        if address is None:
            raise NotFoundError(f"{self.name} has no page for logging out. Close the browser instead.")
        return address

    async def person(self, secrets: list[str], answer: Mapping[str, str]) -> ProviderPerson:
        """Who came back from the provider, once.

        Args:
            secrets: of the logins that this browser began.
            answer: what the provider has the browser say.

        Raises:
            ConflictError: this browser began no such login, or not lately.
            BusyError, LoginRequiredError: as for :meth:`begin`, or the provider let nobody in.
        """
        attempt = self._taken(secrets, answer.get("state", ""))
        error, name = answer.get("error"), self._settings.name
        if error == "access_denied":
            raise LoginRequiredError(f"{name} did not let you in, or you stopped there. Try again.")
        if error or answer.get("iss", self._settings.issuer) != self._settings.issuer:
            said = f" ({error})" if error and _ERROR_CODE.fullmatch(error) else ""
            raise LoginRequiredError(
                f"{name} answered with an error{said}. Try again; if that does not help, tell whoever runs "
                "this server."
            )
        return await self._provider.redeem(answer.get("code", ""), attempt, self.back)

    def log_in(self, person: ProviderPerson) -> tuple[str, LoggedIn]:
        """Begin a session of the account that the person is bound to, which may be made.

        Raises:
            ForbiddenError: there is none, and none is made; or it is disabled.
        """
        with self._database.write() as session:
            account = bound_account(session, person.issuer, person.subject) or self._made(session, person)
            if account.disabled:
                raise ForbiddenError(
                    f"The account '{account.name}' is disabled on this server. Ask whoever runs it."
                )
            if person.role is not None:
                account.role = person.role
            return self._logins.begin(session, account)

    def _taken(self, secrets: list[str], state: str) -> Attempt:
        for secret in secrets:
            if (attempt := self._pending.take(secret, state)) is not None:
                return attempt
        raise ConflictError(STALE)

    def _made(self, session: Session, person: ProviderPerson) -> AccountRow:
        if not self._settings.create:
            raise ForbiddenError(
                f"{self._settings.name} knows you, but you have no account on this server. Ask whoever runs "
                f"it for one, with this: users bind NAME --issuer {person.issuer} --subject {person.subject}"
            )
        name = next(name for name in _names(person) if account_like(session, name) is None)
        account = AccountRow(name=name, name_key=name_key(name), role=AccountRole.ANNOTATOR)
        session.add(account)
        session.flush()
        session.add(BindingRow(issuer=person.issuer, subject=person.subject, account_id=account.id))
        return account


def _names(person: ProviderPerson) -> Iterator[str]:
    """What the account may be called: the person's name, and with numbers where another's is or looks so.

    Behind a name that mixes alphabets stands a hash of who the person is, as it may look like anybody's.
    """
    name = next(filter(None, map(_usable, person.names)), DEFAULT_NAME)
    if mixes_alphabets(name):
        who = hashlib.sha256(f"{person.issuer}\n{person.subject}".encode()).hexdigest()
        name = f"{name} {who[:SHOWN_OF_SUBJECT]}"
    yield name
    yield from (f"{name} {number}" for number in count(2))


def _usable(name: str) -> str:
    """A name for an account; "" where it cannot be made one."""
    try:
        cleaned = clean_name(cut_characters(name, MAX_ACCOUNT_NAME - ROOM_FOR_MORE), "account")
    except InvalidRequestError:
        return ""
    cleaned = without_unseen(cleaned).strip()
    return cleaned if len(name_key(cleaned)) <= MAX_NAME_KEY - ROOM_FOR_MORE else ""
