"""Logging of the server and the worker: messages to the terminal, everything to a file.

Logs hold no data of patients: names of uploaded files are cut out of what libraries say, and the
database's errors come without the values of rows (storage.database.make_engine).
"""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
from pathlib import Path

# An upload's folder holds files with the names they were sent with.
_UPLOADED_NAME = re.compile(r"""(uploads/[0-9a-f]{32}/)[^'"\n]+""")


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


def _file_handler(log_file: Path) -> logging.Handler:
    log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    to_file = logging.handlers.RotatingFileHandler(log_file, maxBytes=5_000_000, backupCount=3)
    to_file.setFormatter(_WithoutNames("%(asctime)s %(process)d %(name)s %(levelname)s: %(message)s"))
    return to_file


class _WithoutNames(logging.Formatter):
    """Leaves out the names of uploaded files."""

    def format(self, record: logging.LogRecord) -> str:
        return _UPLOADED_NAME.sub(r"\1(name left out)", super().format(record))
