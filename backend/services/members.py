"""With whom a project is shared, and to whom it is offered."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.asker import Asker, Right
from backend.errors import ConflictError, NotFoundError, TooManyError
from backend.queries.access import get_project, owner_name
from backend.queries.offers import offers_to, receiver_of
from backend.schemas.enums import AccountRole, ProjectRole, Stay
from backend.schemas.members import MemberAnswer, MembersAnswer, OfferAnswer
from backend.services.ownership import give, require_open, require_receiver
from backend.services.quotas import YOU, Quotas
from backend.services.rates import TokenBuckets
from storage.accounts import AccountRow, ProjectMemberRow, ProjectOfferRow
from storage.database import Database
from storage.models import ProjectRow

MAX_MEMBERS = 100  # of one project
NAMES_PER_MINUTE, NAMES_AT_ONCE = 10, 30  # that one person may try: who has an account is not listed


class Members:
    """Share projects and take them back. Where nobody logs in, nobody can be named, so nothing is shared."""

    def __init__(self, database: Database, quotas: Quotas) -> None:
        self._database = database
        self._quotas = quotas
        self._names = TokenBuckets(NAMES_PER_MINUTE, NAMES_AT_ONCE)

    def list_all(self, asker: Asker, project_id: str) -> MembersAnswer:
        """The owner and the members of a project. Raises NotFoundError."""
        with self._database.read() as session:
            return _answer(session, get_project(session, asker, project_id))

    def put(self, asker: Asker, project_id: str, name: str, role: ProjectRole) -> tuple[str, MembersAnswer]:
        """Share the project with a person, or give a member another role; the person's id, and the members.

        Raises:
            NotFoundError: there is no such project, or nobody logs in here.
            ConflictError: the person owns the project, is a reviewer here, or there are MAX_MEMBERS.
            TooManyError: many names were tried.
            UserError: nobody has this name, or the account is disabled.
        """
        with self._database.write() as session:
            project = get_project(session, asker, project_id)
            self._admit(asker)
            account = require_open(session, name)
            _require_another(project, account)
            if account.role == AccountRole.REVIEWER and role is not ProjectRole.REVIEWER:
                raise ConflictError(
                    f"{account.name} is a reviewer here, who changes nothing. Share the project to look at."
                )
            member = session.get(ProjectMemberRow, (project.id, account.id))
            if member is None:
                _require_place(session, project)
                member = ProjectMemberRow(project_id=project.id, account_id=account.id)
                session.add(member)
            member.role = role
            session.flush()
            return account.id, _answer(session, project)

    def remove(self, asker: Asker, project_id: str, account_id: str) -> None:
        """Take the project back from a member, who may also leave.

        Raises:
            NotFoundError: there is no such project or member.
            ForbiddenError: it is not the asker's to take from another one.
        """
        asker = asker.wanting(Right.READ if account_id == asker.id else Right.MANAGE)
        with self._database.write() as session:
            project = get_project(session, asker, project_id)
            member = session.get(ProjectMemberRow, (project.id, account_id))
            if member is None:
                raise NotFoundError("The project is not shared with this person. Look at its members again.")
            session.delete(member)

    def offer(self, asker: Asker, project_id: str, name: str, stay: Stay) -> tuple[str, MembersAnswer]:
        """Offer the project to another person, who owns it once they accept; their id, and the members.

        Args:
            stay: what the owner may do in it then.

        Raises:
            NotFoundError: there is no such project, or nobody logs in here.
            ConflictError: it is offered to somebody, or the person is a reviewer here, or owns it.
            TooManyError: many names were tried.
            UserError: nobody has this name, or the account is disabled.
        """
        with self._database.write() as session:
            project = get_project(session, asker, project_id)
            self._admit(asker)
            receiver = require_receiver(session, name)
            _require_another(project, receiver)
            pending = receiver_of(session, project)
            if pending is not None:
                raise ConflictError(f"The project is offered to {pending.name}. Take that offer back first.")
            session.add(ProjectOfferRow(project_id=project.id, receiver=receiver.id, stay=stay))
            session.flush()
            return receiver.id, _answer(session, project)

    def take_back(self, asker: Asker, project_id: str) -> MembersAnswer:
        """End the offer of the project. Raises NotFoundError where there is none, as once it is accepted."""
        with self._database.write() as session:
            project = get_project(session, asker, project_id)
            offer = session.get(ProjectOfferRow, project.id)
            if offer is None:
                raise NotFoundError("The project is offered to nobody. Look at whose it is.")
            session.delete(offer)
            session.flush()
            return _answer(session, project)

    def offers(self, asker: Asker) -> list[OfferAnswer]:
        """What is offered to the asker, oldest first."""
        with self._database.read() as session:
            return offers_to(session, asker.id)

    def accept(self, asker: Asker, project_id: str) -> None:
        """Own a project that is offered to the asker.

        Raises:
            NotFoundError: it is not offered to the asker.
            QuotaError: the asker has as much as one may have.
        """
        with self._database.read() as session:
            _require_offer(session, asker, project_id)
            self._quotas.require_room(session, asker.id, project_id, YOU)
        self._quotas.require_bytes_of(asker.id, project_id, YOU)  # looks at files, so not below
        with self._database.write() as session:
            offer = _require_offer(session, asker, project_id)
            self._quotas.require_room(session, asker.id, project_id, YOU)
            project, stay = session.get_one(ProjectRow, project_id), Stay(offer.stay)
            before = project.owner
            give(session, project, session.get_one(AccountRow, asker.id))
            _keep_former(session, project, before, stay)
        for owner in (before, asker.id):
            self._quotas.forget(owner)

    def decline(self, asker: Asker, project_id: str) -> None:
        """End an offer that is made to the asker. Raises NotFoundError where there is none."""
        with self._database.write() as session:
            session.delete(_require_offer(session, asker, project_id))

    def _admit(self, asker: Asker) -> None:
        if asker.role is None:
            raise NotFoundError("Nobody logs in on this server; it was started without --auth.")
        if not self._names.take(asker.id):
            raise TooManyError("You named many people in the last minutes. Wait a minute, then try again.")


def _require_another(project: ProjectRow, account: AccountRow) -> None:
    if project.owner == account.id:
        raise ConflictError(f"This project is {account.name}'s own. Name another person.")


def _require_place(session: Session, project: ProjectRow) -> None:
    count = select(func.count()).where(ProjectMemberRow.project_id == project.id)
    if (session.scalar(count) or 0) >= MAX_MEMBERS:
        raise ConflictError(f"A project can be shared with {MAX_MEMBERS} people at most. Remove one first.")


def _require_offer(session: Session, asker: Asker, project_id: str) -> ProjectOfferRow:
    offer = session.get(ProjectOfferRow, project_id)
    if offer is None or offer.receiver != asker.id:
        raise NotFoundError("This project is not offered to you any more. Look at the projects again.")
    return offer


def _keep_former(session: Session, project: ProjectRow, account_id: str, stay: Stay) -> None:
    """Let who owned the project stay in it, as a reviewer's account no more than to look."""
    former = session.get(AccountRow, account_id)
    if former is None or stay is Stay.LEAVE:
        return
    looks = stay is Stay.LOOK or former.role == AccountRole.REVIEWER
    role = ProjectRole.REVIEWER if looks else ProjectRole.ANNOTATOR
    session.add(ProjectMemberRow(project_id=project.id, account_id=former.id, role=role))


def _answer(session: Session, project: ProjectRow) -> MembersAnswer:
    query = (
        select(AccountRow.id, AccountRow.name, ProjectMemberRow.role)
        .join(ProjectMemberRow, ProjectMemberRow.account_id == AccountRow.id)
        .where(ProjectMemberRow.project_id == project.id)
        .order_by(AccountRow.name_key)
    )
    return MembersAnswer(
        owner_name=owner_name(session, project),
        members=[
            MemberAnswer(account_id=row.id, name=row.name, role=ProjectRole(row.role))
            for row in session.execute(query)
        ],
        offer=receiver_of(session, project),
    )
