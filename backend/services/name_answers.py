"""What somebody answered of codes that a file calls otherwise than the project."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.errors import InvalidRequestError
from backend.schemas.enums import NameChoice
from backend.schemas.limits import MAX_CODE


@dataclass(frozen=True)
class NameChoices:
    """What was answered: for all codes, or for each."""

    for_all: NameChoice | None = None
    by_code: Mapping[int, NameChoice] = field(default_factory=dict)

    @classmethod
    def parsed(cls, text: str | None) -> NameChoices:
        """From a form's field: one of the choices, or a JSON object of them by code.

        Raises:
            InvalidRequestError: it is neither.
        """
        if not text:
            return cls()
        try:
            if not text.startswith("{"):
                return cls(NameChoice(text))
            stated = json.loads(text)
            return cls(None, {_code(code): NameChoice(choice) for code, choice in stated.items()})
        except (ValueError, TypeError, RecursionError):
            raise InvalidRequestError(
                f"The field names must be {', '.join(NameChoice)}, or these by code as JSON, such as "
                f'{{"1": "keep"}}, got {text[:40]!r}.'
            ) from None

    def of(self, code: int) -> NameChoice | None:
        """The answer for a code; None where there is none yet."""
        return self.by_code.get(code, self.for_all)


def _code(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > MAX_CODE:
        raise ValueError("no code")
    return int(text)
