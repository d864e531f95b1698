"""JSON of requests, checked before anything looks at it: depth, numbers, text and keys."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from backend.errors import InvalidRequestError

MAX_DEPTH = 16
MAX_DIGITS = 20


def check_json(body: bytes) -> None:
    """Raise InvalidRequestError unless ``body`` is UTF-8 JSON that every later step can take.

    Refused are nesting over MAX_DEPTH, integers of more than MAX_DIGITS digits, numbers that are not
    finite, a key given twice, NUL characters, and half surrogate pairs, which neither the database
    nor an answer can hold.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_int=_whole_number,
            parse_float=_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:  # of UTF-8 and of JSON
        raise InvalidRequestError("The request's body must be valid JSON in UTF-8.") from error
    _check_values(value)


def _check_values(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep()
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                deeper += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                deeper += item
            elif isinstance(item, str):
                _check_text(item)
        level = deeper


def _check_text(text: str) -> None:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidRequestError("Text in the request must be plain Unicode without NUL characters.")


def _whole_number(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise InvalidRequestError(f"A number in the request must have at most {MAX_DIGITS} digits.")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise InvalidRequestError("Numbers in the request must be finite.")
    return number


def _refuse_constant(_name: str) -> NoReturn:
    raise InvalidRequestError("Numbers in the request must be finite, not NaN or Infinity.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise InvalidRequestError("An object in the request must name each key once.")
    return values


def _too_deep() -> InvalidRequestError:
    return InvalidRequestError(f"JSON in the request must be nested at most {MAX_DEPTH} deep.")
