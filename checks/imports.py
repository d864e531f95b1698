"""Which module imports which: levels, cycles and the direction of the layers."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checks.sources import Module

LAYERS: dict[str, tuple[str, ...]] = {
    "app": ("ui", "backend", "storage", "fewshot_sam"),
    "ui": ("backend", "storage", "fewshot_sam"),
    "backend": ("storage", "fewshot_sam"),
    "storage": (),
    "fewshot_sam": (),
}
"""What each layer may import beside itself."""

Graph = dict[str, set[str]]
"""Names of the modules that each module imports."""


@dataclass
class ImportGraph:
    """Imports between modules.

    Attributes:
        at_load: those that run when a module is loaded.
        all: those inside functions too; imports for type checkers alone are in neither.
    """

    at_load: Graph = field(default_factory=dict)
    all: Graph = field(default_factory=dict)


def import_graph(modules: dict[str, Module]) -> ImportGraph:
    """Imports among ``modules``; what a package's ``__init__`` imports counts as the package's."""
    graph = ImportGraph()
    for name, module in modules.items():
        graph.at_load[name] = set(_imported(module.tree.body, modules, lazy=False)) - {name}
        graph.all[name] = set(_imported(module.tree.body, modules, lazy=True)) - {name}
    return graph


def longest_chain(graph: Graph, package: str) -> list[str]:
    """The longest chain of imports within a package, from the module that nothing imports down.

    Raises:
        ValueError: if the imports are circular.
    """
    members = {name for name in graph if name == package or name.startswith(f"{package}.")}
    chains: dict[str, list[str]] = {}

    def chain(name: str, above: tuple[str, ...]) -> list[str]:
        if name in above:
            raise ValueError(f"imports are circular: {' > '.join((*above, name))}")
        if name not in chains:
            below = [chain(each, (*above, name)) for each in sorted(graph[name] & members)]
            chains[name] = [name, *max(below, key=len, default=[])]
        return chains[name]

    return max((chain(name, ()) for name in sorted(members)), key=len, default=[])


def cycles(graph: Graph) -> list[list[str]]:
    """Groups of modules that import each other, directly or through others (Tarjan's algorithm)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in order:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], order[other])
        if low[name] == order[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(graph):
        if name not in order:
            visit(name)
    return found


def upward_imports(graph: Graph) -> list[str]:
    """Imports against the layers, as "module imports module"."""
    return [
        f"{name} imports {other}"
        for name, others in sorted(graph.items())
        for other in sorted(others)
        if not _allowed(name.split(".")[0], other.split(".")[0])
    ]


def _allowed(package: str, other: str) -> bool:
    return package == other or package not in LAYERS or other in LAYERS[package]


def _imported(body: Iterable[ast.stmt], modules: dict[str, Module], lazy: bool) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.ImportFrom):
            yield from _names(statement, modules)
        elif isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names if alias.name in modules)
        elif isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            yield from _imported(statement.orelse, modules, lazy)
        elif lazy or not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            for block in ("body", "orelse", "finalbody"):
                yield from _imported(getattr(statement, block, []), modules, lazy)
            for handler in getattr(statement, "handlers", []):
                yield from _imported(handler.body, modules, lazy)


def _names(statement: ast.ImportFrom, modules: dict[str, Module]) -> Iterator[str]:
    """A name imported from a package may be a module of it, or something its ``__init__`` has."""
    for alias in statement.names:
        full = f"{statement.module}.{alias.name}"
        if full in modules:
            yield full
        elif statement.module in modules:
            yield str(statement.module)
