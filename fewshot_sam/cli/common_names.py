"""What several files call the same codes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

from fewshot_sam.errors import UserError


class CommonNames:
    """Names of codes that files have in common."""

    def __init__(self) -> None:
        self.by_code: dict[int, str] = {}
        self._from: dict[int, Path] = {}

    def add(self, path: Path, names: Mapping[int, str]) -> None:
        """Take in the names of a file.

        Raises:
            UserError: an earlier file calls one of the codes otherwise.
        """
        for code in differing(self.by_code, names):
            raise UserError(
                f"A code must mean the same label in all cases, but {code} is '{self.by_code[code]}' in "
                f"{self._from[code]} and '{names[code]}' in {path}. Change the codes, or the names beside."
            )
        self._from |= dict.fromkeys(names.keys() - self._from.keys(), path)
        self.by_code = dict(names) | self.by_code


def differing(names: Mapping[int, str], others: Mapping[int, str]) -> list[int]:
    """The codes that are called otherwise, ascending; capital letters make no other name."""
    both = sorted(names.keys() & others.keys())
    return [code for code in both if _as_compared(names[code]) != _as_compared(others[code])]


def _as_compared(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
