"""``python -m backend.check``: what ``python -m fewshot_sam check`` starts; see docs/cli.md.

Exit codes: 0 nothing is wrong, or all of it was repaired; 1 something is wrong; 2 an error of the user's.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import BaseFileLock

from backend.config import Config
from backend.errors import StartError
from backend.home_lock import LOCK_NAME, lock_home
from backend.integrity import Finding, blob_findings, damaged_findings, database_findings, repair
from backend.programs import FAULTS_FOUND, require_data_folder, run_program
from backend.repair import drop_lost_results
from backend.state import examine, examine_folder, start_errors
from fewshot_sam.cli.outputs import prepare_outputs
from fewshot_sam.cli.report import RunReport
from fewshot_sam.errors import UserError
from storage.errors import DatabaseDamagedError, IdentityError


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, repair if asked to, and say what was found."""
    parser = argparse.ArgumentParser(prog="fewshot_sam check")
    parser.add_argument("--repair", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(arguments, argparse.Namespace(command="check"))
    return run_program("check", lambda: _check(Config.from_environment(), args))


def _check(config: Config, args: argparse.Namespace) -> int:
    prepare_outputs(args.json)
    require_data_folder(config)
    report = RunReport(args)
    with start_errors(config):
        lock, server_runs = _lock(config, args.repair)
        try:
            findings = _look(config, server_runs)
            refusal = _repair(config, findings) if args.repair and findings else None
            blobs = len(examine_folder(config).blobs)
        finally:
            if lock is not None:
                lock.release()
    sys.stdout.write(
        f"{config.home}: {blobs} stored file(s){', a server is running' if server_runs else ''}\n"
    )
    remaining = _print(findings)
    if refusal:
        sys.stdout.write(f"{refusal}\n")
    report.add(home=config.home, findings=[dataclasses.asdict(finding) for finding in findings])
    try:
        report.write()
    except OSError as error:
        raise UserError(
            f"The report cannot be written to {args.json} ({error.strerror}). Choose another for --json."
        ) from error
    return FAULTS_FOUND if remaining else 0


def _lock(config: Config, repairing: bool) -> tuple[BaseFileLock | None, bool]:
    """The data folder's lock, where a repair needs it, and whether a server has it."""
    if not repairing and not (config.home / LOCK_NAME).exists():
        return None, False
    try:
        lock = lock_home(config.home, wait_s=0)
    except OSError:  # such as a backup on a disk that can only be read
        if repairing:
            raise
        return None, False
    except UserError as error:
        if repairing:
            raise UserError(f"{error} Without --repair, the check may run beside it.") from error
        return None, True
    if repairing:
        return lock, False
    lock.release()
    return None, False


def _look(config: Config, server_runs: bool) -> list[Finding]:
    try:
        facts = examine(config)
        if facts.is_empty:
            return damaged_findings(config)
        return [*database_findings(config), *blob_findings(config, server_runs)]
    except (StartError, DatabaseDamagedError) as error:
        cause = error.__cause__ if isinstance(error, StartError) else error
        if not isinstance(cause, IdentityError | DatabaseDamagedError):
            raise
        kind = "identity" if isinstance(cause, IdentityError) else "database"
        return [Finding(kind, str(error)), *damaged_findings(config)]


def _repair(config: Config, findings: list[Finding]) -> str | None:
    """Repair; or say why nothing was."""
    if any(finding.kind in ("identity", "database") for finding in findings):
        return "Nothing was repaired, because that needs a database which is whole and belongs to the folder."
    repair(config, findings)
    drop_lost_results(config, findings)
    return None


def _print(findings: list[Finding]) -> int:
    """One line a finding. Returns how many remain."""
    for finding in findings:
        sys.stdout.write(f"{'REPAIRED' if finding.repaired else 'FAULT'}: {finding.text}\n")
    remaining = sum(not finding.repaired for finding in findings)
    repaired = len(findings) - remaining
    if not findings:
        sys.stdout.write("Nothing is wrong.\n")
    else:
        sys.stdout.write(f"{remaining} fault(s) found{f', {repaired} repaired' if repaired else ''}.\n")
    return remaining


if __name__ == "__main__":
    sys.exit(main())
