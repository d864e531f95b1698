"""The Python modules and the page's scripts of a repository."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGES = ("fewshot_sam", "storage", "backend", "ui", "benchmarks", "checks")
"""Folders with the program's own code; ``app.py`` is beside them."""


@dataclass(frozen=True)
class Module:
    """A Python module.

    Attributes:
        name: dotted, without ``__init__``.
        path: of its file, relative to the repository.
    """

    name: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @property
    def package(self) -> str:
        """The folder at the top of the repository, or "app"."""
        return self.name.split(".")[0]

    @property
    def lines(self) -> int:
        """Number of lines."""
        return len(self.text.splitlines())


def python_modules(root: Path, folders: tuple[str, ...] = PACKAGES) -> dict[str, Module]:
    """Modules of these folders by dotted name, and ``app``."""
    paths = [path for folder in folders for path in sorted((root / folder).rglob("*.py"))]
    paths += [root / "app.py"] if (root / "app.py").exists() else []
    modules = (_module(path, root) for path in paths)
    return {module.name: module for module in modules}


def script_paths(root: Path) -> Iterator[Path]:
    """The page's own scripts."""
    return (path for path in sorted((root / "ui" / "static").rglob("*.js")) if "vendor" not in path.parts)


def _module(path: Path, root: Path) -> Module:
    relative = path.relative_to(root)
    name = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
    return Module(name, relative, path.read_text(encoding="utf-8"))
