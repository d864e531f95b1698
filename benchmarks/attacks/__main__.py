"""``python -m benchmarks.attacks``: run every attack on a server of its own and print a table.

The table is kept in docs/reliability.md. Each attack has a fresh data folder under a temporary one.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.attacks.cases import ATTACKS, Attack
from benchmarks.attacks.server import MEBIBYTE, AttackedServer, Sampler
from benchmarks.markdown import table

HEAD = ["Attack", "At 43200cd", "Answer", "s", "Server", "Readers", "Worker", "Temporary files"]


def main() -> None:
    """Run the attacks whose names hold one of the words given."""
    parser = argparse.ArgumentParser(description="Attack a server on this machine and measure what it costs.")
    parser.add_argument("--only", nargs="*", default=[], help="words of the attacks' names")
    parser.add_argument("--worker", action="store_true", help="wait for the worker before each attack")
    chosen = parser.parse_args()
    words = [word.lower() for word in chosen.only]
    attacks = [a for a in ATTACKS if not words or any(word in a.name.lower() for word in words)]
    rows = []
    with tempfile.TemporaryDirectory(prefix="fewshot-sam-attacks-") as folder:
        for number, attack in enumerate(attacks):
            rows.append(_measured(attack, Path(folder) / str(number) / "home", chosen.worker))
            sys.stderr.write(" | ".join(rows[-1]) + "\n")
    from benchmarks.speed.machine import machine_name  # imports torch

    print(f"{machine_name()}, {datetime.date.today()}; memory and disk are peaks in MiB.\n")
    print(table(HEAD, rows))


def _measured(attack: Attack, home: Path, wait_for_worker: bool) -> list[str]:
    made = attack.make()
    with AttackedServer(home) as server:
        if wait_for_worker:
            server.wait_for_worker()
        with Sampler(server) as sampler:
            started = time.monotonic()
            answer = attack.run(server, made)
            seconds = time.monotonic() - started
        if not server.alive:
            answer += " (the server died)"
    peak = sampler.peak
    readers = f"{peak.readers} x, {peak.readers_bytes / MEBIBYTE:.0f}" if peak.readers else "none"
    return [
        attack.name,
        attack.earlier,
        answer,
        f"{seconds:.1f}",
        f"{peak.server_bytes / MEBIBYTE:.0f}",
        readers,
        f"{peak.worker_bytes / MEBIBYTE:.0f}",
        f"{peak.temporary_bytes / MEBIBYTE:.0f}",
    ]


if __name__ == "__main__":
    main()
