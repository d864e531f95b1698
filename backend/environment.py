"""Numbers and switches in environment variables, refused in a sentence that names the variable."""

from __future__ import annotations

import math
from collections.abc import Mapping

from fewshot_sam.errors import UserError


def switch(environment: Mapping[str, str], name: str) -> bool:
    """Whether it is set to anything but 0."""
    return environment.get(name, "0") not in ("", "0")


def between(environment: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    """A number from ``low`` to ``high``, or the default. Raises UserError."""
    value = number(environment, (name,), default)
    if value != default and not low <= value <= high:
        raise UserError(f"The environment variable {name} must be from {low:g} to {high:g}, got {value:g}.")
    return value


def limit(environment: Mapping[str, str], name: str, default: float) -> float | None:
    """A number above 0, or None for 0, which means no limit. Raises UserError."""
    return number(environment, (name,), default) or None


def number(environment: Mapping[str, str], names: tuple[str, ...], default: float) -> float:
    """The first of these variables that is set: a number, 0 or more. Raises UserError."""
    for name in names:
        if text := environment.get(name):
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if not (math.isfinite(value) and value >= 0):
                wanted = "0 or more" if value < 0 else "a number"
                raise UserError(f"The environment variable {name} must be {wanted}, got {text[:40]!r}.")
            return value
    return default
