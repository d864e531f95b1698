"""Disk full, disk that can only be read, and a database that another program has locked, at every write.

A full disk is a small tmpfs that is filled, and one that cannot be written is files and folders made
immutable; both want root. Where that is not to be had the row says so and does the rest.
"""

from __future__ import annotations

import concurrent.futures
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.attacks.server import AttackedServer
from benchmarks.torture.row import Found, TortureRow
from benchmarks.torture.servers import checked, toy_server
from benchmarks.torture.write_points import POINTS, Things, held, make_things, new_workspace

DISK_MEGABYTES = 400  # a reading wants 200 free
LOCKED_S = 32.0  # longer than a writer waits
Fault = Callable[[Path], AbstractContextManager[None]]


def fail_writes(
    folder: Path, count: int, seed: int, kinds: Sequence[str] = ("disk full", "read-only", "database locked")
) -> Found:
    """Do every write during each kind of fault, ``count`` times each."""
    found, said = Found(), []
    faults = {
        "disk full": (_full, _small_disk),
        "read-only": (_immutable, _plain_disk),
        "database locked": (_locked, _plain_disk),
    }
    for name in kinds:
        fault, disk = faults[name]
        try:
            with disk(folder / name.replace(" ", "-")) as home:
                answers = _one_fault(home, fault, count, found, name)
        except PermissionError as error:
            said.append(f"{name}: not done, {error}")
            continue
        said.append(f"{name}: {len(answers)} writes, " + ", ".join(_counted(answers)))
    found.figures = "; ".join(said)
    return found


def _counted(answers: list[str]) -> Iterator[str]:
    for answer in sorted(set(answers)):
        yield f"{answers.count(answer)} x {answer}"


def _one_fault(home: Path, fault: Fault, count: int, found: Found, name: str) -> list[str]:
    answers = []
    server = toy_server(home)
    with server, server.visitor() as client:
        client.timeout = httpx.Timeout(120)
        for number in range(count):
            things = make_things(client, number)
            before = held(client)
            with fault(home):
                given = _all_points(server, client, things)
                if not server.alive:
                    found.faults.append(f"{name}: the server ended")
                    return answers
            answers += [f"{answer.status_code}" for answer in given.values()]
            found.faults += [f"{name}, {point}: {text}" for point, text in _untold(given)]
            found.faults += [f"{name}: {text}" for text in _changed(before, held(client), given, things)]
            after = _again(client, things, given)
            found.faults += [f"{name}, afterwards {point}: {text}" for point, text in after]
    with server:  # what was interrupted is put away at a start
        pass
    found.faults += [f"{name}, check: {fault}" for fault in checked(home)]
    return answers


def _all_points(server: AttackedServer, client: httpx.Client, things: Things) -> dict[str, httpx.Response]:
    """All writes at once, each with its answer."""
    with concurrent.futures.ThreadPoolExecutor(len(POINTS) + 1) as pool:
        waiting = {name: pool.submit(point, client, things) for name, point in POINTS.items()}
        waiting["new workspace"] = pool.submit(new_workspace, server)
        return {name: each.result() for name, each in waiting.items()}


def _untold(given: dict[str, httpx.Response]) -> Iterator[tuple[str, str]]:
    """Answers that are neither success nor a sentence that says what is wrong."""
    for point, answer in given.items():
        if answer.status_code < 400:
            continue
        try:
            error = answer.json()["error"]
        except (ValueError, KeyError, TypeError):
            yield point, f"{answer.status_code} {answer.text[:100]!r}"
            continue
        if error["code"] == "internal" or not error["message"].endswith("."):
            yield point, f"{answer.status_code} {error['code']}: {error['message'][:200]}"


def _changed(
    before: dict[str, Any], after: dict[str, Any], given: dict[str, httpx.Response], things: Things
) -> Iterator[str]:
    """What changed though every request that could have changed it failed."""
    if any(answer.status_code < 300 for name, answer in given.items() if name not in READS):
        before, after = _without_touched(before, things), _without_touched(after, things)
        before = {key: value for key, value in before.items() if key in after}
        after = {key: value for key, value in after.items() if key in before}
    if before != after:
        yield f"the state changed: {str(before)[:150]} is {str(after)[:150]}"


READS = ("download a bundle", "download a NIfTI", "preview", "new workspace", "start a run")


def _without_touched(state: dict[str, Any], things: Things) -> dict[str, Any]:
    return {key: value for key, value in state.items() if key not in (things.project, things.spare_project)}


def _again(
    client: httpx.Client, things: Things, given: dict[str, httpx.Response]
) -> Iterator[tuple[str, str]]:
    """Every write that failed is done once more, in the same process."""
    for name, point in POINTS.items():
        if given[name].status_code >= 400:
            answer = point(client, things)
            if answer.status_code >= 400:
                yield name, f"{answer.status_code} {answer.text[:200]}"


@contextmanager
def _plain_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True)
    yield folder / "home"


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True)
    _as_root("mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(folder))
    try:
        yield folder / "home"
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def _as_root(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(f"`{command[0]}` is not allowed here ({done.stderr.strip()[:80]})")


@contextmanager
def _full(home: Path) -> Iterator[None]:
    filler = home.parent / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _immutable(home: Path) -> Iterator[None]:
    paths = [home, *home.rglob("*")]
    paths = [path for path in paths if not path.name.endswith("-shm") and not path.is_symlink()]
    listed = [str(path) for path in paths if path.is_dir() or path.is_file()]
    _as_root("chattr", "+i", *listed)
    try:
        yield
    finally:
        _as_root("chattr", "-f", "-i", *listed)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    connection = sqlite3.connect(home / "fewshot-sam.sqlite3", isolation_level=None, timeout=60)
    connection.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    try:
        yield
        time.sleep(max(0.0, LOCKED_S - (time.monotonic() - started)))
    finally:
        connection.execute("ROLLBACK")
        connection.close()


DISK_FAULTS = TortureRow(
    "a sentence, the previous state whole, going on without a restart", 1, "rounds", fail_writes
)
