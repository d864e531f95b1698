"""Databases and stored files with broken bytes, at a start and in ``check``: told, nothing overwritten."""

from __future__ import annotations

import collections
import contextlib
import hashlib
import io
import multiprocessing
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from backend.asker import Asker
from benchmarks.torture.mutate import mutated
from benchmarks.torture.row import Found, TortureRow

OWNER = Asker("local")
EVERY_BLOB = 4  # of so many, one has a broken blob, the others a broken database
MAX_SECTORS = 4
SECTOR_BYTES = 512


def start_corrupted(folder: Path, count: int, seed: int) -> Found:
    """Start on ``count`` broken data folders, in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        outcomes, faults = pool.apply(_start_all, (folder, count, seed))
    told = ", ".join(f"{number} {what}" for what, number in sorted(outcomes.items()))
    return Found(f"{count} broken data folders: {told}; {len(faults)} faults", faults)


def _start_all(folder: Path, count: int, seed: int) -> tuple[collections.Counter[str], list[str]]:
    from backend.config import Config

    outcomes: collections.Counter[str] = collections.Counter()
    faults = []
    whole = folder / "whole"
    _fill(Config.for_home(whole))
    for number in range(count):
        home = folder / str(number)
        shutil.copytree(whole, home)
        random = np.random.default_rng((seed, number))
        what = _break(home, random, number)
        for fault in _start_and_check(home, outcomes):
            faults.append(f"{number} ({what}): {fault}")
        shutil.rmtree(home)
    return outcomes, faults


def _fill(config: object) -> None:
    from backend.start import start_services
    from fewshot_sam.data.grid import SourceGrid
    from fewshot_sam.data.volume import Volume

    services, lock = start_services(config)  # type: ignore[arg-type]
    project = services.projects.create(OWNER, "Livers").id
    value = services.labels.create(OWNER, project, "liver").value
    voxels = np.arange(16 * 12 * 8, dtype=np.int16).reshape(16, 12, 8)
    volume = Volume(voxels, SourceGrid(voxels.shape, np.eye(4)), "CT", "scan")
    volume_id = services.volumes.add(OWNER, project, volume, "scan.nii").id
    for index in range(8):
        cells = np.full((12, 16), value, np.uint8)
        services.annotations.save(OWNER, volume_id, "axial", index, cells.tobytes(), "painted", 0)
    services.end()
    lock.release()


def _break(home: Path, random: np.random.Generator, number: int) -> str:
    """Break a blob or the database, as disks do: whole sectors; or as people do: anything."""
    if number % EVERY_BLOB == 0:
        (path,) = (home / "blobs").glob("??/*")
        path.write_bytes(mutated(path.read_bytes(), random))
        return "blob"
    path = home / "fewshot-sam.sqlite3"
    content = bytearray(path.read_bytes())
    if number % 2:
        path.write_bytes(mutated(bytes(content), random))
        return "bytes of the database"
    for _ in range(int(random.integers(1, MAX_SECTORS + 1))):
        start = int(random.integers(len(content) // SECTOR_BYTES)) * SECTOR_BYTES
        content[start : start + SECTOR_BYTES] = random.bytes(SECTOR_BYTES)
    path.write_bytes(bytes(content))
    return "sectors of the database"


def _start_and_check(home: Path, outcomes: collections.Counter[str]) -> Iterator[str]:
    from backend import check
    from backend.config import Config
    from backend.start import start_services
    from fewshot_sam.errors import UserError

    before = _listing(home)
    os.environ["FEWSHOT_SAM_HOME"] = str(home)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = check.main([])
    except Exception as error:
        yield f"check: {type(error).__name__} {error}"
        code = -1
    outcomes[f"found by check ({code})" if code else "not found by check"] += 1
    if _listing(home) != before:
        yield "check changed something"
    try:
        services, lock = start_services(Config.for_home(home))
    except UserError as error:
        outcomes["refused"] += 1
        if not str(error).endswith("."):
            yield f"no sentence: {error}"
        if _listing(home) != before:
            yield "a start that was refused changed something"
        return
    except Exception as error:
        yield f"start: {type(error).__name__} {str(error)[:200]}"
        return
    outcomes["started"] += 1
    with contextlib.suppress(Exception):
        services.end()
    lock.release()


def _listing(home: Path) -> dict[str, str]:
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }


CORRUPTIONS = TortureRow("a sentence with what to do, nothing overwritten", 400, "folders", start_corrupted)
