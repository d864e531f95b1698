"""Giving projects from one person to another, and finding the person by name."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.errors import ConflictError
from backend.queries.accounts import account_named
from backend.schemas.enums import AccountRole
from fewshot_sam.errors import UserError
from storage.accounts import AccountRow, ProjectMemberRow, ProjectOfferRow
from storage.models import OwnerRow, ProjectRow, utc_now


def require_open(session: Session, name: str) -> AccountRow:
    """The account of that name, however it is written. Raises UserError for none, or a disabled one."""
    account = account_named(session, name)
    if account is None:
        raise UserError(f"Nobody here is called '{name[:100]}'. Type the name that the person logs in with.")
    if account.disabled:
        raise UserError(f"The account of {account.name} is disabled. Choose another person.")
    return account


def require_receiver(session: Session, name: str) -> AccountRow:
    """The account that projects can be given to. Raises UserError as :func:`require_open` does."""
    account = require_open(session, name)
    if account.role == AccountRole.REVIEWER:
        raise ConflictError(f"{account.name} is a reviewer here, who changes nothing and can own no project.")
    return account


def give(session: Session, project: ProjectRow, account: AccountRow) -> None:
    """Make the account the project's owner, who is no member any more; an offer of the project ends."""
    project.owner = account.id
    for ended in (
        session.get(ProjectMemberRow, (project.id, account.id)),
        session.get(ProjectOfferRow, project.id),
    ):
        if ended is not None:
            session.delete(ended)
    owner = session.get(OwnerRow, account.id)
    if owner is None:
        session.add(OwnerRow(id=account.id, demo_created=False, last_seen_at=utc_now()))
        session.flush()
    else:
        owner.last_seen_at = utc_now()  # or what was given would go with work that nobody touched for long
