"""Accuracy on single volumes: ``python -m benchmarks.accuracy`` runs what has no result yet, then reports.

Each (case, budget, method, seed) is kept in benchmarks/results/accuracy.json, so an interrupted run goes on
where it stopped; a result of other code than today's is run again. Writes the accuracy part of
benchmarks/RESULTS.md and benchmarks/dice_over_slices.png.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks import protocol
from benchmarks.calibration import reliability
from benchmarks.methods import METHODS, RIVALS, Memory, Segmentation, Task, is_run
from benchmarks.report import write_report
from benchmarks.results import Result, ResultStore

QUICK_CASES, QUICK_BUDGET = ("ct_abdomen", "ct_abdomen_bones"), 5
_log = logging.getLogger("benchmarks.accuracy")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; the exit status is 1 if a method failed, or (--quick) ours lost to the best peer."""
    args = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", force=True)
    if args.quick:
        return _quick()
    store = ResultStore()
    failed = 0 if args.report_only else _run_all(args, store)
    write_report(list(store))
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    cases = [case.name for case in protocol.CASES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--cases", nargs="+", choices=cases, default=cases)
    parser.add_argument("--budgets", nargs="+", type=int, choices=protocol.BUDGETS, default=protocol.BUDGETS)
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=list(METHODS),
        help="default: all; of many labels a few",
    )
    parser.add_argument("--seeds", nargs="+", type=int, help="only these; default all of each method")
    parser.add_argument("--force", action="store_true", help="run again what has a result of the same code")
    parser.add_argument("--keep", action="store_true", help="keep results of other code than today's")
    parser.add_argument("--report-only", action="store_true", help="run nothing, write the report again")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"only {' and '.join(QUICK_CASES)} with {QUICK_BUDGET} slices and one seed, nothing kept; "
        "fails if a peer is better",
    )
    return parser


def _run_all(args: argparse.Namespace, store: ResultStore) -> int:
    """Run what is asked for and not there; returns how many runs failed."""
    failed = 0
    runner = Runner()
    prints = {name: METHODS[name].fingerprint() for name in args.methods or METHODS}
    for case in protocol.CASES:
        if case.name not in args.cases:
            continue
        volume, reference = protocol.load_case(case, protocol.data_folder())
        for budget in args.budgets:
            task = Task.of(case, budget, volume, reference)
            for name, seed in _missing(args, store, task, prints):
                result = runner.run(task, name, seed, prints[name])
                failed += result is None
                if result:
                    store.save(result)
    return failed


def _missing(
    args: argparse.Namespace, store: ResultStore, task: Task, prints: dict[str, str]
) -> Iterator[tuple[str, int]]:
    """The methods and seeds that have no result of today's code for a task."""
    for name in args.methods or [name for name in METHODS if is_run(name, task.case)]:
        for seed in METHODS[name].seeds:
            old = store.load(task.case.name, task.budget, name, seed)
            current = old is not None and (args.keep or old.fingerprint == prints[name])
            if (args.force or not current) and (not args.seeds or seed in args.seeds):
                yield name, seed


class Runner:
    """Runs methods and scores them, and keeps what one run can take over from another."""

    def __init__(self) -> None:
        self._memory = Memory()

    def run(self, task: Task, name: str, seed: int, fingerprint: str = "") -> Result | None:
        """One run, scored and logged; None if the method failed or cannot run here."""
        where = f"{task.case.name}, {task.budget} slices, {name}, seed {seed}"
        if METHODS[name].missing:
            _log.warning("%s: skipped, benchmarks/requirements.txt is not installed", where)
            return None
        started = time.monotonic()
        try:
            answer = METHODS[name].run(task, seed, self._memory)
        except Exception:  # must not lose hours of other runs; it is logged and fails the exit status
            _log.exception("%s: failed", where)
            return None
        result = score_answer(task, name, seed, fingerprint, answer)
        _log.info("%s: Dice %.3f in %.0f s", where, result.dice, time.monotonic() - started)
        return result


def score_answer(task: Task, name: str, seed: int, fingerprint: str, answer: Segmentation) -> Result:
    """A method's answer, scored by the protocol."""
    case, volume = task.case, task.volume
    labels = protocol.score(answer.label_map, task.reference, task.annotations, case.codes, volume.spacing_mm)
    slices = protocol.extent(task.reference, case.plane)
    stacked = np.moveaxis(answer.label_map, case.plane.axis, 0)
    details = dict(answer.details)
    if answer.confidence is not None:
        details["reliability"] = reliability(task, answer.label_map, answer.confidence)
    outside = np.count_nonzero(stacked[: slices.start]) + np.count_nonzero(stacked[slices.stop :])
    return Result(
        case=case.name,
        budget=task.budget,
        method=name,
        seed=seed,
        fingerprint=fingerprint,
        painted=sorted(task.annotations.slices),
        labels={str(code): scores for code, scores in labels.items()},
        seconds={stage: round(seconds, 2) for stage, seconds in answer.seconds.items()},
        outside_ml=outside * float(np.prod(volume.spacing_mm)) / 1000.0,
        details=details,
    )


def _quick() -> int:
    """An easy and a hard case, one budget, one seed; the exit status is 1 if a peer is better in either."""
    runner = Runner()
    cases = [case for case in protocol.CASES if case.name in QUICK_CASES]
    return max(_quick_case(case, runner) for case in cases)


def _quick_case(case: protocol.BenchmarkCase, runner: Runner) -> int:
    task = Task.of(case, QUICK_BUDGET, *protocol.load_case(case, protocol.data_folder()))
    results = {name: runner.run(task, name, 0) for name in (*RIVALS, "ours")}
    peers = {name: result.dice for name in RIVALS if (result := results[name])}
    ours = results["ours"]
    if ours is None or not peers:
        _log.error("%s: ours %s, %d peers ran.", case.name, "ran" if ours else "failed", len(peers))
        return 1
    best = max(peers, key=lambda name: peers[name])
    _log.info("%s: ours %.3f, best peer %.3f (%s).", case.name, ours.dice, peers[best], METHODS[best].title)
    return 0 if ours.dice >= peers[best] else 1


if __name__ == "__main__":
    sys.exit(main())
