"""Results on disk, one JSON file a case, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import fewshot_sam
from benchmarks.speed.machine import machine_name, versions
from benchmarks.speed.table import Row

FOLDER = Path(__file__).resolve().parents[1] / "results" / "speed"


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
    """The results in a folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def load(self, name: str) -> CaseResult | None:
        """A case's result, None if there is none."""
        path = self._folder / f"{name}.json"
        if not path.exists():
            return None
        values = json.loads(path.read_text())
        return CaseResult(**{**values, "rows": [Row.from_json(row) for row in values["rows"]]})

    def save(self, result: CaseResult) -> None:
        """Store a result; a killed run leaves the old file or the new one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{result.name}.json"
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(json.dumps(asdict(result), indent=1) + "\n")
        draft.replace(path)


def fingerprint(options: str) -> str:
    """Changes with the method, the benchmark, library versions, the machine and the options."""
    package, own = Path(fewshot_sam.__file__).parent, Path(__file__).parent
    digest = hashlib.sha256(f"{machine_name()} {versions()} {options}".encode())
    for path in sorted([*package.rglob("*.py"), *own.rglob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
