"""The page's share of the contract is what the Python files say."""

from __future__ import annotations

import json
import re

import pytest

from backend.schemas import enums, limits
from backend.schemas.generate import FOLDER, NAME_SETS, generated_files
from backend.schemas.typescript import declarations, type_text


@pytest.mark.parametrize("name", ["contract.js", "schema.d.ts"])
def test_the_generated_files_are_not_stale(name: str) -> None:
    stored = (FOLDER / name).read_text(encoding="utf-8")
    assert stored == generated_files()[name], "run `python -m backend.schemas.generate`"


def test_the_script_holds_every_member_of_every_enum() -> None:
    script = generated_files()["contract.js"]
    for names in NAME_SETS:
        pattern = rf"export const {names.name} = Object.freeze\(.*?\(\{{(.*?)\}}\)\);"
        body = re.search(pattern, script, re.S)
        assert body is not None, names.name
        members = re.findall(r'(\w+): ("[^"]*"),', body.group(1))
        assert {name: json.loads(text) for name, text in members} == names.members


def test_every_enum_of_the_contract_reaches_the_page() -> None:
    own = [value for value in vars(enums).values() if getattr(value, "__module__", "") == enums.__name__]
    assert {enum.__name__ for enum in own} <= {names.name for names in NAME_SETS}


def test_colours_of_labels_are_distinct_and_well_formed() -> None:
    assert len(set(limits.LABEL_PALETTE)) == len(limits.LABEL_PALETTE)
    assert all(re.fullmatch(r"#[0-9a-f]{6}", color) for color in limits.LABEL_PALETTE)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer"}, "number"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "null"}]}}, "(number | null)[]"),
        ({"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}]}, "[number, number]"),
        ({"type": "object", "additionalProperties": {"$ref": "Run"}}, "Record<string, Run>"),
        ({"enum": ["a", "b"]}, '"a" | "b"'),
    ],
)
def test_schemas_have_a_type(schema: dict[str, object], text: str) -> None:
    assert type_text(schema) == text


def test_a_schema_without_a_type_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one that TypeScript has a type for"):
        type_text({"not": {"type": "string"}})


def test_fields_that_may_be_missing_are_optional() -> None:
    schema = {
        "properties": {"a": {"type": "string", "description": "first"}, "b": {"type": "string"}},
        "required": ["a"],
    }
    assert declarations({"X": schema}) == (
        "export interface X {\n  /** first */\n  a: string;\n  b?: string;\n}\n"
    )
