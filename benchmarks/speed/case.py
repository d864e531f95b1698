"""What a case is, and how one of its parts is run in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.speed.samples import RUNS
from benchmarks.speed.table import Row

ROOT = Path(__file__).resolve().parents[2]
Numbers = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """How a part is to run.

    Attributes:
        work: a folder shared by the parts of one case, gone when the case ends.
        quick: small sizes and few runs; figures say less.
        full: nothing is extrapolated.
    """

    work: str
    quick: bool = False
    full: bool = False

    @property
    def folder(self) -> Path:
        """``work`` as a path."""
        return Path(self.work)

    @property
    def runs(self) -> int:
        """How often what is short is run."""
        return 1 if self.quick else RUNS


@dataclass(frozen=True)
class SpeedCase:
    """One thing a user waits for, or pays memory for.

    Attributes:
        parts: run in this order, each in its own process; the numbers get "peak_rss_mb" (of the whole
            process, mapped files included) and "threads".
        rows: from the parts' numbers to the table.
        quick: runs with ``--quick``.
        cuda: runs only on a machine with a CUDA device.
    """

    name: str
    title: str
    parts: Mapping[str, Callable[[Context], Numbers]]
    rows: Callable[[dict[str, Numbers]], list[Row]]
    quick: bool = False
    cuda: bool = False


class PartError(Exception):
    """A part's process failed; its output was on standard error."""


def run_part(case: SpeedCase, part: str, context: Context) -> Numbers:
    """Run a part in a process of its own.

    Raises:
        PartError: if it failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "numbers.json"
        order = {"case": case.name, "part": part, "context": asdict(context), "answer": str(answer)}
        command = [sys.executable, "-m", "benchmarks.speed.child", json.dumps(order)]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": "ignore"})
        if done.returncode or not answer.exists():
            raise PartError(f"{case.name}/{part} ended with status {done.returncode}")
        return json.loads(answer.read_text())


def peak_rss_mb() -> float:
    """Most memory this process ever had resident, in megabytes of 10^6 bytes, mapped files included."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1.0 if sys.platform == "darwin" else 1024.0) / 1e6
