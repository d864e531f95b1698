"""An uploaded label map and the JSON file of names that may come with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from backend.schemas.limits import MAX_CODE
from fewshot_sam.errors import ImageFormatError

MAX_NAMES_BYTES = 2**20
MAX_NAME_LENGTH = 200


def split_label_files(files: list[Path]) -> tuple[Path, dict[int, str]]:
    """The label map among uploaded files, and the names by code ({} without a JSON file).

    Raises:
        ImageFormatError: not one image and at most one JSON file, or the names cannot be used.
    """
    sidecars = [path for path in files if path.suffix.lower() == ".json"]
    images = [path for path in files if path not in sidecars]
    if len(images) != 1 or len(sidecars) > 1:
        raise ImageFormatError(
            "Choose one label map file, and at most one JSON file with the labels' names beside it."
        )
    return images[0], _names(sidecars[0]) if sidecars else {}


def _names(path: Path) -> dict[int, str]:
    """Names by code from {"1": "liver"}, {"labels": ...} or [{"code": 1, "name": "liver"}]."""
    with path.open("rb") as file:
        content = file.read(MAX_NAMES_BYTES + 1)
    if len(content) > MAX_NAMES_BYTES:
        raise ImageFormatError(
            f"The JSON file with the labels' names must have at most {MAX_NAMES_BYTES // 1024} KB, got more. "
            "Leave out all but codes and names."
        )
    try:
        return dict(_entries(json.loads(content.decode("utf-8"))))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise ImageFormatError(
            'The JSON file must give names by code, such as {"1": "liver"}, but it does not.'
        ) from error


def _entries(content: Any) -> list[tuple[int, str]]:
    if isinstance(content, dict) and "labels" in content:
        content = content["labels"]
    if isinstance(content, list):
        pairs = [(entry.get("code", entry.get("value")), entry["name"]) for entry in content]
    else:
        pairs = [(code, _name_of(entry)) for code, entry in content.items()]
    return [(_checked_code(code), _checked_name(name)) for code, name in pairs]


def _name_of(entry: Any) -> Any:
    return entry["name"] if isinstance(entry, dict) else entry


def _checked_code(code: Any) -> int:
    number = int(code)
    if not 0 <= number <= MAX_CODE:
        raise ImageFormatError(
            f"A code in the JSON file must be from 0 to {MAX_CODE}, got {str(code)[:20]}. Correct the file."
        )
    return number


def _checked_name(name: Any) -> str:
    if not isinstance(name, str | int | float):
        raise TypeError("a name must be a text")
    text = str(name)[:MAX_NAME_LENGTH]
    text.encode("utf-8")  # raises ValueError for half a surrogate pair, which nothing can store
    return text
