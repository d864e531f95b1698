"""Backups of a server while eight threads save and import; each is restored and compared."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.attacks.server import ROOT, AttackedServer
from benchmarks.torture.kills import Person
from benchmarks.torture.row import Found, TortureRow
from benchmarks.torture.servers import NO_QUOTAS, again, checked, toy_server


def back_up_while_saving(folder: Path, count: int, seed: int) -> Found:
    """Make ``count`` backups, restore each, and read back what was acknowledged before it began."""
    found, took_s = Found(), []
    server = toy_server(folder / "home")
    expected = []
    with server:
        people = [Person(server, seed + number) for number in range(2)]
        for person in people:
            person.work()
        for number in range(count):
            time.sleep(float(np.random.default_rng((seed, number)).uniform(0.2, 2.0)))
            expected.append([dict(person.ledger.slices) for person in people])
            started = time.monotonic()
            found.faults += _command(server.home, "backup", folder / f"{number}.zip")
            took_s.append(time.monotonic() - started)
        for person in people:
            person.rest()
    compared = 0
    for number, known in enumerate(expected):
        home = folder / f"restored-{number}"
        found.faults += _command(home, "restore", folder / f"{number}.zip")
        found.faults += [f"{number}, check: {fault}" for fault in checked(home)]
        with AttackedServer(home, **NO_QUOTAS) as restored:
            for person, slices in zip(people, known, strict=True):
                person.client = again(person.client, restored)
                compared += len(slices)
                for (volume, index), (version, data) in slices.items():
                    answer = person.client.get(
                        f"/api/volumes/{volume}/annotations/axial/{index}", params={"version": version}
                    )
                    if answer.content != data:
                        found.faults.append(
                            f"{number}: slice {index}, version {version}: {answer.status_code}"
                        )
        (folder / f"{number}.zip").unlink()
    found.figures = (
        f"{count} backups of {np.median(took_s):.1f} s while {sum(p.ledger.saves for p in people)} "
        f"slices were saved; restored and compared {compared} slices, {len(found.faults)} faults"
    )
    return found


def _command(home: Path, command: str, archive: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "fewshot_sam", command, str(archive)],
        cwd=ROOT,
        env=os.environ | {"FEWSHOT_SAM_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    return [] if done.returncode == 0 else [f"{command}: {done.stdout[-200:]} {done.stderr[-200:]}"]


BACKUPS = TortureRow("consistent, restored and compared", 20, "backups", back_up_while_saving)
