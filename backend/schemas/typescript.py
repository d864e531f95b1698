"""JSON schemas as TypeScript declarations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Schema = Mapping[str, Any]
_PRIMITIVES = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}


def declarations(schemas: Mapping[str, Schema]) -> str:
    """One exported interface or type a schema, in the order of their names."""
    return "\n".join(_declaration(name, schemas[name]) for name in sorted(schemas))


def _declaration(name: str, schema: Schema) -> str:
    comment = _comment(schema, "")
    if "properties" not in schema and schema.get("additionalProperties") is not False:
        return f"{comment}export type {name} = {type_text(schema)};\n"
    required = schema.get("required", ())
    lines = [f"export interface {name} {{"]
    for key, value in schema.get("properties", {}).items():
        lines.append(f"{_comment(value, '  ')}  {key}{'' if key in required else '?'}: {type_text(value)};")
    if schema.get("additionalProperties") is True:
        lines.append("  [detail: string]: unknown;")
    return comment + "\n".join([*lines, "}"]) + "\n"


def type_text(schema: Schema) -> str:
    """The TypeScript type of a schema.

    Raises:
        ValueError: the schema uses a keyword that is not handled here.
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "enum" in schema:
        return _union(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return _union(type_text(option) for option in schema["anyOf"])
    kind = schema.get("type")
    if kind in _PRIMITIVES:
        return _PRIMITIVES[kind]
    if kind == "array":
        return _array(schema)
    if kind == "object":
        return _record(schema)
    if not set(schema) - {"title", "description", "default"}:
        return "unknown"
    raise ValueError(f"the schema must be one that TypeScript has a type for, got {schema}")


def _array(schema: Schema) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(type_text(item) for item in schema['prefixItems'])}]"
    item = type_text(schema["items"])
    return f"({item})[]" if "|" in item else f"{item}[]"


def _record(schema: Schema) -> str:
    values = schema.get("additionalProperties", True)
    value = "unknown" if isinstance(values, bool) else type_text(values)
    keys = type_text(schema["propertyNames"]) if "propertyNames" in schema else "string"
    return f"Record<{keys}, {value}>"


def _union(options: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(options))


def _comment(schema: Schema, indent: str) -> str:
    text = " ".join(str(schema.get("description", "")).split())
    return f"{indent}/** {text} */\n" if text else ""
