"""Every measure of the code, with its limit."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from checks.docstrings import array_functions
from checks.imports import cycles, import_graph, longest_chain, upward_imports
from checks.sources import Module, python_modules, script_paths

MAX_TOP_ENTRIES = 14
MAX_LEVELS = 8
MAX_FUNCTION_LINES = 50
MAX_FILE_LINES = 300
MIN_STATED_PERCENT = 95.0
TESTS = "tests"


@dataclass(frozen=True)
class Measure:
    """What was found of one property.

    Attributes:
        shown: the value and its limit, for people.
        kept: the value is within the limit.
        details: what passes it, a line each.
    """

    name: str
    shown: str
    kept: bool
    details: list[str] = field(default_factory=list)


def measure_all(root: Path) -> list[Measure]:
    """All measures of a repository."""
    modules = python_modules(root)
    tests = python_modules(root, (TESTS,))
    tests.pop("app", None)
    graph = import_graph(modules)
    return [
        _top_entries(root),
        *(_levels(graph.at_load, package) for package in ("fewshot_sam", "storage", "backend")),
        _none("import cycles", [" > ".join(group) for group in cycles(graph.at_load)]),
        _none(
            "import cycles, imports inside functions included",
            [" > ".join(group) for group in cycles(graph.all)],
        ),
        _none("imports against the layers", upward_imports(graph.all)),
        _none(f"functions over {MAX_FUNCTION_LINES} lines", list(_long_functions(modules | tests))),
        _none(f"files over {MAX_FILE_LINES} lines", list(_long_files(root, modules | tests))),
        _none("public classes that share a name", list(_shared_names(modules))),
        _stated(modules),
    ]


def _none(name: str, found: list[str]) -> Measure:
    return Measure(name, f"{len(found)} of at most 0", not found, found)


def _top_entries(root: Path) -> Measure:
    entries = [path.name for path in sorted((root / "fewshot_sam").iterdir()) if path.name != "__pycache__"]
    kept = len(entries) <= MAX_TOP_ENTRIES
    return Measure("entries of fewshot_sam/", f"{len(entries)} of at most {MAX_TOP_ENTRIES}", kept, entries)


def _levels(graph: dict[str, set[str]], package: str) -> Measure:
    try:
        chain = longest_chain(graph, package)
    except ValueError as error:
        return Measure(f"import levels of {package}/", "circular", False, [str(error)])
    shown = f"{len(chain)} of at most {MAX_LEVELS}"
    return Measure(f"import levels of {package}/", shown, len(chain) <= MAX_LEVELS, chain)


def _long_functions(modules: dict[str, Module]) -> Iterator[str]:
    """A migration is a list of what it does to the database, as long as that is."""
    for module in modules.values():
        if "migrations/versions" in module.path.as_posix():
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    yield f"{module.name}.{node.name}: {lines}"


def _long_files(root: Path, modules: dict[str, Module]) -> Iterator[str]:
    for module in modules.values():
        if module.lines > MAX_FILE_LINES:
            yield f"{module.path}: {module.lines}"
    for path in [*script_paths(root), *sorted((root / "ui" / "static" / "css").glob("*.css"))]:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MAX_FILE_LINES:
            yield f"{path.relative_to(root)}: {lines}"


def _shared_names(modules: dict[str, Module]) -> Iterator[str]:
    places: dict[str, list[str]] = defaultdict(list)
    for module in modules.values():
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module.name)
    for name, found in sorted(places.items()):
        if len(found) > 1:
            yield f"{name}: {', '.join(found)}"


def _stated(modules: dict[str, Module]) -> Measure:
    functions = [each for module in modules.values() for each in array_functions(module)]
    missing = [each.name for each in functions if not each.states]
    percent = 100.0 * (1 - len(missing) / max(1, len(functions)))
    return Measure(
        "public functions with arrays that state shape and dtype",
        f"{percent:.1f} % of at least {MIN_STATED_PERCENT:g} % ({len(functions)})",
        percent >= MIN_STATED_PERCENT,
        missing,
    )
