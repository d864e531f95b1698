"""Results of the speed suite, one a case, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import fewshot_sam
from benchmarks.speed.machine import machine_name, versions
from benchmarks.speed.table import Row
from benchmarks.suite_file import FOLDER, SuiteFile

FILE = FOLDER / "speed.json"


@dataclass(frozen=True)
class CaseResult:
    """What a case found.

    Attributes:
        fingerprint: of the code, the machine and the options; a result of others is measured again.
        load_average: of the machine when the case began; figures of a busy machine are noisy.
        threads: torch's, in the part that ran our code.
        parts: the numbers each part answered with.
    """

    name: str
    title: str
    fingerprint: str
    date: str
    machine: str
    load_average: float
    threads: int
    parts: dict[str, dict[str, Any]]
    rows: list[Row]


class SpeedStore:
    """The results of the speed suite."""

    def __init__(self, path: Path = FILE) -> None:
        self._file = SuiteFile(path)

    def load(self, name: str) -> CaseResult | None:
        """A case's result, None if there is none."""
        values = self._file.load(name)
        if values is None:
            return None
        return CaseResult(**{**values, "rows": [Row.from_json(row) for row in values["rows"]]})

    def save(self, result: CaseResult) -> None:
        """Store a result."""
        self._file.save(result.name, asdict(result))


def fingerprint(options: str) -> str:
    """Changes with the method, the benchmark, library versions, the machine and the options."""
    package, own = Path(fewshot_sam.__file__).parent, Path(__file__).parent
    digest = hashlib.sha256(f"{machine_name()} {versions()} {options}".encode())
    for path in sorted([*package.rglob("*.py"), *own.rglob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
