"""Ours against the best peer over all cases, the targets, and the ceiling they should be read against."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from benchmarks.markdown import table
from benchmarks.methods import NOISE_FLOOR, RIVALS
from benchmarks.peers import PEERS
from benchmarks.protocol import BUDGETS, CASES
from benchmarks.results import ResultsByMethod

HARD_BELOW = 0.95
"""Where the best peer's Dice is below this, there is something left to win."""
MAX_RATIO, MIN_GAP = 0.55, -0.01
BONES, BONES_BUDGET, BONES_DICE = "ct_abdomen_bones", 5, 0.70
SMALL = "ct_dicom_small"
_Row = list[str]


class Comparison(NamedTuple):
    """Mean Dice of ours and of the best peer at one budget of a case."""

    case: str
    budget: int
    ours: float
    best: float

    @property
    def gap(self) -> float:
        """How far ours is ahead."""
        return self.ours - self.best


def comparisons(runs: ResultsByMethod, peers: Sequence[str] = RIVALS) -> list[Comparison]:
    """All cases and budgets that have run, against the best of ``peers``."""
    found = []
    for case in CASES:
        for budget in BUDGETS:
            ours, best = runs.dice(case.name, budget, "ours"), runs.best_of(peers, case.name, budget)
            if ours is not None and best is not None:
                found.append(Comparison(case.name, budget, ours, best[0]))
    return found


def summary_text(runs: ResultsByMethod) -> str:
    """Error against the best peer's, and which targets are met; empty if nothing can be compared."""
    found = comparisons(runs)
    if not found:
        return ""
    head = ["slices", "cases", "our error", "best peer's error", f"ratio (target {MAX_RATIO:.2f})"]
    head.append(f"worst case, ours - best peer (target {MIN_GAP:.3f})")
    rows = [row for budget in BUDGETS for row in _budget_rows([c for c in found if c.budget == budget])]
    return (
        f"Error is 1 - Dice. The target of the ratio is for cases whose best peer is below {HARD_BELOW} Dice "
        "at that budget; the others have a line of their own.\n\n"
        + table(head, rows)
        + "\n\n"
        + table(["target", "measured", ""], _target_rows(runs, found))
    )


def _budget_rows(found: list[Comparison]) -> list[_Row]:
    rows = []
    for hard, name in ((True, f"best peer below {HARD_BELOW}"), (False, "the others")):
        here = [each for each in found if (each.best < HARD_BELOW) == hard]
        if here:
            ours, best = _errors(here)
            worst = min(here, key=lambda each: each.gap)
            rows.append(
                [
                    *(f"{here[0].budget}, {name}", str(len(here)), f"{ours:.3f}", f"{best:.3f}"),
                    *(f"{ours / best:.2f}" if best else "-", f"{worst.gap:+.3f} ({worst.case})"),
                ]
            )
    return rows


def _errors(found: list[Comparison]) -> tuple[float, float]:
    """Mean error of ours and of the best peer."""
    return fmean(1 - each.ours for each in found), fmean(1 - each.best for each in found)


def _target_rows(runs: ResultsByMethod, found: list[Comparison]) -> list[_Row]:
    rows = []
    for budget in BUDGETS:
        hard = [each for each in found if each.budget == budget and each.best < HARD_BELOW]
        if hard:
            ours, best = _errors(hard)
            what = f"ratio of the errors at {budget} slices at most {MAX_RATIO:.2f}"
            rows.append(_target(what, f"{ours / best:.2f}", ours / best <= MAX_RATIO))
    worst = min(found, key=lambda each: each.gap)
    measured = f"{worst.gap:+.3f} ({worst.case}, {worst.budget} slices)"
    rows.append(_target(f"nowhere more than {-MIN_GAP} Dice below a peer", measured, worst.gap >= MIN_GAP))
    bones = runs.dice(BONES, BONES_BUDGET, "ours")
    if bones is not None:
        what = f"{BONES} at {BONES_BUDGET} slices at least {BONES_DICE:.2f}"
        rows.append(_target(what, f"{bones:.3f}", bones >= BONES_DICE))
    every_peer = [name for name, peer in PEERS.items() if not peer.oracle]
    small = [each for each in comparisons(runs, every_peer) if each.case == SMALL]
    if small:
        measured = ", ".join(f"{each.gap:+.3f} at {each.budget}" for each in small)
        rows.append(_target(f"{SMALL} better than every peer", measured, all(each.gap > 0 for each in small)))
    return rows


def _target(what: str, measured: str, met: bool) -> _Row:
    return [what, measured, "met" if met else "**not met**"]


def noise_floor_text(runs: ResultsByMethod) -> str:
    """Dice of the smoothed reference by case and label; empty if it has not run."""
    rows = []
    for case in CASES:
        results = [result for budget in BUDGETS for result in runs.of(case.name, budget, NOISE_FLOOR)]
        if results:
            dice = {c: fmean(r.labels[str(c)]["dice"] or 0.0 for r in results) for c in case.codes}
            by_label = ", ".join(f"{code}: {value:.3f}" for code, value in dice.items())
            rows.append([case.name, f"{fmean(dice.values()):.3f}", by_label])
    if not rows:
        return ""
    return (
        "### Noise floor\n\n"
        "Two readers of one scan are not to be had here. Instead the reference is compared with itself, each "
        "label's mask smoothed by a Gaussian whose standard deviation is one voxel along each axis and cut "
        "off at one half; scored on the same slices, mean over the budgets. What comes near this is about "
        "as good as the reference can tell. It is lowest where structures are few voxels thick.\n\n"
        + table(["case", "Dice", "by label"], rows)
    )
