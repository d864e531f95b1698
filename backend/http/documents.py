"""What the OpenAPI document says of answers and bodies that are not JSON, and of errors."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from backend.schemas.errors import ErrorAnswer

_BYTES = {"schema": {"type": "string", "format": "binary"}}
ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorAnswer, "description": "The request cannot be answered; the message says why"},
    "5XX": {"model": ErrorAnswer, "description": "The server cannot answer now; the message says why"},
}
"""Of every route."""


class BytesResponse(Response):
    """An answer of bytes."""

    media_type = "application/octet-stream"


def bytes_answer(description: str, *media_types: str) -> dict[int | str, dict[str, Any]]:
    """``responses`` of a route that answers with bytes, octets unless other types are named."""
    content = dict.fromkeys(media_types or (BytesResponse.media_type,), _BYTES)
    return {
        200: {"description": description, "content": content},
        304: {"description": "The client has them already"},
    }


def bytes_body(description: str) -> dict[str, Any]:
    """``openapi_extra`` of a route that reads a body of bytes."""
    content = {BytesResponse.media_type: _BYTES}
    return {"requestBody": {"description": description, "required": True, "content": content}}


def form_body(description: str, **fields: str) -> dict[str, Any]:
    """``openapi_extra`` of a route that reads a multipart form: files, and text fields by name."""
    texts = {name: {"type": "string", "description": meaning} for name, meaning in fields.items()}
    files = {"files": {"type": "array", "items": _BYTES["schema"]}}
    content = {"multipart/form-data": {"schema": {"type": "object", "properties": files | texts}}}
    return {"requestBody": {"description": description, "required": True, "content": content}}
