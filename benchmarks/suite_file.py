"""The results of a benchmark suite: one JSON file, results by name, so that an interrupted run goes on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from filelock import FileLock

FOLDER = Path(__file__).resolve().parent / "results"


class SuiteFile:
    """A JSON object of named results, sorted by name: saving one again changes its own lines only.

    Several processes may save to one file: each reads and replaces it while it holds a lock.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> dict[str, dict[str, Any]]:
        """All results by name, in the order of the names; empty if nothing was saved."""
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def load(self, name: str) -> dict[str, Any] | None:
        """The result of a name, None if there is none."""
        return self.all().get(name)

    def save(self, name: str, values: dict[str, Any]) -> None:
        """Store a result; a killed run leaves the old file or the new one.

        Args:
            name: by which it is loaded, such as "ct_abdomen-5-ours-0".
            values: what JSON can hold, in the order of its lines; anything else is written as its text.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_suffix(".lock")):
            results = self.all() | {name: values}
            draft = self.path.with_suffix(f".{os.getpid()}.draft")
            draft.write_text(json.dumps(dict(sorted(results.items())), indent=1, default=str) + "\n")
            draft.replace(self.path)
