"""Names in JSON: by code, as a list of labels, or in the ``dataset.json`` of nnU-Net, MONAI and the like."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from fewshot_sam.data.label_names import LabelName, code_of, collected


def parse(text: str) -> dict[int, LabelName]:
    """Names from {"1": "liver"}, {"liver": 1}, [{"code": 1, "name": "liver"}], or any of them as "labels".

    A region of nnU-Net, which stands for several codes, names none of them.
    """
    content = json.loads(text)
    if isinstance(content, dict) and "labels" in content:
        content = content["labels"]
    return collected(_entries(content))


def _entries(content: Any) -> Iterator[tuple[int, LabelName]]:
    if isinstance(content, list):
        for entry in content:
            code = entry.get("code", entry.get("value"))
            yield code_of(code), LabelName.of(entry["name"], _color(entry))
    elif _names_are_keys(content):
        for name, code in content.items():
            if not isinstance(code, list):
                yield code_of(code), LabelName.of(name)
            elif len(code) == 1:
                yield code_of(code[0]), LabelName.of(name)
    else:
        for code, entry in content.items():
            name = entry["name"] if isinstance(entry, dict) else entry
            yield code_of(code), LabelName.of(name, _color(entry))


def _names_are_keys(content: dict[str, Any]) -> bool:
    """Whether it is {"liver": 1}: all values are numbers or lists of them, and some key is not."""
    numbers = all(isinstance(value, int | list) and not isinstance(value, bool) for value in content.values())
    return numbers and not all(re.fullmatch(r"[0-9]+", key) for key in content)


def _color(entry: Any) -> object:
    return entry.get("color", entry.get("colour")) if isinstance(entry, dict) else None
