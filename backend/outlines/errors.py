"""Why there is no outline."""

from __future__ import annotations

from fewshot_sam.errors import UserError


class OutlineError(UserError):
    """The prompt cannot be answered; the text says why."""


class WorkerAwayError(Exception):
    """No worker is there to ask, or the one that was asked has ended. Asking again later helps."""
