"""Counts and moments as the workspace writes them, for pages that people keep."""

from __future__ import annotations

from datetime import datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec")


def counted(count: int, noun: str) -> str:
    """A number of things.

    Example:
        >>> counted(1, "slice"), counted(0, "slice")
        ('1 slice', '0 slices')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def moment(at: datetime, now: datetime | None = None) -> str:
    """A day and its time in UTC, with its year unless that is the year of ``now``.

    Example:
        >>> moment(datetime(2026, 5, 3, 14, 5), datetime(2026, 11, 1))
        '3 May 14:05 UTC'
        >>> moment(datetime(2026, 5, 3, 14, 5))
        '3 May 2026 14:05 UTC'
    """
    year = "" if now is not None and now.year == at.year else f" {at.year}"
    return f"{at.day} {_MONTHS[at.month - 1]}{year} {at:%H:%M} UTC"
