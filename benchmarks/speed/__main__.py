"""``python -m benchmarks.speed``: see :mod:`benchmarks.speed`.

Each case's figures are kept in benchmarks/results/speed.json, so an interrupted run goes on where it stopped;
a figure of other code, versions, options or another machine is measured again. Writes the speed part of
benchmarks/RESULTS.md. Meant for a quiet machine: the load average when a case began stands in the table.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
from collections.abc import Sequence

import torch

from benchmarks.report import RESULTS_FILE, write_section
from benchmarks.speed.case import Context, PartError, SpeedCase, run_part
from benchmarks.speed.cases import CASES
from benchmarks.speed.machine import load_average, machine_name, today
from benchmarks.speed.section import section_text
from benchmarks.speed.store import CaseResult, SpeedStore, fingerprint
from benchmarks.speed.table import unmet
from fewshot_sam.data.folders import data_home

_log = logging.getLogger("benchmarks.speed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; the exit status is 1 if a case failed. A target that is not met is no failure."""
    args = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", force=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that scratch folders go
    store = SpeedStore()
    found, failed = measure(args, store)
    if args.quick:
        print(section_text(found, "python -m benchmarks.speed --quick"))
        return 1 if failed else 0
    kept = [result for case in CASES if (result := store.load(case.name))]
    write_section(RESULTS_FILE, "speed", section_text(kept, "python -m benchmarks.speed"))
    for result in kept:
        for row in unmet(result.rows):
            _log.info("Target not met: %s, %s", result.title, row.what)
    return 1 if failed else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    names = [case.name for case in CASES]
    arguments = argparse.ArgumentParser(
        prog="python -m benchmarks.speed", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    arguments.add_argument("--only", nargs="+", choices=names, metavar="CASE", help=", ".join(names))
    arguments.add_argument("--quick", action="store_true", help="a small part, printed, nothing kept")
    arguments.add_argument("--full", action="store_true", help="encode the large CT whole; no extrapolation")
    arguments.add_argument("--force", action="store_true", help="measure again what has a figure already")
    arguments.add_argument("--keep", action="store_true", help="keep figures of other code or machines")
    arguments.add_argument(
        "--report-only", action="store_true", help="measure nothing, write the table again"
    )
    return arguments


def measure(args: argparse.Namespace, store: SpeedStore) -> tuple[list[CaseResult], int]:
    """Run what is asked for and not there; what was found, and how many cases failed."""
    found: list[CaseResult] = []
    failed, code = 0, fingerprint("full" if args.full else "")
    for case in chosen(args):
        old = store.load(case.name)
        if not args.quick and not args.force and old and (args.keep or old.fingerprint == code):
            _log.info("%s: measured before", case.name)
            continue
        try:
            result = run_case(case, args.quick, args.full, code)
        except PartError as error:  # other cases go on; it fails the exit status
            _log.error("%s", error)
            failed += 1
            continue
        found.append(result)
        if not args.quick:
            store.save(result)
    return found, failed


def chosen(args: argparse.Namespace) -> list[SpeedCase]:
    """The cases to run here."""
    if args.report_only:
        return []
    wanted = [case for case in CASES if not args.only or case.name in args.only]
    if args.quick and not args.only:
        wanted = [case for case in wanted if case.quick]
    return [case for case in wanted if not case.cuda or torch.cuda.is_available()]


def run_case(case: SpeedCase, quick: bool, full: bool, code: str) -> CaseResult:
    """All parts of a case, one after the other, in a scratch folder below the data folder."""
    load = load_average()
    data_home().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=data_home()) as work:
        context, parts = Context(work, quick, full), {}
        for part in case.parts:
            _log.info("%s: %s", case.name, part)
            parts[part] = run_part(case, part, context)
    threads = max(numbers["threads"] for numbers in parts.values())
    rows = case.rows(parts)
    return CaseResult(case.name, case.title, code, today(), machine_name(), load, threads, parts, rows)


if __name__ == "__main__":
    sys.exit(main())
