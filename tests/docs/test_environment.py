"""docs/deploying.md against the code: every environment variable that is read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.conftest import PACKAGES, PAGES, ROOT, read

OF_THE_SYSTEM = {"LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR"}
OWN = re.compile(r"(FEWSHOT_SAM|GRADIO|SPACE)_[A-Z_]+[A-Z]|DATABASE_URL")
OF_THE_TESTS = re.compile(r"FEWSHOT_SAM_TEST_\w+")


def sources() -> list[Path]:
    return [ROOT / "app.py", *(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))]


def variables_in(path: Path) -> Iterator[str]:
    """Names that a module reads: ``environ["X"]``, ``environ.get("X")`` and texts that look like our own."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Constant(value=str(text)) if OWN.fullmatch(text):
                yield text
            case ast.Subscript(value=target, slice=ast.Constant(value=str(text)), ctx=ast.Load()) if (
                is_environment(target)
            ):
                yield text
            case ast.Call(
                func=ast.Attribute(value=target, attr="get"), args=[ast.Constant(value=str(text)), *_]
            ) if is_environment(target):
                yield text


def is_environment(node: ast.expr) -> bool:
    return ast.unparse(node).split(".")[-1] in ("environ", "environment")


def read_variables() -> set[str]:
    return {name for path in sources() for name in variables_in(path)} - OF_THE_SYSTEM


def test_variables_are_found() -> None:
    assert {"FEWSHOT_SAM_HOME", "DATABASE_URL", "FEWSHOT_SAM_MAX_VOXELS", "SPACE_ID"} <= read_variables()


def test_every_variable_is_documented() -> None:
    set_not_read = {"GRADIO_ANALYTICS_ENABLED", "GRADIO_TEMP_DIR"}
    missing = read_variables() - set_not_read - set(re.findall(r"`([A-Z_]+)`", read("docs/deploying.md")))
    assert not missing


def test_every_documented_variable_is_read() -> None:
    named = {name for page in PAGES for name in re.findall(r"\bFEWSHOT_SAM_[A-Z_]+[A-Z]\b", page.read_text())}
    assert {name for name in named if not OF_THE_TESTS.fullmatch(name)} <= read_variables()
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    assert all(f'"{name}"' in tests for name in named if OF_THE_TESTS.fullmatch(name))
