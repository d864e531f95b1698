"""Seeded mutations of valid files of every format, straight through the real reading process.

``python -m benchmarks.torture.mutations SEED NUMBER FOLDER`` writes the files of one number, to look at.
"""

from __future__ import annotations

import collections
import concurrent.futures
import multiprocessing
import os
import shutil
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.torture.mutate import mutated
from benchmarks.torture.row import Found, TortureRow
from benchmarks.torture.valid_files import Files, all_files

BATCH = 50
UNFORKED_EVERY = 20  # batches: the start of a real process is tested too
LONGEST_S, MOST_BYTES = 30.0, 2 * 2**30
GIBIBYTE = 2**30


@dataclass
class Tally:
    """What came of some files.

    Attributes:
        outcomes: how many were opened, refused, or ended the reader.
        ended: numbers of those that ended it, with what was said.
    """

    outcomes: collections.Counter[str] = field(default_factory=collections.Counter)
    faults: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    longest_s: float = 0.0
    peak_bytes: int = 0

    def add(self, other: Tally) -> None:
        """Count another's files too."""
        self.outcomes += other.outcomes
        self.faults += other.faults
        self.ended += other.ended
        self.longest_s = max(self.longest_s, other.longest_s)
        self.peak_bytes = max(self.peak_bytes, other.peak_bytes)


def mutation(seed: int, number: int, valid: dict[str, Files]) -> tuple[str, Files]:
    """Kind and files of one upload, one of them mutated; the same for the same seed and number."""
    random = np.random.default_rng((seed, number))
    kind = sorted(valid)[number % len(valid)]
    files = dict(valid[kind])
    name = sorted(files)[int(random.integers(len(files)))]
    files[name] = mutated(files[name], random)
    return kind, files


def read_mutations(folder: Path, count: int, seed: int) -> Found:
    """Read ``count`` mutated uploads in as many processes as there are cores."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads must not fork
    starts = range(0, count, BATCH)
    tally = Tally()
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), context) as pool:
        waiting = [
            pool.submit(_read_batch, folder / str(start), seed, start, min(start + BATCH, count))
            for start in starts
        ]
        for each in concurrent.futures.as_completed(waiting):
            tally.add(each.result())
            if sum(tally.outcomes.values()) % 1000 == 0:
                sys.stderr.write(f"{sum(tally.outcomes.values())} read\n")
    outcomes = tally.outcomes
    found = Found(faults=tally.faults)
    found.figures = (
        f"{sum(outcomes.values())} files of {len(all_files())} kinds: {outcomes['opened']} opened, "
        f"{outcomes['refused']} refused, {outcomes['ended']} ended their reader; "
        f"longest {tally.longest_s:.1f} s, largest reader {tally.peak_bytes / GIBIBYTE:.2f} GiB"
    )
    if tally.ended:
        found.figures += f" (ended: {'; '.join(sorted(tally.ended)[:10])})"
    return found


def _read_batch(folder: Path, seed: int, start: int, stop: int) -> Tally:
    from benchmarks.torture.forked_reader import ForkedReader, forking
    from fewshot_sam.io import load_volume

    valid, tally = all_files(), Tally()
    forked = (start // BATCH) % UNFORKED_EVERY != 0
    (folder / "tmp").mkdir(parents=True)
    if forked:  # what children of this process find loaded
        for kind, files in valid.items():
            load_volume(_written(folder / "valid" / kind, files))
    with forking() if forked else nullcontext():
        for number in range(start, stop):
            kind, files = mutation(seed, number, valid)
            written = _written(folder / str(number), files)
            _read_one(written, f"{number} ({kind})", folder / "tmp", tally)
            shutil.rmtree(folder / str(number))
    tally.peak_bytes = ForkedReader.peak_bytes if forked else _peak_of_children_bytes()
    if tally.peak_bytes > MOST_BYTES:
        tally.faults.append(f"{start} to {stop}: a reader took {tally.peak_bytes / GIBIBYTE:.1f} GiB")
    shutil.rmtree(folder)
    return tally


def _read_one(paths: list[Path], what: str, temporary: Path, tally: Tally) -> None:
    from fewshot_sam.errors import SeriesChoiceError, UserError
    from fewshot_sam.io.sandbox.limits import ChildLimits
    from fewshot_sam.io.sandbox.reading import read_volume

    started = time.monotonic()
    try:
        with read_volume(
            paths[0] if len(paths) == 1 else paths, limits=ChildLimits(120), temporary_folder=temporary
        ) as read:
            for _ in read.blocks():
                pass
        outcome = "opened"
    except SeriesChoiceError:
        outcome = "opened"
    except UserError as error:
        outcome = "ended" if "the reader ended with code" in str(error) else "refused"
        if "Traceback" in str(error) or not str(error).strip():
            tally.faults.append(f"{what}: {str(error)[:200]!r}")
        if outcome == "ended":
            tally.ended.append(f"{what} {str(error).partition('with ')[2][:8]}")
    except Exception as error:  # a server would answer 500
        outcome = "other"
        tally.faults.append(f"{what}: {type(error).__name__} {str(error)[:200]}")
    seconds = time.monotonic() - started
    tally.outcomes[outcome] += 1
    tally.longest_s = max(tally.longest_s, seconds)
    if seconds > LONGEST_S:
        tally.faults.append(f"{what}: {seconds:.0f} s")
    if left := list(temporary.iterdir()):
        tally.faults.append(f"{what}: left {left[0].name}")
        shutil.rmtree(temporary)
        temporary.mkdir()


def _written(folder: Path, files: Files) -> list[Path]:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return sorted(folder.iterdir())


def _peak_of_children_bytes() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


MUTATIONS = TortureRow(
    "no traceback, no other error than a sentence, reader under 2 GB and 30 s, nothing left",
    10_000,
    "files",
    read_mutations,
)

if __name__ == "__main__":
    _written(Path(sys.argv[3]), mutation(int(sys.argv[1]), int(sys.argv[2]), all_files())[1])
