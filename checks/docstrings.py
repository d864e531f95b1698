"""Whether public functions that take or return arrays state their shape and dtype."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.sources import Module

_ARRAY = re.compile(r"\b(ndarray|Tensor|NDArray|DataArray)\b")
_SHAPE = re.compile(
    r"\([A-Za-z0-9_+* /.]+,( ?[A-Za-z0-9_+* /.]+,?)*( ?\.\.\.)?\)|\bany shape\b|\bscalar\b|\bshape\b"
)
_DTYPE = re.compile(
    r"\b(u?int(8|16|32|64)?|float(16|32|64)?|bfloat16|bool|integers?|floats?|any (type|dtype|numbers?))\b"
)
_REFERENCE = re.compile(r":(func|meth|class):`~?[.\w]+`")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class ArrayFunction:
    """A public function with an array among its parameters or as its result.

    Attributes:
        states: its docstring has a shape and a dtype, or says "See" and where they are stated.
    """

    name: str
    states: bool


def array_functions(module: Module) -> Iterator[ArrayFunction]:
    """Those of a module, methods of public classes included."""
    for function, owner in _public(module.tree.body, None):
        if _ARRAY.search(_annotations(function)):
            text = _docstring(function, owner)
            name = f"{module.name}.{owner.name + '.' if owner else ''}{function.name}"
            yield ArrayFunction(name, _states(text))


def _public(
    body: list[ast.stmt], owner: ast.ClassDef | None
) -> Iterator[tuple[Function, ast.ClassDef | None]]:
    for statement in body:
        if isinstance(statement, ast.ClassDef) and not statement.name.startswith("_"):
            yield from _public(statement.body, statement)
        elif isinstance(statement, Function) and (
            not statement.name.startswith("_") or statement.name == "__init__"
        ):
            yield statement, owner


def _annotations(function: Function) -> str:
    arguments = function.args
    every = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    found = [each.annotation for each in every if each is not None] + [function.returns]
    return " ".join(ast.unparse(annotation) for annotation in found if annotation is not None)


def _docstring(function: Function, owner: ast.ClassDef | None) -> str:
    """A constructor is described by its class."""
    own = ast.get_docstring(function) or ""
    return own + (ast.get_docstring(owner) or "") if owner and function.name == "__init__" else own


def _states(text: str) -> bool:
    if text.startswith(("See ", "Inverse of ")) and _REFERENCE.search(text):
        return True
    return bool(_SHAPE.search(text) and _DTYPE.search(text))
