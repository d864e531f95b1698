"""The page in another language: every text on it comes from ui/static/words, and longer ones have room."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.server import AppServer
from tests.e2e.test_accessibility import MENUS, MISPLACED
from tests.e2e.workspace import Workspace
from ui.page import STATIC_DIR

WAYS = (
    ("project-select", "show-deleted"),
    ("project-select", "new-project"),
    ("add-volume",),
    ("help-menu", "start-tour"),
)
BEGIN, END = "\u27e6", "\u27e7"
# Words that the page only passes on: what people typed, what the server names, and keys of the keyboard.
UNMARKED = """(own) => {
  const seen = (each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const without = (text) => text.replaceAll(/\\u27e6[^\\u27e6\\u27e7]*\\u27e7/g, "");
  const told = (text) => without(text) === text ? text : told(without(text));  // texts stand in texts
  const theirs = (text) => own.reduce((left, each) => left.replaceAll(each, ""), told(text));
  const isText = (text) => /[A-Za-z]{3,}/.test(theirs(text));
  const out = new Set();
  for (const each of document.querySelectorAll("body *")) {
    if (!seen(each) || each.closest("kbd, script, style, [data-own-words]")) continue;
    for (const name of ["title", "aria-label", "aria-description", "placeholder"]) {
      const text = each.getAttribute(name);
      if (text && isText(text)) out.add(`${name}: ${text}`);
    }
    const texts = [...each.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    for (const { data } of texts) if (isText(data)) out.add(data);
  }
  return [...out];
}"""


def other_language(words: Any) -> Any:
    """The same texts, each a third longer and between two marks; {{values}} stay."""
    if isinstance(words, dict):
        return {key: other_language(value) for key, value in words.items()}
    longer = re.sub(r"[aeiou](?![^{]*\}\})", lambda found: found[0] * 2, words)
    return f"{BEGIN}{longer}{END}"


@pytest.fixture
def foreign_page(browser: Browser) -> Iterator[Page]:
    """A page whose texts are replaced as they are loaded."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)

    def answer(route: Route) -> None:
        area = Path(route.request.url).name
        words = json.loads((STATIC_DIR / "words" / "en" / area).read_text(encoding="utf-8"))
        route.fulfill(json=other_language(words))

    context.route("**/static/words/en/*.json", answer)
    yield context.new_page()
    context.close()


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON answer."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def unmarked(workspace: Workspace) -> list[str]:
    """What is shown or told in English, and is no word of the server's or a person's."""
    projects = workspace.api("projects")
    answers = [
        projects,
        workspace.api("system"),
        *(workspace.api(f"projects/{each['id']}") for each in projects),
    ]
    own = {"Few-shot SAM", *strings(answers)}
    return workspace.page.evaluate(UNMARKED, sorted((each for each in own if len(each) > 2), key=len)[::-1])


@pytest.mark.thorough
def test_no_text_is_left_in_the_code_and_longer_ones_have_room(foreign_page: Page, server: AppServer) -> None:
    workspace = Workspace(foreign_page, server.url)
    workspace.open()
    assert unmarked(workspace) == []
    assert foreign_page.evaluate(MISPLACED) == []
    for testid in MENUS:
        workspace.part(testid).first.click()
        assert unmarked(workspace) == [], testid
        foreign_page.keyboard.press("Escape")
    for way in WAYS:
        for testid in way:
            workspace.part(testid).first.click()
        assert unmarked(workspace) == [], way
        foreign_page.keyboard.press("Escape")
    for key in ("Shift+H", "?"):
        foreign_page.keyboard.press(key)
        expect(workspace.part({"?": "help"}.get(key, "slice-history"))).to_be_visible()
        assert unmarked(workspace) == [], key
        foreign_page.keyboard.press("Escape")
