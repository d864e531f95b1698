"""Projects that are offered to somebody who has not answered yet."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.schemas.enums import Stay
from backend.schemas.members import OfferAnswer, ReceiverAnswer
from storage.accounts import AccountRow, ProjectOfferRow
from storage.models import ProjectRow


def receiver_of(session: Session, project: ProjectRow) -> ReceiverAnswer | None:
    """To whom the project is offered."""
    offer = session.get(ProjectOfferRow, project.id)
    if offer is None:
        return None
    name = session.get_one(AccountRow, offer.receiver).name
    return ReceiverAnswer(name=name, stay=Stay(offer.stay), created_at=offer.created_at)


def offers_to(session: Session, account_id: str) -> list[OfferAnswer]:
    """What is offered to an account, oldest first."""
    query = (
        select(ProjectOfferRow, ProjectRow.name, AccountRow.name)
        .join(ProjectRow, ProjectRow.id == ProjectOfferRow.project_id)
        .outerjoin(AccountRow, AccountRow.id == ProjectRow.owner)
        .where(ProjectOfferRow.receiver == account_id)
        .order_by(ProjectOfferRow.created_at)
    )
    return [
        OfferAnswer(
            project_id=offer.project_id, project_name=name, owner_name=owner, created_at=offer.created_at
        )
        for offer, name, owner in session.execute(query)
    ]
