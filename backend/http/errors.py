"""Errors become answers here, once, in one shape; a traceback goes to the log and to nobody else."""

from __future__ import annotations

import errno
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    TooLargeError,
    UnknownLabelError,
)
from fewshot_sam.errors import UserError

logger = logging.getLogger(__name__)

_STATUS_AND_CODE: tuple[tuple[type[UserError], int, str], ...] = (
    (NotFoundError, 404, "not_found"),
    (ConflictError, 409, "conflict"),
    (TooLargeError, 413, "too_large"),
    (InvalidRequestError, 400, "bad_request"),
    (UnknownLabelError, 422, "unknown_label"),
    (UserError, 422, "user_error"),
)


def error_response(status: int, code: str, message: str, **details: Any) -> JSONResponse:
    """``{"error": {"code", "message", ...}}`` with a status."""
    return JSONResponse({"error": {"code": code, "message": message, **details}}, status_code=status)


def add_error_handlers(api: FastAPI) -> None:
    """Map errors users can cause, and malformed requests, to answers."""
    api.add_exception_handler(UserError, _user_error)
    api.add_exception_handler(RequestValidationError, _malformed)
    api.add_exception_handler(HTTPException, _http_error)


class UnexpectedErrors:
    """ASGI middleware: an error nobody foresaw becomes a sentence, its traceback goes to the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting_send)
        except Exception as error:
            logger.exception("%s %s failed", scope.get("method"), scope.get("path"))
            if started:
                raise
            await _unexpected(error)(scope, receive, send)


def _unexpected(error: Exception) -> JSONResponse:
    if _is_full_disk(error):
        message = "The server's disk is full, so nothing was saved. Free some space, then try again."
        return error_response(507, "disk_full", message)
    message = "Something went wrong on the server; details are in its log. Try again."
    return error_response(500, "internal", message)


def _is_full_disk(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(error, OperationalError) and "disk is full" in str(error.orig)


async def _user_error(_request: Request, error: Exception) -> JSONResponse:
    status, code = next((status, code) for kind, status, code in _STATUS_AND_CODE if isinstance(error, kind))
    details = dict(error.details) if isinstance(error, ConflictError) else {}
    return error_response(status, details.pop("code", code), str(error), **details)


async def _malformed(_request: Request, error: Exception) -> JSONResponse:
    first = error.errors()[0] if isinstance(error, RequestValidationError) and error.errors() else {}
    where = ".".join(str(part) for part in first.get("loc", ()))
    return error_response(400, "bad_request", f"The request is malformed at {where}: {first.get('msg')}.")


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "bad_request")
    message = str(error.detail) if isinstance(error, HTTPException) else "The request failed."
    return error_response(status, code, f"{message}.")
