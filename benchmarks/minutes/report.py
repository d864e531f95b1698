"""The minutes section of benchmarks/RESULTS.md, from stored rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from benchmarks.markdown import table
from benchmarks.minutes.cases import CASES, FIRST_SLICES, FOUND_DICE
from benchmarks.minutes.hand import HandModel
from benchmarks.minutes.peer_row import PEERS
from benchmarks.minutes.rows import ALL_CASES, KINDS
from benchmarks.minutes.store import RowResult
from benchmarks.minutes.strategy import MAX_SLICES
from benchmarks.minutes.waiting import LARGE_LABELS, LARGE_SLICES, OPEN_S
from benchmarks.speed.machine import versions

MAX_BOX_S = 300.0
MAX_PEER_SHARE = 0.5
MAX_WAITING_S = {"ct_abdomen": (5.0, 30.0, 60.0), "demo": (5.0, 30.0, 60.0), "large": (15.0, 120.0, 120.0)}
"""To the draft, and to the full mask with bf16 and without."""
MAX_FIRST_RATIO = 4.0
MAX_FIT_S = 120.0
MAX_OUTLINE_MS = 150.0
_Where = Callable[[RowResult], str]


def section_text(results: Sequence[RowResult]) -> str:
    """Heading, the hand, and a table of each kind of rows; Markdown."""
    if not results:
        return "## Minutes\n\nNothing measured yet."
    parts = ["## Minutes", _heading(results), _hand_text()]
    machines = _machines(results)
    writers: dict[str, Callable[[list[RowResult], _Where], str]] = {
        "minutes": _minutes,
        "waiting": _waiting,
        "commands": _commands,
        "outline": _outlines,
    }
    for name, write in writers.items():
        rows = sorted((each for each in results if KINDS[each.kind].table == name), key=_order)
        if rows:
            parts.append(write(rows, lambda result: _where(result, machines)))
    return "\n\n".join(parts)


def _order(result: RowResult) -> tuple[int, int]:
    return ALL_CASES.index(result.case), list(KINDS).index(result.kind)


def _heading(results: Sequence[RowResult]) -> str:
    machines = "; ".join(f"({number}) {name}" for name, number in _machines(results).items())
    return (
        f"Written by `make bench-minutes` (`python -m benchmarks.minutes`); {versions()}. Machines: "
        f"{machines}. Where a row was measured stands in its last column: the machine, the day, and the "
        "load average when it began; with more than the browser and the app on two cores times are long."
    )


def _machines(results: Sequence[RowResult]) -> dict[str, int]:
    names = dict.fromkeys(result.machine for result in results)
    return {name: number for number, name in enumerate(names, start=1)}


def _hand_text() -> str:
    hand = HandModel()
    values = ", ".join(f"`{each.name}` {getattr(hand, each.name):g}" for each in fields(hand))
    return (
        f"The hand ({values}; benchmarks/minutes/hand.py) opens the app for the first time, drops the "
        f"scan, types the labels' names, scrolls to both ends of the structures, paints {FIRST_SLICES} "
        "slices spread between them and presses *Propagate*. While a run is under way, and after it, it "
        "goes to the slice that the page suggests and paints or mends it, and presses again when the run "
        "is done. It looks at the reference only to draw. The clock stops when a mask on the server, "
        f"draft or not, has a mean Dice of {FOUND_DICE:.2f} on the extent's slices that it was not made "
        f"from; {MAX_SLICES} slices are the most it paints. Peers get the same first slices, then the one "
        "farthest from all paint; the hand's times are added up, the computation is timed, starting the "
        "program is free."
    )


def _minutes(results: list[RowResult], where: _Where) -> str:
    rows = []
    for each in results:
        numbers = each.numbers
        reached = numbers["reached_s"]
        best = f"not: {numbers['best'] or 0:.3f} at {_seconds(numbers['best_s'])}"
        shown = _seconds(reached) + (" (draft)" if numbers["reached_by_draft"] else "") if reached else best
        rows.append(
            [
                each.case,
                KINDS[each.kind].title,
                shown,
                _seconds(numbers["full_s"]),
                _seconds(numbers["hand_s"]),
                _seconds(numbers["waiting_s"]),
                str(numbers["painted_when_reached"] or len(numbers["painted"])),
                "; ".join(_mask(mask) for mask in numbers["masks"]),
                f"{numbers['slices']}, {numbers['gflop']}" if "slices" in numbers else "",
                where(each),
            ]
        )
    head = ["case", "with", f"s to {FOUND_DICE:.2f}", "by a full mask", "hand", "waiting", "slices"]
    head += ["masks: s, slices, Dice", "encodings, GFLOP", "measured"]
    return "\n\n".join(["### From the drop to the mask", table(head, rows), *_minutes_targets(results)])


def _minutes_targets(results: list[RowResult]) -> list[str]:
    """ct_abdomen with boxes, and each case against its best peer."""
    seconds = {(each.case, each.kind): each.numbers["reached_s"] for each in results}
    found = []
    box = seconds.get(("ct_abdomen", "box"))
    if ("ct_abdomen", "box") in seconds:
        found.append(f"ct_abdomen with boxes in {MAX_BOX_S:.0f} s: {_verdict(box, MAX_BOX_S)}.")
    for case in CASES:
        peers = [each for kind in PEERS if (each := seconds.get((case, kind)))]
        for kind in ("box", "lasso"):
            ours = seconds.get((case, kind))
            if peers and ours:
                share = ours / min(peers)
                found.append(
                    f"{case}, {KINDS[kind].title.lower()}: {share:.2f} of the best peer's time "
                    f"(target {MAX_PEER_SHARE}): {_verdict(share, MAX_PEER_SHARE)}."
                )
    return [" ".join(found)] if found else []


def _mask(mask: dict[str, Any]) -> str:
    return f"{mask['at_s']:.0f}, {mask['slices']}, {mask['dice']:.3f}{' draft' if mask['draft'] else ''}"


def _waiting(results: list[RowResult], where: _Where) -> str:
    rows = []
    for each in results:
        numbers, limits = each.numbers, MAX_WAITING_S.get(each.case)
        bf16 = "bf16" in each.machine
        full_limit = (limits[1] if bf16 else limits[2]) if limits else None
        rows.append(
            [
                each.case,
                KINDS[each.kind].title,
                _limited(numbers["draft_s"], limits and limits[0]),
                f"{numbers['draft_dice'] or 0:.3f}" if numbers["draft_s"] else "-",
                _limited(numbers["full_s"], full_limit),
                f"{numbers['full_dice']:.3f}",
                f"{numbers['slices_before']}, {numbers['gflop_before']}",
                f"{numbers['slices']}, {numbers['gflop']}",
                where(each),
            ]
        )
    head = ["case", "from", "s to the draft", "Dice", "s to the full mask", "Dice"]
    head += ["encodings, GFLOP before", "and in all", "measured"]
    text = (
        f"From the press to the masks, {OPEN_S:.0f} s after the scan came to a new server, over the API. "
        f"*large* is a CT of 512x512x{LARGE_SLICES} voxels with {LARGE_LABELS} labels, stretched from "
        "ct_dicom. No draft is shown where little is left to encode."
    )
    return "\n\n".join(["### Waiting", text, table(head, rows)])


def _commands(results: list[RowResult], where: _Where) -> str:
    rows = []
    for each in results:
        numbers = each.numbers
        first = _limited(numbers["first_s"], MAX_FIT_S if each.kind == "fit" else None)
        ratio = f"{numbers['ratio']:.1f}"
        if each.kind == "propagate":
            ratio += f" (at most {MAX_FIRST_RATIO:g}: {_verdict(numbers['ratio'], MAX_FIRST_RATIO)})"
        stages = ", ".join(f"{name} {seconds:g}" for name, seconds in numbers["first_stages"].items())
        rows.append(
            [
                each.case,
                KINDS[each.kind].title,
                first,
                _seconds(numbers["second_s"]),
                ratio,
                stages,
                where(each),
            ]
        )
    head = ["case", "command", "first, s", "second, s", "ratio", "stages of the first, s", "measured"]
    text = "In a process each, the first on an empty cache, the encoder not converted yet."
    return "\n\n".join(["### First commands", text, table(head, rows)])


def _outlines(results: list[RowResult], where: _Where) -> str:
    rows = [
        [
            each.case,
            f"{_limited(each.numbers['median_ms'], MAX_OUTLINE_MS)}",
            f"{each.numbers['p95_ms']:.0f}",
            str(each.numbers["boxes"]),
            where(each),
        ]
        for each in results
    ]
    head = ["case", "median, ms", "95 % under, ms", "boxes", "measured"]
    text = (
        "From the last movement of the box to the frame that shows its outline, on slices that are encoded."
    )
    return "\n\n".join(["### Box to outline", text, table(head, rows)])


def _where(result: RowResult, machines: dict[str, int]) -> str:
    return f"({machines[result.machine]}) {result.date}, load {result.load_average:.1f}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _limited(value: float | None, limit: float | None) -> str:
    """The value, and whether it keeps a limit from above."""
    shown = "-" if value is None else f"{value:.0f}" if value >= 10 else f"{value:.1f}"
    return (
        shown if limit is None or value is None else f"{shown} (at most {limit:g}: {_verdict(value, limit)})"
    )


def _verdict(value: float | None, limit: float) -> str:
    return "met" if value is not None and value <= limit else "**not met**"
