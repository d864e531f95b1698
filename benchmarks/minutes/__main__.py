"""``python -m benchmarks.minutes``: see :mod:`benchmarks.minutes`.

Each row is kept in benchmarks/results/minutes.json, so a run that is cut off goes on where it stopped; a
row of other code, versions or another machine is measured again. Writes the minutes part of
benchmarks/RESULTS.md. Meant for a quiet machine: the load average when a row began stands beside it.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Iterator, Sequence

from benchmarks.minutes.app_row import UnavailableError
from benchmarks.minutes.hand import HandModel
from benchmarks.minutes.report import section_text
from benchmarks.minutes.rows import ALL_CASES, KINDS
from benchmarks.minutes.store import MinutesStore, Setting
from benchmarks.report import RESULTS_FILE, write_section

_log = logging.getLogger("benchmarks.minutes")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; the exit status is 1 if a row failed. A row that cannot be measured is said and left out."""
    args = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and their folders go
    store = MinutesStore()
    failed = sum(not measure(kind, case, args, store) for kind, case in wanted(args))
    write_section(RESULTS_FILE, "minutes", section_text(list(store)))
    return 1 if failed else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.minutes", description=__doc__)
    arguments.add_argument("--rows", nargs="+", choices=list(KINDS), default=list(KINDS), metavar="ROW",
                           help=", ".join(KINDS))  # fmt: skip
    arguments.add_argument("--cases", nargs="+", choices=ALL_CASES, default=list(ALL_CASES), metavar="CASE",
                           help=", ".join(ALL_CASES))  # fmt: skip
    arguments.add_argument("--force", action="store_true", help="measure again what has a result already")
    arguments.add_argument("--keep", action="store_true", help="keep results of other code or machines")
    arguments.add_argument(
        "--report-only", action="store_true", help="measure nothing, write the tables again"
    )
    return arguments


def wanted(args: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Kind and case of each row that is asked for."""
    if args.report_only:
        return
    for name in args.rows:
        yield from ((name, case) for case in KINDS[name].cases if case in args.cases)


def measure(kind: str, case: str, args: argparse.Namespace, store: MinutesStore) -> bool:
    """Measure a row unless there is a result; False if it failed."""
    setting, old = Setting.now(), store.load(kind, case)
    if old and not args.force and (args.keep or old.fingerprint == setting.fingerprint):
        _log.info("%s, %s: measured before", kind, case)
        return True
    _log.info("%s, %s", kind, case)
    try:
        numbers = KINDS[kind].measure(kind, case, HandModel())
    except UnavailableError as missing:
        _log.warning("%s, %s: left out, %s", kind, case, missing)
        return True
    except Exception:  # must not lose the other rows; it is logged and fails the exit status
        _log.exception("%s, %s: failed", kind, case)
        return False
    store.save(setting.result(kind, case, numbers))
    return True


if __name__ == "__main__":
    sys.exit(main())
