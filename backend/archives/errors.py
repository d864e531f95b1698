"""What can go wrong with an archive, as sentences for people."""

from __future__ import annotations

from fewshot_sam.errors import UserError


class ArchiveError(UserError):
    """An archive could not be asked, or its answer is none that is taken; trying again may help."""
