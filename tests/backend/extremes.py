"""Extreme values, and every route and field of the HTTP API they can be sent to."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from fewshot_sam.methods.triplanar.settings import TriplanarSettings
from fewshot_sam.settings import PredictSettings

JSON_TEXTS = (
    "null", "true", "-1", "0", "1", "255", "65536", "2147483648", "9223372036854775808", "1" + "0" * 400,
    "-1" + "0" * 400, "9" * 5000, "1e308", "1e999", "-1e999", "0.5", "NaN", "Infinity", "-Infinity",
    '""', '"' + "x" * 50_000 + '"', '"\\ud800"', '"\\u0000"', '"\\u202e"', '"=1+1"', '"../../etc/passwd"',
    '"' + "0" * 32 + '"', "[]", "{}", "[" * 5000 + "]" * 5000, '{"a":' * 3000 + "1" + "}" * 3000,
    "[" + "0," * 10_000 + "0]", '{"fit": []}',
)  # fmt: skip
"""JSON values as they are sent: some have no Python value that would be written so."""

SETTING_TEXTS = (
    "null", "true", "-1", "0", "2147483648", "1" + "0" * 400, "1e308", "-1e999", "NaN", '"1"', "[]", "{}",
)  # fmt: skip
"""Of those above, what a setting is given: there are many settings."""

SEGMENTS = (
    "0", "-1", "1e9", "9" * 5000, "%00", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%ff%fe", "%F0%9F%98%80",
    "0" * 32, "f" * 32, "x" * 4000, "true", "axial", "NaN", "%E2%80%AE", "a%0d%0aSet-Cookie:%20x=1",
)  # fmt: skip
"""Parts of a path, or values of a query or a header."""

_REQUIRED = {"name": '"n"', "kind": '"propagate"', "series_uid": '"1.2.3"'}
_REQUIRED |= {"token": '"t"', "password": '"p"', "present": '"p"', "new": '"p"'}
_REQUIRED |= {"keep_days": "null", "deidentify": "false"}
_REQUIRED |= {"value": "1", "code": "1", "color": '"#ff0000"'}
_REQUIRED |= {"to": '"log_in"', "role": '"reviewer"', "slices": "[[1, 0, 0]]"}
_REQUIRED |= {"method": '"majority"'}
_REQUIRED |= {"plane": '"axial"', "voxel": "[1, 1, 1]", "text": '"t"', "resolved": "true", "reason": '"r"'}


@dataclasses.dataclass(frozen=True)
class Route:
    """One route, and the names of what it takes.

    Attributes:
        body: the model of its JSON body, if it has one.
    """

    method: str
    path: str
    path_names: tuple[str, ...]
    query_names: tuple[str, ...]
    header_names: tuple[str, ...]
    body: type[BaseModel] | None

    def url(self, values: Mapping[str, str]) -> str:
        """The address with these values in its path."""
        return "/api" + re.sub(r"\{(\w+)\}", lambda match: values[match[1]], self.path)


def routes_of(api: FastAPI) -> list[Route]:
    """All routes of the API, those of routers too."""
    return [route for each in api.routes for route in _flattened(each)]


def bodies(model: type[BaseModel]) -> Iterator[str]:
    """JSON texts: each field of ``model`` with each extreme value, unknown keys, and what is no object."""
    yield from JSON_TEXTS
    for field in model.model_fields:
        yield from (_object({field: text}, model) for text in JSON_TEXTS)
    yield _object({"surprise": "1"}, model)
    if "settings" in model.model_fields:
        yield from (_object({"settings": text}, model) for text in _settings())


def path_values(route: Route, known: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Values of the path: known ones with one extreme among them."""
    usual = {name: known.get(name, "0" * 32) for name in route.path_names}
    for name in route.path_names:
        yield from ({**usual, name: segment} for segment in SEGMENTS)


def _settings() -> Iterator[str]:
    for part, kind in (("fit", TriplanarSettings), ("predict", PredictSettings)):
        for field in (*dataclasses.fields(kind), None):
            name = "surprise" if field is None else field.name
            yield from (f'{{"{part}": {{"{name}": {text}}}}}' for text in SETTING_TEXTS)


def _object(fields: Mapping[str, str], model: type[BaseModel]) -> str:
    needed = {name: _REQUIRED[name] for name, field in model.model_fields.items() if field.is_required()}
    return "{" + ", ".join(f'"{name}": {text}' for name, text in {**needed, **fields}.items()) + "}"


def _model(annotation: Any) -> Any:
    """The body's model, also of a body that may be left out."""
    return next((part for part in get_args(annotation) if part is not NoneType), annotation)


def _flattened(route: Any) -> Iterator[Route]:
    if isinstance(route, APIRoute):
        parts = route.dependant
        (body,) = [_model(param.field_info.annotation) for param in parts.body_params] or [None]
        for method in sorted(route.methods):
            yield Route(
                method,
                route.path,
                tuple(re.findall(r"\{(\w+)\}", route.path)),
                tuple(param.alias for param in parts.query_params),
                tuple(param.alias for param in parts.header_params),
                body,
            )
    elif (router := getattr(route, "original_router", None)) is not None:
        for inner in router.routes:
            yield from _flattened(inner)
