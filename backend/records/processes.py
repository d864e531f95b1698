"""What the operating system reports of processes; None where it reports nothing."""

from __future__ import annotations

import os
from pathlib import Path

_OWN_MEMORY = ("RssAnon", "RssShmem", "VmSwap")


def process_memory_bytes(pid: int) -> int | None:
    """Memory that only this process holds, in RAM or swapped out.

    Mapped files are not counted, such as voxels and embeddings: the system takes their pages back when it
    needs them.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        values = dict(line.split(":", 1) for line in lines if ":" in line)
        return 1024 * sum(int(values[name].split()[0]) for name in _OWN_MEMORY)
    except (OSError, KeyError, ValueError):
        return None


def is_alive(pid: int) -> bool | None:
    """Whether the process can still do something; a paused one can, one that waits to be reaped cannot.

    None where processes cannot be seen, as on Windows.
    """
    if not Path("/proc/self/stat").exists():
        return _takes_signals(pid)
    try:
        # The name stands in parentheses and may hold any character; the state comes after the last one.
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in "ZXx"


def _takes_signals(pid: int) -> bool | None:
    """For systems without /proc; a process that waits to be reaped counts as alive there."""
    if os.name == "nt":  # there os.kill would end the process
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
