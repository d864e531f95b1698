"""Start the reading child, wait for it, and end it with all it started."""

from __future__ import annotations

import errno
import json
import os
import select
import shutil
import signal
import site
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.sandbox.confinement import PACKAGE, is_package_folder, readable_inputs
from fewshot_sam.io.sandbox.limits import MEGABYTE, ChildLimits
from fewshot_sam.io.sandbox.private_folder import used_bytes
from fewshot_sam.io.sandbox.protocol import ANSWERS, REQUEST_FILE

_KEPT_ENVIRONMENT = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV", "PYTHONHOME",
)  # fmt: skip
_CHECK_EVERY_S = 0.2
_FREE_DISK_BYTES = 200 * MEGABYTE
"""Disk that must stay free while a child writes, so that annotations can still be saved."""


def run_child(folder: Path, paths: Sequence[Path], request: dict[str, Any], limits: ChildLimits) -> None:
    """Let a child do ``request`` on ``paths``; it leaves its answer in ``folder``.

    Raises:
        ImageFormatError: it took too long, too much memory or disk, or crashed.
        Exception: what ``limits.check`` raised; the child has ended then.
    """
    input_bytes = _size_bytes([*readable_inputs(paths)])
    whole = request | {
        "paths": [str(path) for path in paths],
        "parent_pid": os.getpid(),
        "timeout_s": limits.timeout_s,
        "memory_mb": limits.memory_mb,
        "input_bytes": input_bytes,
        "file_bytes": limits.file_bytes(input_bytes),
        "read_limits": asdict(limits.read),
    }
    (folder / REQUEST_FILE).write_text(json.dumps(whole), encoding="utf-8")
    process = subprocess.Popen(
        command(folder),
        cwd=folder,
        env=child_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(process, folder, limits, limits.disk_bytes(input_bytes))
    finally:
        _end(process)
    if process.returncode != 0:
        raise ImageFormatError(
            f"Reading the files failed (the reader ended with code {process.returncode}). "
            "They may be damaged, or need more memory than is allowed."
        )


def command(folder: Path) -> list[str]:
    """The command line of a child that works in ``folder``."""
    return [sys.executable, "-P", "-m", "fewshot_sam.io.sandbox.child", str(folder)]


def child_environment(folder: Path) -> dict[str, str]:
    """All that the child sees of the environment: what Python needs, and its private folder."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    own_path = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return kept | {
        "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), *filter(is_package_folder, own_path)]),
        "PYTHONUSERBASE": site.getuserbase() or str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder),
        "TMPDIR": str(folder),  # unpacked zips go with the folder when the child is ended
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",  # each thread would take address space from the limit
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
    }


def _wait(process: subprocess.Popen[bytes], folder: Path, limits: ChildLimits, disk_bytes: int) -> None:
    deadline = time.monotonic() + limits.timeout_s
    pause_s = _CHECK_EVERY_S
    while not _ends_within(process, min(pause_s, deadline - time.monotonic())):
        limits.check()
        started = time.monotonic()
        if started >= deadline:
            raise ImageFormatError(
                f"Reading the files took longer than {limits.timeout_s:g} s and was stopped. They may be "
                "damaged, or too large: open fewer or smaller files. A server's limit is "
                "FEWSHOT_SAM_READER_TIMEOUT_S."
            )
        _check_disk(folder, disk_bytes)
        # A folder of many files takes long to measure: at most a tenth of the time is spent on that.
        pause_s = max(_CHECK_EVERY_S, 9 * (time.monotonic() - started))
    _check_disk(folder, disk_bytes)


def _check_disk(folder: Path, disk_bytes: int) -> None:
    if used_bytes(folder, disk_bytes, ANSWERS) > disk_bytes:
        raise ImageFormatError(
            f"Reading the files took more than {disk_bytes // MEGABYTE} MB of temporary disk and was "
            "stopped. They may be damaged, or too large: open fewer or smaller files. "
            "A server's limit follows from FEWSHOT_SAM_READER_MEMORY_GB."
        )
    if shutil.disk_usage(folder).free < _FREE_DISK_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _ends_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether the child ends in this time; where the system can tell it stays unreaped (see _end)."""
    seconds = max(seconds, 0)
    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # not Linux, or older than 5.3
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        return process.returncode is not None
    try:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))
    finally:
        os.close(descriptor)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the child and its process group, then reap it: until then the group's number is its own."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _size_bytes(paths: Sequence[Path]) -> int:
    """Bytes of the input; folders count with all below them."""
    total = 0
    for path in paths:
        files = path.rglob("*") if path.is_dir() else [path]
        total += sum(file.stat().st_size for file in files if file.is_file())
    return total
