"""Why settings were refused, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import ErrorDetails

_SHOWN_CHARACTERS = 40
_SHOWN_BITS = 64
_OUT_OF_RANGE = ("greater_than_equal", "less_than_equal", "finite_number")


def describe(error: ErrorDetails, parts: Mapping[str, type]) -> str:
    """What must be, and what was, of one error of pydantic's.

    Args:
        parts: the dataclasses by the names under which they stand in the settings.
    """
    path = [str(part) for part in error["loc"]]
    if error["type"] == "unexpected_keyword_argument":
        known = [each.name for each in fields(parts[path[0]])] if len(path) > 1 else parts
        names = ", ".join(sorted(known))
        return f"Unknown setting {path[-1][:_SHOWN_CHARACTERS]!r}; known are {names}."
    if len(path) == 1:
        return f"The settings {path[0]} must be an object, got {shown(error['input'])}."
    wanted = _wanted(parts[path[0]], path[1], named=error["type"] not in _OUT_OF_RANGE)
    return f"The setting {path[0]}.{path[1]} must be {wanted}, got {shown(error['input'])}."


def _wanted(part: type, name: str, named: bool) -> str:
    """The range of a setting in words, read from its annotation; ``named``: with its type."""
    schema = TypeAdapter(part).json_schema()["properties"][name]
    choices = schema.get("anyOf", [schema])
    if "enum" in schema:
        return " or ".join(schema["enum"])
    kind = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}[choices[0]["type"]]
    if kind == "true or false":
        return kind
    span = f"from {choices[0]['minimum']:g} to {choices[0]['maximum']:g}"
    return (f"{kind} {span}" if named else span) + (" or null" if len(choices) > 1 else "")


def shown(value: Any) -> str:
    """A value from outside, short enough for a sentence."""
    if isinstance(value, dict | list | tuple):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and value.bit_length() > _SHOWN_BITS:  # such as 5000 digits
        return f"a whole number of {value.bit_length()} bits"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value[:_SHOWN_CHARACTERS]) if isinstance(value, str) else str(value)[:_SHOWN_CHARACTERS]
