"""docs/annotating.md against the page: every key of the keyboard overview and of the tools."""

from __future__ import annotations

import json
import re

from tests.docs.conftest import ROOT, read, section

STATIC = ROOT / "ui" / "static"
TOOL_KEY = re.compile(r"\bkey:\s*\"([^\"]+)\"")


def in_english(code: str) -> str:
    """The code with its texts, such as ``t("keys.mouse.wheel")``, in place."""

    def text(found: re.Match[str]) -> str:
        area, *path = found[1].split(".")
        words = json.loads((STATIC / "words" / "en" / f"{area}.json").read_text(encoding="utf-8"))
        for name in path:
            words = words.get(name, {})  # one of several numbers has no text of this name
        return json.dumps(words) if isinstance(words, str) else found[0]

    return re.sub(r"\bt\(\"((?:\w+\.)+\w+)\"\)", text, code)


def page_keys() -> set[str]:
    """Keys in the overview's rows, ``show: ["Ctrl", "Z"]``, and those of the tools, ``key: "B"``."""
    keys: set[str] = set()
    for path in STATIC.rglob("*.js"):
        text = in_english(path.read_text(encoding="utf-8"))
        for row in re.findall(r"\bshow:\s*\[((?:\s*\"(?:[^\"\\]|\\.)*\"\s*,?)+)\]", text):
            keys.update(json.loads(f"[{row.rstrip().rstrip(',')}]"))
        if path.parent.name == "tools":
            keys.update(TOOL_KEY.findall(text))
    return keys


def documented_keys() -> set[str]:
    """What stands in `code` in the first columns of the tables under Tools, and under Keys and mouse."""
    text = read("docs/annotating.md")
    rows = [line.split("|") for line in section(text, "Tools").splitlines() if line.startswith("| ")]
    rows_of_keys = [
        line.split(" | ")[0] for line in section(text, "Keys").splitlines() if line.startswith("|")
    ]
    cells = [row[2] for row in rows] + rows_of_keys
    return {key for cell in cells for key in re.findall(r"`([^`]+)`", cell)}


def test_keys_are_found() -> None:
    assert {"V", "B", "Ctrl", "[", "?", "PgUp"} <= page_keys()


def test_every_key_is_documented() -> None:
    assert page_keys() - documented_keys() == set()


def test_every_documented_key_exists() -> None:
    assert documented_keys() - page_keys() == set()
