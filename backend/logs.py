"""Logging of the server and the worker: messages to the terminal, everything to a file.

Logs hold no data of patients: no names of people, files, labels or projects, and no paths of uploads. What
the program logs itself is ids and constants. Errors are told by their type and where they happened; of their
texts the first line is kept without what is quoted or looks like a path, for that is where values stand, and
the texts of user-correctable errors, which are for the user's eyes, are left out. The database's errors come
without the values of rows (storage.database.make_engine).
"""

from __future__ import annotations

import copy
import logging
import logging.handlers
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from fewshot_sam.errors import UserError

OWN_LOGGERS = ("fewshot_sam", "backend", "storage", "ui")
LEFT_OUT = "(name left out)"
_MAX_TEXT = 300
# An upload's folder holds files with the names they were sent with.
_UPLOADED_NAME = re.compile(r"""(uploads/[0-9a-f]{32}/)[^'"\n]+""")
_OWN_PATH = re.compile(
    rf"uploads/[0-9a-f]{{32}}/{re.escape(LEFT_OUT)}|(?:blobs|meshes|previews|cache)/[0-9a-f/_-]+[0-9a-z.]*"
)
_VALUE = re.compile(
    "|".join(
        [
            rf"\S*uploads/[0-9a-f]{{32}}/{re.escape(LEFT_OUT)}",
            *(f"{quote}[^{quote}]*(?:{quote}|$)" for quote in "'\"`"),  # or a quote that does not end
            r"\S*[/\\^]\S*",  # a path, or a name as DICOM writes it
            r"\S+\.[A-Za-z][A-Za-z0-9]{1,7}(?![\w.])",  # a file
        ]
    )
)
logger = logging.getLogger(__name__)


def configure_logging(log_file: Path | None = None) -> None:
    """Send warnings and our own messages to stderr, and tracebacks too to ``log_file`` (rotated), if any.

    Raises:
        OSError: the file or its folder cannot be made.
    """
    to_terminal = logging.StreamHandler(sys.stderr)
    to_terminal.setFormatter(_WithoutNames("%(message)s"))
    handlers: list[logging.Handler] = [to_terminal]
    if log_file is not None:
        handlers.append(_file_handler(log_file))
    logging.basicConfig(level=logging.WARNING, handlers=handlers, force=True)
    for name in ("fewshot_sam", "backend"):
        logging.getLogger(name).setLevel(logging.INFO)


def log_uncaught_errors() -> None:
    """From now on an error that ends the process or a thread of it is logged as others are, not printed."""

    def of_the_process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            logger.critical("the process ends because of an error", exc_info=(kind, error, trace))

    def of_a_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            found = (args.exc_type, args.exc_value, args.exc_traceback)
            logger.critical("a thread ends because of an error", exc_info=found)

    sys.excepthook = of_the_process
    threading.excepthook = of_a_thread


def _file_handler(log_file: Path) -> logging.Handler:
    log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    to_file = logging.handlers.RotatingFileHandler(log_file, maxBytes=5_000_000, backupCount=3)
    to_file.setFormatter(_WithoutNames("%(asctime)s %(process)d %(name)s %(levelname)s: %(message)s"))
    return to_file


class _WithoutNames(logging.Formatter):
    """Leaves out what may be a name: of an upload's file, or a value in the text of an error."""

    def format(self, record: logging.LogRecord) -> str:
        own = copy.copy(record)
        own.exc_text = None  # another handler may have kept the whole text there
        if own.name.split(".")[0] not in OWN_LOGGERS:
            own.msg, own.args = without_values(own.getMessage()), ()
        return _UPLOADED_NAME.sub(rf"\1{LEFT_OUT}", super().format(own))

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's name
        error = ei[1] if isinstance(ei, tuple) else None
        return "".join(_told(error)).rstrip("\n") if isinstance(error, BaseException) else ""


def without_values(text: str) -> str:
    """The first line of a text without what is quoted or looks like a path."""
    line = _UPLOADED_NAME.sub(rf"\1{LEFT_OUT}", text.strip().partition("\n")[0])
    return _VALUE.sub(_place, line)[:_MAX_TEXT]


def _place(found: re.Match[str]) -> str:
    """What of a quoted text or path may stay: where in the data folder it is."""
    own = _OWN_PATH.search(found[0])
    return own[0] if own else "..."


def _told(error: BaseException, depth: int = 0) -> Iterator[str]:
    """As Python prints an error, but for the values in its text."""
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None and depth < 10:
        yield from _told(earlier, depth + 1)
        yield "\nWhich led to:\n\n" if error.__cause__ else "\nWhile that was handled:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}: {_text_of(error)}\n"
    for part in getattr(error, "exceptions", ()):  # of an exception group
        yield from _told(part, depth + 1)


def _text_of(error: BaseException) -> str:
    return "(text for the user left out)" if isinstance(error, UserError) else without_values(str(error))
