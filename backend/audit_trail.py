"""The audit trail: who logged in, read, changed and exported what, and when. Ids and addresses, no names.

A file of JSON lines in the data folder's ``logs``; the oldest of MAX_FILES files goes when the newest is
full. Written from any thread, read by ``fewshot-sam audit``.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

MAX_FILE_BYTES, MAX_FILES = 20 * 1024**2, 20
SAME_READING_S = 600.0
MAX_REMEMBERED = 10_000


@dataclass(frozen=True)
class AuditEntry:
    """One thing that was done.

    Attributes:
        at: ISO 8601, UTC.
        account: id of the account; None where nobody is logged in and the name is no account's.
        session: the beginning of what is stored of the session's token.
        address: the network address, where it is known.
        action: login, logout, read, change, share, export, export-ended, offer, take-back, accept, decline,
            archive-search, archive-fetch, archive-store,
            the steps of a review (review-ready, -withdraw, -accept, -send-back, -reopen), and what was
            refused; or what the server did by a rule.
        path: of the request; it holds ids and numbers. Of an archive's, the UIDs of study and series follow.
        status: of the answer.
    """

    at: str
    account: str | None
    session: str | None
    address: str | None
    action: str
    path: str
    status: int


class AuditTrail:
    """Appends entries; reading the same again within SAME_READING_S is one reading."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handler: RotatingFileHandler | None = None
        self._read: OrderedDict[tuple[str | None, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def record(
        self,
        action: str,
        path: str,
        status: int,
        account: str | None,
        session: str | None = None,
        address: str | None = None,
    ) -> None:
        """Append an entry; a disk that cannot be written is told on standard error and stops nobody."""
        if action == "read" and status < 400 and self._is_repeated(account, path):
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        entry = AuditEntry(at, account, session and session[:8], address, action, path, status)
        with self._lock:
            if self._handler is None:
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._handler = RotatingFileHandler(
                    self._file, maxBytes=MAX_FILE_BYTES, backupCount=MAX_FILES - 1, encoding="utf-8"
                )
            text = json.dumps(asdict(entry))
            self._handler.handle(logging.LogRecord("audit", logging.INFO, "", 0, text, None, None))

    def close(self) -> None:
        """Close the file; recording opens it again."""
        with self._lock:
            if self._handler is not None:
                self._handler.close()
                self._handler = None

    def _is_repeated(self, account: str | None, path: str) -> bool:
        now_s = time.monotonic()
        with self._lock:
            before_s = self._read.get((account, path))
            if before_s is not None and now_s - before_s < SAME_READING_S:
                return True
            self._read[account, path] = now_s
            self._read.move_to_end((account, path))
            while len(self._read) > MAX_REMEMBERED:
                self._read.popitem(last=False)
            return False


def read_trail(file: Path, since: datetime | None = None) -> Iterator[AuditEntry]:
    """The entries that are kept, oldest first; a line that was cut off by a crash is left out."""
    older = [file.with_name(f"{file.name}.{number}") for number in range(MAX_FILES - 1, 0, -1)]
    for path in [*older, file]:
        if not path.is_file():
            continue
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    entry = AuditEntry(**json.loads(line))
                    at = datetime.fromisoformat(entry.at)
                except (ValueError, TypeError):
                    continue
                if since is None or at >= since:
                    yield entry
