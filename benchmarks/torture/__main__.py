"""``python -m benchmarks.torture``: do what no server should suffer, and print a row of figures each.

The table is kept in docs/reliability.md. Exit code 1 if a row misses its target. The quick versions of the
rows, with the same seeds and small counts, are tests/torture.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.markdown import table
from benchmarks.torture.registry import load_row, row_names

HEAD = ["Row", "Target", "Found", "Missed", "min"]
MAX_SHOWN = 5


def main() -> int:
    """Run the rows that were asked for."""
    parser = argparse.ArgumentParser(description="Torture servers of its own and count what is lost.")
    parser.add_argument("--only", nargs="*", default=list(row_names()), choices=row_names(), help="rows")
    parser.add_argument("--count", type=int, help="how often, instead of each row's own number")
    parser.add_argument("--seed", type=int, default=0, help="of all that is random")
    chosen = parser.parse_args()
    rows, missed = [], 0
    with tempfile.TemporaryDirectory(prefix="fewshot-sam-torture-") as folder:
        for name in chosen.only:
            row = load_row(name)
            started = time.monotonic()
            found = row.run(Path(folder) / name, chosen.count or row.count, chosen.seed)
            minutes = (time.monotonic() - started) / 60
            sys.stderr.writelines(f"{name}: {fault}\n" for fault in found.faults)
            missed += bool(found.faults)
            shown = "; ".join(found.faults[:MAX_SHOWN]) or "nothing"
            rows.append([name, row.target, found.figures, shown, f"{minutes:.1f}"])
            sys.stderr.write(" | ".join(rows[-1]) + "\n")
    from benchmarks.speed.machine import machine_name  # imports torch

    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{machine_name()}, {datetime.date.today()}, seed {chosen.seed}; load average at the end {load}.\n")
    print(table(HEAD, rows))
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
