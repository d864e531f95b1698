"""Accounts by name and by who they are elsewhere, and the sessions in which they are logged in."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.look_alikes import looks
from storage.accounts import AccountRow, BindingRow, SessionRow


def name_key(name: str) -> str:
    """The same for names that people take for the same: compared by NFKC and without case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def account_named(session: Session, name: str) -> AccountRow | None:
    """The account of that name, however it is written."""
    return session.scalar(select(AccountRow).where(AccountRow.name_key == name_key(name)))


def account_like(session: Session, name: str) -> AccountRow | None:
    """An account whose name is the same, or looks the same."""
    key, seen = name_key(name), looks(name)
    found = (row for row in all_accounts(session) if row.name_key == key or looks(row.name) == seen)
    return next(found, None)


def all_accounts(session: Session) -> list[AccountRow]:
    """All accounts by name."""
    return list(session.scalars(select(AccountRow).order_by(AccountRow.name_key)))


def sessions_of(session: Session, account_id: str) -> list[SessionRow]:
    """The account's sessions, the one used last first; some may have expired."""
    query = select(SessionRow).where(SessionRow.account_id == account_id)
    return list(session.scalars(query.order_by(SessionRow.last_seen_at.desc(), SessionRow.created_at.desc())))


def bound_account(session: Session, issuer: str, subject: str) -> AccountRow | None:
    """The account of who has that subject at that login provider."""
    row = session.get(BindingRow, (issuer, subject))
    return None if row is None else session.get(AccountRow, row.account_id)


def bindings_of(session: Session, account_id: str) -> list[BindingRow]:
    """Who the account's person is at login providers."""
    query = select(BindingRow).where(BindingRow.account_id == account_id)
    return list(session.scalars(query.order_by(BindingRow.issuer, BindingRow.subject)))


def account_names(session: Session, ids: Collection[str]) -> dict[str, str]:
    """What accounts are called, by id; whoever has none is left out."""
    query = select(AccountRow.id, AccountRow.name).where(AccountRow.id.in_(ids))
    return dict(session.execute(query).all())
