"""Servers that are killed and started again on one data folder, and what is left of them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx

from benchmarks.attacks.server import ROOT, AttackedServer, descendants

TOY = ("benchmarks/torture/toy_server.py",)
NO_QUOTAS = {
    "FEWSHOT_SAM_MAX_VOLUMES": "100000",
    "FEWSHOT_SAM_MAX_PROJECTS": "100000",
    "FEWSHOT_SAM_MAX_OWNER_GB": "1000",
    "FEWSHOT_SAM_QUEUED_RUNS": "0",
}
END_STATES = ("done", "failed", "cancelled")
DEADLINE_S = 60.0


def toy_server(home: Path) -> AttackedServer:
    """A server with the toy worker and without quotas, several users."""
    return AttackedServer(home, TOY, PYTHONPATH=str(ROOT), **NO_QUOTAS)


def again(visitor: httpx.Client, server: AttackedServer) -> httpx.Client:
    """The same browser after a restart: new connections, old cookies."""
    client = server.visitor()
    client.cookies.update(visitor.cookies)
    visitor.close()
    return client


def orphans(server: AttackedServer) -> list[str]:
    """Command lines of processes that use the data folder and are not below the server."""
    below = {server.pid, *(pid for pid, _ in descendants(server.pid))}
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (path / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        uses_home = str(server.home) in command or f"FEWSHOT_SAM_HOME={server.home}\0" in environment
        if uses_home and "python" in command and int(path.name) not in below:
            found.append(command.strip())
    return found


def lasting_orphans(server: AttackedServer, patience_s: float = 15.0) -> list[str]:
    """Orphans that are still there after a while: a worker ends at its next look at its parent."""
    deadline = time.monotonic() + patience_s
    while (found := orphans(server)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def lasting_leftovers(home: Path, patience_s: float = 15.0) -> list[str]:
    """Those that are still there after a while: a server that starts tries its own reader."""
    deadline = time.monotonic() + patience_s
    while (found := leftover_files(home)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def leftover_files(home: Path) -> list[str]:
    """Temporary files of writes, readings and uploads; not the folders that libraries keep for themselves."""
    folders = ("tmp", "uploads", "blobs/incoming")
    found = [path for name in folders for path in (home / name).glob("*")]
    return [
        str(path.relative_to(home)) for path in found if not path.name.startswith(("gradio", "torchinductor"))
    ]


def integrity(home: Path) -> str:
    """What SQLite's integrity_check says of a database in use."""
    connection = sqlite3.connect(f"file:{home}/fewshot-sam.sqlite3?mode=ro", uri=True, timeout=60)
    try:
        return str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    finally:
        connection.close()


def checked(home: Path) -> list[str]:
    """The faults that ``check`` finds in the folder of a server that has ended."""
    done = subprocess.run(
        [sys.executable, "-m", "fewshot_sam", "check"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "FEWSHOT_SAM_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return []
    faults = [line for line in done.stdout.splitlines() if line.startswith("FAULT")]
    return faults or [done.stderr.strip()[-300:]]
