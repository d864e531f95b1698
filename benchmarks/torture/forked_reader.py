"""The reading process, forked from one that has loaded the readers: ten times as many files in an hour.

Everything but the start of Python is the server's own: the request, the confinement (Landlock, seccomp), the
limits, the protocol, and the checks of what comes back.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fewshot_sam.io.sandbox import child, process


class ForkedReader:
    """What is used of ``subprocess.Popen``, by forking.

    Attributes:
        peak_bytes: the largest resident memory of all that have ended.
    """

    peak_bytes = 0

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str], **_: Any) -> None:
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            _be_the_child(Path(command[-1]), cwd, env)

    def wait(self, timeout: float | None = None) -> int:
        """Reap it; the caller knows that it ended or was killed."""
        if self.returncode is None:
            _, status, usage = os.wait4(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
            ForkedReader.peak_bytes = max(ForkedReader.peak_bytes, usage.ru_maxrss * 1024)
        return self.returncode


def _be_the_child(folder: Path, cwd: Path, env: Mapping[str, str]) -> None:
    code = 1
    try:
        os.setsid()
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        tempfile.tempdir = None
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        os.closerange(3, 256)
        child.main(folder)
        code = 0
    finally:
        os._exit(code)


@contextmanager
def forking() -> Iterator[None]:
    """While open, files are read by forked children in this process."""
    kept = process.subprocess
    process.subprocess = SimpleNamespace(  # type: ignore[assignment]
        Popen=ForkedReader, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired
    )
    try:
        yield
    finally:
        process.subprocess = kept
