"""``python -m backend.retention``: what ``python -m fewshot_sam retention`` starts; see docs/cli.md.

Exit codes: 0, or 2 with one line for an error of the user's.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from backend.config import Config
from backend.programs import require_data_folder, run_program
from backend.queries.retention import is_busy, retention_of, select_projects_with_rule
from backend.state import start_errors
from fewshot_sam.data.text import printable
from fewshot_sam.errors import UserError
from storage.inspection import reading
from storage.models import utc_now


def main(arguments: Sequence[str] | None = None) -> int:
    """Print which projects are deleted when, the first to go first."""
    argparse.ArgumentParser(prog="fewshot_sam retention").parse_args(arguments)
    return run_program("retention", lambda: _print_projects(Config.from_environment()))


def _print_projects(config: Config) -> int:
    require_data_folder(config)
    with start_errors(config), reading(config.database_url, config.start_wait_s) as connection:
        if all(column["name"] != "keep_days" for column in inspect(connection).get_columns("project")):
            raise UserError(
                "The database knows of no such rules, because it is of an earlier version. "
                "Start the server once."
            )
        with Session(connection) as session:
            lines = _lines(session, config.max_keep_days, utc_now())
    sys.stdout.write("".join(f"{line}\n" for _, line in sorted(lines)))
    return 0


def _lines(session: Session, max_days: int | None, now: datetime) -> list[tuple[datetime, str]]:
    """When a project is deleted, and what is printed of it."""
    found = []
    for project in session.scalars(select_projects_with_rule(max_days)):
        kept = retention_of(project, max_days, now)
        if kept is None:
            continue
        days = (f"{moment:%Y-%m-%d}" for moment in (kept.deleted_at, project.changed_at))
        whose = "server" if kept.by_server else "project"
        busy = "busy" if is_busy(session, project.id) else "-"
        fields = (*days, str(kept.days), whose, busy, project.id, printable(project.name))
        found.append((kept.deleted_at, "\t".join(fields)))
    return found


if __name__ == "__main__":
    sys.exit(main())
