"""The page's texts: complete, and none that nothing says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ui.page import STATIC_DIR

WORDS = STATIC_DIR / "words"
AREAS = sorted((WORDS / "en").glob("*.json"))
_PLURAL = re.compile(r"_(one|other)$")


def leaves(words: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """Every text with its path, such as "page.help.title"."""
    for key, value in words.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}", value


def code() -> str:
    files = [path for suffix in ("js", "html") for path in sorted(STATIC_DIR.rglob(f"*.{suffix}"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.fixture(scope="module")
def said() -> tuple[set[str], re.Pattern[str]]:
    """Keys that are named whole, and what keys look like whose parts a program puts together."""
    text = code()
    whole = set(re.findall(r"[\"'`{]((?:\w+\.)+\w+)[\"'`}]", text))
    built = re.findall(r"\bt\(`((?:\w+\.)+[^`\n]*)`", text)
    patterns = [r"[\w-]+".join(map(re.escape, re.split(r"\$\{[^}]*\}", each))) for each in built]
    return whole, re.compile("|".join(patterns) or "$^")


def test_areas_are_all_in_the_language() -> None:
    listed = set(re.findall(r"\./en/(\w+)\.json", (WORDS / "en.js").read_text(encoding="utf-8")))
    assert listed == {path.stem for path in AREAS}


@pytest.mark.parametrize("area", AREAS, ids=lambda path: path.stem)
def test_every_text_is_said(area: Path, said: tuple[set[str], re.Pattern[str]]) -> None:
    whole, built = said
    keys = {_PLURAL.sub("", key) for key, _ in leaves(json.loads(area.read_text("utf-8")), area.stem)}
    assert sorted(key for key in keys if key not in whole and not built.fullmatch(key)) == []


@pytest.mark.parametrize("area", AREAS, ids=lambda path: path.stem)
def test_texts_are_complete(area: Path) -> None:
    texts = dict(leaves(json.loads(area.read_text("utf-8")), area.stem))
    assert [
        key for key, text in texts.items() if not isinstance(text, str) or text != text.strip() or not text
    ] == []
    numbered = {match for match in texts if _PLURAL.search(match)}
    assert {f"{_PLURAL.sub('', key)}_{end}" for key in numbered for end in ("one", "other")} == numbered
