"""Errors become answers here, once, in one shape; a traceback goes to the log and to nobody else."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import (
    BusyError,
    ConflictError,
    DamagedDataError,
    ForbiddenError,
    InvalidRequestError,
    LoginRequiredError,
    NotFoundError,
    QuotaError,
    TooLargeError,
    TooManyError,
    UnknownLabelError,
    UnsupportedTypeError,
)
from backend.http.answers import JsonAnswer
from backend.schemas.enums import ErrorCode
from fewshot_sam.errors import UserError
from storage.errors import SENTENCES, FrozenError, classify_database_error

logger = logging.getLogger(__name__)

MAX_MESSAGE = 1000  # characters of a sentence: what a client sent is never sent back at length
RETRY_AFTER_S = 5
_NO_WORD = re.compile(r"(?<=/)(?!(?:[0-9a-f]{32}|[0-9]+|[a-z]{1,16}|preview\.nii)(?:/|$))[^/]+")
BUSY = (
    "The server is busy right now. What you painted is kept in this browser and is saved as soon as the "
    "server can take it; try anything else again in a minute."
)

_STATUS_AND_CODE: tuple[tuple[type[UserError], int, ErrorCode], ...] = (
    (LoginRequiredError, 401, ErrorCode.LOGIN_REQUIRED),
    (ForbiddenError, 403, ErrorCode.FORBIDDEN),
    (NotFoundError, 404, ErrorCode.NOT_FOUND),
    (ConflictError, 409, ErrorCode.CONFLICT),
    (QuotaError, 409, ErrorCode.QUOTA),
    (TooLargeError, 413, ErrorCode.TOO_LARGE),
    (UnsupportedTypeError, 415, ErrorCode.BAD_TYPE),
    (TooManyError, 429, ErrorCode.TOO_MANY),
    (BusyError, 503, ErrorCode.BUSY),
    (DamagedDataError, 500, ErrorCode.DAMAGED),
    (InvalidRequestError, 400, ErrorCode.BAD_REQUEST),
    (UnknownLabelError, 422, ErrorCode.UNKNOWN_LABEL),
    (UserError, 422, ErrorCode.USER_ERROR),
)


def error_response(status: int, code: ErrorCode, message: str, **details: Any) -> JsonAnswer:
    """``{"error": {"code", "message", ...}}`` with a status; says when to try again where that helps."""
    shown = message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]} ..."
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status in (429, 503) else None
    content = {"error": {"code": code, "message": shown, **details}}
    return JsonAnswer(content, status_code=status, headers=headers)


def user_error_response(error: UserError) -> JsonAnswer:
    """The answer to an error a user can cause."""
    status, code = next((status, code) for kind, status, code in _STATUS_AND_CODE if isinstance(error, kind))
    details = dict(error.details) if isinstance(error, ConflictError) else {}
    answer = error_response(status, details.pop("code", code), str(error), **details)
    if isinstance(error, TooManyError):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def add_error_handlers(api: FastAPI) -> None:
    """Map errors users can cause, and malformed requests, to answers."""
    for kind, handler in error_handlers().items():
        api.add_exception_handler(kind, handler)


def error_handlers() -> dict[type[Exception], Callable[[Request, Exception], Awaitable[JsonAnswer]]]:
    """What makes an answer of each kind of error that is foreseen."""
    return {
        UserError: _user_error,
        FrozenError: _frozen,
        RequestValidationError: _malformed,
        HTTPException: _http_error,
    }


class UnexpectedErrors:
    """ASGI middleware: an error nobody foresaw becomes a sentence, its traceback goes to the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting_send)
        except ClientDisconnect:
            logger.info("%s: the client went away", _asked(scope))
        except Exception as error:
            if classify_database_error(error) == "busy":
                logger.warning("%s: the database is busy", _asked(scope))
            else:
                logger.exception("%s failed", _asked(scope))
            if started:
                raise
            await _unexpected(error)(scope, receive, send)


def _asked(scope: Scope) -> str:
    """Method and path for the log: what in the path is no word of ours and no id may be a name."""
    return f"{scope['method']} {_NO_WORD.sub('...', scope['path'][:200])}"


def _unexpected(error: Exception) -> JsonAnswer:
    match classify_database_error(error):
        case "busy":
            return error_response(503, ErrorCode.BUSY, BUSY)
        case "full":
            message = "The server's disk is full, so nothing was saved. Free some space, then try again."
            return error_response(507, ErrorCode.DISK_FULL, message)
        case "damaged" | "unwritable" as trouble:
            return error_response(500, ErrorCode.DAMAGED, SENTENCES[trouble])
    message = "Something went wrong on the server; details are in its log. Try again."
    return error_response(500, ErrorCode.INTERNAL, message)


async def _user_error(_request: Request, error: Exception) -> JsonAnswer:
    return user_error_response(error if isinstance(error, UserError) else UserError("The request failed."))


async def _frozen(_request: Request, error: Exception) -> JsonAnswer:
    return error_response(409, ErrorCode.FROZEN, str(error))


async def _malformed(_request: Request, error: Exception) -> JsonAnswer:
    errors = error.errors() if isinstance(error, RequestValidationError) else []
    first = errors[0] if errors else {}
    where = [str(part)[:60] for part in first.get("loc", ())][:6]
    if where[:1] == ["path"] and where[-1].endswith("_id"):
        return error_response(404, ErrorCode.NOT_FOUND, "There is nothing at this address. Reload the page.")
    message = str(first.get("msg", "not as it must be"))[:200]
    sentence = f"The request is malformed at {'.'.join(where)}: {message}."
    return error_response(400, ErrorCode.BAD_REQUEST, sentence)


async def _http_error(_request: Request, error: Exception) -> JsonAnswer:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: ErrorCode.NOT_FOUND, 405: ErrorCode.METHOD_NOT_ALLOWED}.get(status, ErrorCode.BAD_REQUEST)
    message = str(error.detail) if isinstance(error, HTTPException) else "The request failed"
    return error_response(status, code, f"{message.rstrip('.')}.")
