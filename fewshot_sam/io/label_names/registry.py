"""The formats of label names. A new one is a module (see :mod:`.base`) and a line here.

The modules are loaded when a file is read, which in a server is in the confined process.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.label_names.base import MAX_NAMES_BYTES, NamesFormat, NamesReader, NoNamesError

if TYPE_CHECKING:
    from fewshot_sam.data.label_names import LabelName

_HERE = "fewshot_sam.io.label_names"

NAMES_FORMATS: dict[str, NamesFormat] = {
    "json": NamesFormat("JSON file", f"{_HERE}.dataset_json", (".json",), 'such as {"1": "liver"}'),
    "bids": NamesFormat("table", f"{_HERE}.bids_tsv", (".tsv",), 'in columns "index" and "name"'),
    "itk-snap": NamesFormat(
        "label description",
        f"{_HERE}.itk_snap",
        (".label", ".lbl", ".txt"),
        'such as 1 255 0 0 1 1 1 "liver"',
    ),
    "color-table": NamesFormat(
        "colour table", f"{_HERE}.color_table", (".ctbl", ".txt"), "such as 1 liver 255 0 0 255"
    ),
}
"""In the order in which they are tried where several have one ending."""

_NOT_OF_THE_FORMAT = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


def suffixes() -> tuple[str, ...]:
    """Endings of files that may name labels."""
    return tuple(dict.fromkeys(suffix for each in NAMES_FORMATS.values() for suffix in each.suffixes))


def names_in(path: Path) -> dict[int, LabelName]:
    """Names by code in a file whose name ends in one of :func:`suffixes`.

    Raises:
        NoNamesError: it names no labels in a way that is known.
        ImageFormatError: it does, but is too large, or has codes or names that cannot be used.
    """
    formats = [each for each in NAMES_FORMATS.values() if path.name.lower().endswith(each.suffixes)]
    content = _content(path, formats[0])
    for each in formats:
        try:
            return cast("NamesReader", import_module(each.module)).parse(content.decode("utf-8-sig"))
        except ImageFormatError:
            raise
        except _NOT_OF_THE_FORMAT:
            continue
    first = formats[0]
    raise NoNamesError(f"The {first.title} must give names by code, {first.expected}, but it does not.")


def _content(path: Path, expected: NamesFormat) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_NAMES_BYTES + 1)
    if len(content) > MAX_NAMES_BYTES:
        raise ImageFormatError(
            f"The {expected.title} with the labels' names must have at most {MAX_NAMES_BYTES // 1024} KB, "
            "got more. Leave out all but codes and names."
        )
    return content
