"""Who asks for something, and what right the request wants of the project it is about.

Identity makes it once a request (:mod:`backend.http.identity`), services hand it on, and
:mod:`backend.queries.access` holds it against the project's owner and members.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from backend.schemas.enums import AccountRole


class Right(StrEnum):
    """What a request wants of a project."""

    READ = "read"
    REVIEW = "review"  # say what one thinks of a volume: check slices, comment, accept, send back, reopen
    WRITE = "write"  # paint, run, import, rename labels and volumes, delete what is in the project
    MANAGE = "manage"  # share it, rename it, delete it, give it away


@dataclass(frozen=True)
class Asker:
    """Who asks.

    Attributes:
        id: of an account, "local", or what a browser's cookie stands for; the owner of the asker's projects.
        right: what the request wants; a program that works for an owner wants all of it.
        role: the account's; None where nobody logs in, and nothing is shared.
    """

    id: str
    right: Right = Right.MANAGE
    role: AccountRole | None = None

    def wanting(self, right: Right) -> Asker:
        """The same one with a request that wants another right."""
        return replace(self, right=right)
