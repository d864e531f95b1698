"""Errors of the services that the HTTP edge turns into status codes."""

from __future__ import annotations

from typing import Any

from fewshot_sam.errors import AnnotationError, UserError


class NotFoundError(UserError):
    """The thing does not exist, or belongs to someone else; the two are not told apart."""


class ConflictError(UserError):
    """The request clashes with the present state; ``details`` go into the answer."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class InvalidRequestError(UserError):
    """A value in the request is not one that is allowed."""


class UnsupportedTypeError(UserError):
    """The body's Content-Type is not one that the address takes."""


class UnknownLabelError(AnnotationError):
    """A slice holds values that are no labels of the project, as of one that was deleted meanwhile."""


class DamagedDataError(UserError):
    """Stored data is missing or is not what was stored; restoring a backup is the way back."""


class StartError(UserError):
    """The server cannot start; the text says why and what to do, and nothing was changed."""


class TooLargeError(UserError):
    """An upload or a request's body is over the limit."""


class TooManyError(UserError):
    """Too many requests of one kind; trying again later helps."""

    def __init__(self, message: str, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class LoginRequiredError(UserError):
    """Nobody is logged in, or name and password are wrong; ``account`` has that name, for the audit."""

    def __init__(self, message: str, account: str | None = None) -> None:
        super().__init__(message)
        self.account = account


class ForbiddenError(UserError):
    """The person may look at this, but not change it."""


class MediaError(UserError):
    """A preview or a surface could not be made; the text says why."""


class QuotaError(UserError):
    """An owner has as much as one may have on this server; deleting something helps."""


class BusyError(UserError):
    """The server has too much to do right now; trying again later helps."""
