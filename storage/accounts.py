"""Tables of people who log in: accounts, sessions, invitations, shared and offered projects, logins.

Of tokens only the SHA-256 is stored: who reads a copy of the database cannot log in with it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Base, new_id, utc_now


class AccountRow(Base):
    """A person. Its id is the owner of the person's projects."""

    __tablename__ = "account"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(400), unique=True)  # NFKC and casefold: who is the same name
    role: Mapped[str] = mapped_column(String(16))  # annotator reviewer admin
    password_hash: Mapped[str | None] = mapped_column(Text)  # argon2id; None until an invitation is taken
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class SessionRow(Base):
    """A browser in which a person is logged in."""

    __tablename__ = "session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_seen_at: Mapped[datetime] = mapped_column(default=utc_now)  # not written at every request
    expires_at: Mapped[datetime]  # however often it is used


class InvitationRow(Base):
    """A link with which a person chooses a password, once."""

    __tablename__ = "invitation"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]


class ProjectMemberRow(Base):
    """A person with whom a project is shared. The owner is none of its members."""

    __tablename__ = "project_member"
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(16))  # annotator reviewer
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ProjectOfferRow(Base):
    """A project that is offered to a person, who owns it once that person accepts."""

    __tablename__ = "project_offer"
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), primary_key=True)
    receiver: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    stay: Mapped[str] = mapped_column(String(8))  # paint look leave: what the owner before may do then
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class BindingRow(Base):
    """Who a person is at a login provider (OpenID Connect); the two together are one person for ever."""

    __tablename__ = "binding"
    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
