"""Logging of the server and the worker: messages to the terminal, everything to a file."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path


def configure_logging(log_file: Path) -> None:
    """Send warnings and our own messages to stderr, and tracebacks too to ``log_file`` (rotated)."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.handlers.RotatingFileHandler(log_file, maxBytes=5_000_000, backupCount=3)
    to_file.setFormatter(logging.Formatter("%(asctime)s %(process)d %(name)s %(levelname)s: %(message)s"))
    to_terminal = logging.StreamHandler(sys.stderr)
    to_terminal.setFormatter(logging.Formatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[to_file, to_terminal], force=True)
    for name in ("fewshot_sam", "backend"):
        logging.getLogger(name).setLevel(logging.INFO)
