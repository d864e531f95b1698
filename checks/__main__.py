"""Prints each measure of the code beside its limit: ``python -m checks [ROOT]``.

Exit codes: 0 all limits are kept, 1 one is passed; what passes it is listed below the table.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from checks.measures import measure_all


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure a repository, by default the one this file is in."""
    given = sys.argv[1:] if arguments is None else arguments
    root = Path(given[0]) if given else Path(__file__).resolve().parents[1]
    measures = measure_all(root)
    for measure in measures:
        sys.stdout.write(f"{'ok  ' if measure.kept else 'FAIL'} {measure.name:<58} {measure.shown}\n")
    for measure in measures:
        if not measure.kept:
            sys.stdout.write(f"\n{measure.name}:\n")
            sys.stdout.writelines(f"  {line}\n" for line in measure.details)
    return 0 if all(measure.kept for measure in measures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
