"""``python -m backend.audit``: what ``python -m fewshot_sam audit`` starts; see docs/cli.md.

Exit codes: 0, or 2 with one line for an error of the user's.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from backend.audit_trail import AuditEntry, read_trail
from backend.config import Config
from backend.errors import InvalidRequestError
from backend.programs import require_data_folder, run_program
from fewshot_sam.data.text import printable
from storage.accounts import AccountRow
from storage.errors import StorageError
from storage.inspection import reading


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the trail."""
    parser = argparse.ArgumentParser(prog="fewshot_sam audit")
    parser.add_argument("--since")
    args = parser.parse_args(arguments)
    return run_program("audit", lambda: _print_trail(args.since))


def _print_trail(since: str | None) -> int:
    moment, config = _moment(since) if since else None, Config.from_environment()
    require_data_folder(config)
    names = _names(config)
    for entry in read_trail(config.audit_file, moment):
        sys.stdout.write(f"{_line(entry, names)}\n")
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
    return "\t".join(map(printable, fields))


if __name__ == "__main__":
    sys.exit(main())
