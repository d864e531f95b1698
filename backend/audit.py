"""``python -m backend.audit``: what ``python -m fewshot_sam audit`` starts; see docs/cli.md.

Exit codes: 0, or 2 with one line for an error of the user's.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from backend.audit_trail import AuditEntry, read_trail
from backend.config import Config
from backend.errors import InvalidRequestError
from fewshot_sam.errors import UserError
from storage.accounts import AccountRow
from storage.errors import StorageError
from storage.inspection import reading

USER_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the trail."""
    parser = argparse.ArgumentParser(prog="fewshot_sam audit")
    parser.add_argument("--since")
    args = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        since = _moment(args.since) if args.since else None
        config = Config.from_environment()
        if not config.home.is_dir():
            raise InvalidRequestError(
                f"There is no data folder at {config.home}. Set FEWSHOT_SAM_HOME to yours."
            )
        names = _names(config)
        for entry in read_trail(config.audit_file, since):
            sys.stdout.write(f"{_line(entry, names)}\n")
    except UserError as error:
        sys.stderr.write(f"fewshot_sam audit: {' '.join(str(error).split())}\n")
        return USER_ERROR
    return 0


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequestError(f"--since must be a date such as 2026-11-26, got '{text[:40]}'.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _names(config: Config) -> dict[str, str]:
    """Names of accounts by id; none where the database cannot be read: the trail can be read without it."""
    try:
        with reading(config.database_url, config.start_wait_s) as connection:
            rows = connection.execute(select(AccountRow.id, AccountRow.name))
            return {str(row.id): str(row.name) for row in rows}
    except (StorageError, SQLAlchemyError, OSError):
        return {}


def _line(entry: AuditEntry, names: dict[str, str]) -> str:
    who = "-" if entry.account is None else names.get(entry.account, entry.account)
    fields = (entry.at, who, entry.address or "-", entry.action, entry.path, str(entry.status))
    return "\t".join("".join(c if c.isprintable() else " " for c in field) for field in fields)


if __name__ == "__main__":
    sys.exit(main())
