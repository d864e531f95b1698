"""The page and its files: it builds, everything it names is there, and nothing comes from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import gradio as gr
import pytest

from backend.calls.calls import Calls
from backend.config import Config
from ui.page import FIRST_SCRIPT, FIRST_STYLES, STATIC_DIR, build_page
from ui.workspace import ENTRY

SOURCES = sorted(path for path in STATIC_DIR.rglob("*") if path.suffix in (".js", ".css"))
SCRIPTS = [path for path in SOURCES if path.suffix == ".js"]
UNIT_TESTS = sorted((Path(__file__).parent / "unit").rglob("*.test.js"))


def _relative(path: Path) -> str:
    return path.relative_to(STATIC_DIR).as_posix()


def _imports(path: Path) -> list[Path]:
    found = re.findall(r'(?:from|import\(?|@import url\()\s*"(\.?[^"\s]+)"', path.read_text())
    return [(path.parent / name).resolve() for name in found]


def test_gradios_page_shows_no_component(tmp_path: Path) -> None:
    """gr.HTML would compile its template, which the page's policy does not allow; shell.js adds the frame.

    What its API takes and answers are components that no page shows.
    """
    page = build_page(Calls(Config.for_home(tmp_path)))
    assert isinstance(page, gr.Blocks)
    assert {block.get_block_name() for block in page.blocks.values()} == {"api"}


def test_files_named_in_the_head_exist() -> None:
    for name in (FIRST_SCRIPT, FIRST_STYLES):
        assert (STATIC_DIR / name).is_file(), name


@pytest.mark.parametrize("path", SOURCES, ids=_relative)
def test_imports_exist(path: Path) -> None:
    for target in _imports(path):
        assert target.is_file(), f"{_relative(path)} imports {target.name}, which is not there"


@pytest.mark.parametrize(
    "entries",
    [
        (ENTRY, FIRST_SCRIPT, "login/login.js", "login/invite.js", "login/account.js"),
        ("css/app.css", "css/document.css", FIRST_STYLES, "login/login.css"),
    ],
)
def test_every_file_is_used(entries: tuple[str, ...]) -> None:
    waiting = [STATIC_DIR / entry for entry in entries]
    reached = set(waiting)
    while waiting:
        fresh = [path for path in _imports(waiting.pop()) if path not in reached]
        reached.update(fresh)
        waiting.extend(fresh)
    unused = {path for path in SOURCES if path.suffix == Path(entries[0]).suffix} - reached
    assert not unused


@pytest.mark.parametrize(
    "path", [*SOURCES, Path(build_page.__code__.co_filename)], ids=lambda path: path.name
)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    urls = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"')]*", path.read_text()))
    assert urls <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("path", SCRIPTS, ids=_relative)
def test_text_never_becomes_markup(path: Path) -> None:
    source = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(), flags=re.S)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|\balert\(", source)


@pytest.mark.parametrize("path", SCRIPTS, ids=_relative)
def test_one_concept_a_file(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


def _reached_from(paths: Iterable[Path]) -> set[Path]:
    """All modules that ``paths`` import, directly or not."""
    reached: set[Path] = set()
    waiting = list(paths)
    while waiting:
        fresh = {path for path in _imports(waiting.pop()) if path.suffix == ".js"} - reached
        reached |= fresh
        waiting.extend(fresh)
    return reached


def test_every_module_is_reached_by_a_unit_test() -> None:
    assert not set(SCRIPTS) - _reached_from(UNIT_TESTS)


def test_icons_that_are_used_exist() -> None:
    icons = set(re.findall(r"^  (\w+): \[", (STATIC_DIR / "lib" / "icons.js").read_text(), re.M))
    used: set[str] = set()
    for path in SCRIPTS:
        used |= set(re.findall(r'\bicon\("(\w+)"', path.read_text()))
        used |= set(re.findall(r'icon: "(\w+)"', path.read_text()))
    assert used <= icons


def test_hooks_that_main_documents_exist() -> None:
    text = (STATIC_DIR / "main.js").read_text()
    documented = set(
        re.findall(r"\b(?:upload|tool|label|slice|run|save|mark|copy|clear)-[a-z]+\b", text.split("*/")[0])
    )
    code = "\n".join(path.read_text() for path in SCRIPTS if path.name != "main.js")
    for name in documented:
        assert name in code or name.startswith("tool-"), name


def test_font_licence_is_shipped() -> None:
    assert "SIL Open Font License" in (STATIC_DIR / "fonts" / "INTER-LICENSE.txt").read_text()
