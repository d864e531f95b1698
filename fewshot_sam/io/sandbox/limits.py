"""How much time, memory and temporary disk the reading child may take, and what a file may become there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fewshot_sam.io.limits import ReadLimits, machine_memory_bytes

MEGABYTE = 2**20
MAX_DEFAULT_MEMORY_MB = 8000
MIN_DEFAULT_MEMORY_MB = 1000
_SHARE_OF_MACHINE = 0.35
_MAX_OPEN_FILES = 256
_SPARE_BYTES = 1024 * MEGABYTE
_UNPACKED_SHARE = 20
"""Uncompressed DICOM files shrink to a third in a zip, and hardly ever to less than a twentieth."""

# Linux prctl(2)
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _SIGKILL = 1, 4, 9


def default_memory_mb() -> int:
    """A third of what this machine or container has, so that two readers leave enough for the server."""
    share = int(machine_memory_bytes() * _SHARE_OF_MACHINE) // MEGABYTE
    return max(MIN_DEFAULT_MEMORY_MB, min(share, MAX_DEFAULT_MEMORY_MB))


def no_check() -> None:
    """A check that never ends a reading."""


@dataclass(frozen=True)
class ChildLimits:
    """Limits of one reading.

    Attributes:
        timeout_s: wall-clock seconds, and seconds of processor time.
        memory_mb: address space in MiB (POSIX; elsewhere only the time is limited).
        read: on the voxels, slices and unpacked bytes of what is read.
        check: called several times a second while the child reads; what it raises ends the child.
    """

    timeout_s: float = 300
    memory_mb: int = field(default_factory=default_memory_mb)
    read: ReadLimits = field(default_factory=ReadLimits)
    check: Callable[[], None] = no_check

    @property
    def memory_bytes(self) -> int:
        """Address space of the child; also the most that its answer may hold."""
        return self.memory_mb * MEGABYTE

    def disk_bytes(self, input_bytes: int) -> int:
        """Temporary disk for an input of this size, as for an unpacked zip; its answer comes on top."""
        return min(2 * self.memory_bytes, _SPARE_BYTES) + _UNPACKED_SHARE * input_bytes

    def file_bytes(self, input_bytes: int) -> int:
        """The largest file it may write."""
        return max(self.memory_bytes + MEGABYTE, self.disk_bytes(input_bytes))


def limit_this_process(limits: ChildLimits, file_bytes: int) -> None:
    """Set limits that this process cannot lift again, and keep its memory out of core dumps."""
    os.umask(0o077)
    _prefer_to_be_killed()
    _prctl(_PR_SET_DUMPABLE, 0)
    try:
        import resource  # POSIX only
    except ImportError:
        return
    values = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_CPU: int(limits.timeout_s) + 1,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _MAX_OPEN_FILES,
    }
    for kind, value in values.items():
        hard = resource.getrlimit(kind)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (allowed, allowed))
        except (ValueError, OSError):  # macOS refuses RLIMIT_AS; the time limit still holds
            continue


def end_with_parent(parent_pid: int) -> None:
    """Be killed when the process that started this one ends, however it ends (Linux)."""
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    if os.name == "posix" and os.getppid() != parent_pid:  # it ended before the line above
        raise SystemExit(1)


def _prefer_to_be_killed() -> None:
    """Where memory runs out the kernel ends this process, not the server."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    except OSError:
        return


def _prctl(option: int, value: int) -> None:
    if os.name != "posix" or not hasattr(os, "O_PATH"):  # Linux alone has both
        return
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
