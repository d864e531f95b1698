"""Results of this suite, one a row, so that a run that is cut off keeps what it has."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.speed.machine import load_average, machine_name, today, usable_cores, versions
from benchmarks.speed.rates import openvino_precisions
from benchmarks.suite_file import FOLDER, SuiteFile

FILE = FOLDER / "minutes.json"
_ROOT = Path(__file__).resolve().parents[2]
_CODE = ("fewshot_sam", "backend", "storage", "ui", "benchmarks/minutes", "benchmarks/peers")
_INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "avx512f", "avx2")


@dataclass(frozen=True)
class RowResult:
    """What one row measured.

    Attributes:
        name: kind and case, such as "lasso-ct_dicom".
        kind: such as "lasso".
        fingerprint: of the code, the versions and the machine; a result of others is measured again.
        machine: processor, cores, and what they multiply with.
        load_average: when the row began; times of a busy machine are long.
        numbers: JSON values; what is in them depends on the kind.
    """

    name: str
    kind: str
    case: str
    fingerprint: str
    date: str
    machine: str
    load_average: float
    numbers: dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """Where and with what a row is measured; taken before it begins."""

    fingerprint: str
    machine: str
    load_average: float

    @classmethod
    def now(cls) -> Setting:
        """This machine, this code, this moment."""
        return cls(fingerprint(), machine_text(), round(load_average(), 2))

    def result(self, kind: str, case: str, numbers: dict[str, Any]) -> RowResult:
        """The row's result."""
        name = row_name(kind, case)
        return RowResult(
            name, kind, case, self.fingerprint, today(), self.machine, self.load_average, numbers
        )


class MinutesStore:
    """The results of this suite."""

    def __init__(self, path: Path = FILE) -> None:
        self._file = SuiteFile(path)

    def load(self, kind: str, case: str) -> RowResult | None:
        """A row's result, None if there is none."""
        values = self._file.load(row_name(kind, case))
        return None if values is None else RowResult(**values)

    def save(self, result: RowResult) -> None:
        """Store a result."""
        self._file.save(result.name, asdict(result))

    def __iter__(self) -> Iterator[RowResult]:
        return (RowResult(**values) for values in self._file.all().values())


def row_name(kind: str, case: str) -> str:
    """By which a result is kept."""
    return f"{kind}-{case}"


def machine_text() -> str:
    """Processor, cores, its widest instructions and the encoder's precision."""
    precisions = openvino_precisions()
    precision = "bf16" if "bf16" in precisions else "float32"
    return f"{machine_name()}, {instructions()}, encoder in {precision}"


def instructions() -> str:
    """The widest vector instructions that this processor has, by the system's name for them."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split("flags", 1)[1].splitlines()[0].split()
    except (OSError, IndexError):
        return os.uname().machine if hasattr(os, "uname") else f"{usable_cores()} cores"
    return next((name for name in _INSTRUCTIONS if name in flags), "no avx2")


def fingerprint() -> str:
    """Changes with the app, the peers, this suite, library versions and the machine."""
    digest = hashlib.sha256(f"{machine_text()} {versions()}".encode())
    paths = [_ROOT / "app.py", _ROOT / "benchmarks" / "protocol.py"]
    for folder in _CODE:
        paths += [path for path in (_ROOT / folder).rglob("*") if path.suffix in (".py", ".js", ".css")]
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
