"""What a format of label names is to the rest of the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fewshot_sam.errors import ImageFormatError

if TYPE_CHECKING:
    from fewshot_sam.data.label_names import LabelName

MAX_NAMES_BYTES = 2**20
"""Of one file."""


class NoNamesError(ImageFormatError):
    """The file is not of the format, and may be a description of another kind."""


@dataclass(frozen=True)
class NamesFormat:
    """A line of the registry.

    Attributes:
        title: what messages call such a file.
        module: dotted name of its :class:`NamesReader`.
        suffixes: endings of its files' names, in lower case with the dot.
        expected: how it gives names, as messages say it.
    """

    title: str
    module: str
    suffixes: tuple[str, ...]
    expected: str


class NamesReader(Protocol):
    """The module of a format."""

    def parse(self, text: str) -> dict[int, LabelName]:
        """Names by code, as :func:`fewshot_sam.data.label_names.collected` gives them.

        Raises:
            ValueError, TypeError, KeyError, AttributeError, RecursionError: not of this format.
            ImageFormatError: of this format, but it cannot be used.
        """
