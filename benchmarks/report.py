"""The accuracy part of benchmarks/RESULTS.md, and the plot, from stored results."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, pstdev

from benchmarks.calibration import calibration_text
from benchmarks.markdown import table
from benchmarks.methods import METHODS
from benchmarks.protocol import BUDGETS, CASES, MANY_LABELS
from benchmarks.results import Result, ResultsByMethod
from benchmarks.summary import noise_floor_text, summary_text

RESULTS_FILE = Path(__file__).resolve().parent / "RESULTS.md"
PLOT_FILE = RESULTS_FILE.with_name("dice_over_slices.png")
_Value = Callable[[Result], float | None]


def write_report(results: list[Result], path: Path = RESULTS_FILE, plot: Path = PLOT_FILE) -> None:
    """Write the tables between the markers of ``path``, and the plot where matplotlib is installed."""
    runs = ResultsByMethod(results)
    write_section(path, "accuracy", accuracy_text(runs))
    if importlib.util.find_spec("matplotlib"):
        from benchmarks.plot import plot_dice

        plot_dice(runs, plot)


def write_section(path: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- name:begin -->`` and ``<!-- name:end -->``, or add it."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    section = f"{begin}\n{text.strip()}\n{end}"
    old = path.read_text() if path.exists() else "# Benchmark results\n"
    if begin in old and end in old:
        before, after = old.split(begin, 1)[0], old.split(end, 1)[1]
        path.write_text(before + section + after)
    else:
        path.write_text(old.rstrip() + "\n\n" + section + "\n")


def accuracy_text(runs: ResultsByMethod) -> str:
    """All tables in Markdown."""
    parts = [
        "## Single volumes",
        "Written by `python -m benchmarks.accuracy`. Dice on the unpainted slices, mean over labels; ours "
        "also over seeds 0, 1, 2 with the standard deviation between seeds. The best peer is the best of "
        "signed distance, morphological and random walker, chosen per case and budget. Seconds are wall "
        "time; encoding (once a volume, in the background) is not counted. SAM's rows know the reference of "
        "every slice; LiteMedSAM was trained on boxes alone, which its row of points shows. "
        "ct_abdomen_per_label: each label's slices are spread over that label's own extent, and all labels "
        f"are painted on all of them. With more than {MANY_LABELS} labels only the three peers that count, "
        "ours in full and the noise floor are run.",
        "![Dice over painted slices](dice_over_slices.png)",
        summary_text(runs),
        noise_floor_text(runs),
        calibration_text(runs.of_method("ours")),
        *(_case(runs, case.name) for case in CASES),
    ]
    return "\n\n".join(part for part in parts if part)


def _case(runs: ResultsByMethod, case: str) -> str:
    shown = [name for name in METHODS if any(runs.of(case, budget, name) for budget in BUDGETS)]
    if not shown:
        return ""
    head = ["method"]
    head += [f"{what} at {budget}" for what in ("Dice", "IoU", "ASSD mm", "s") for budget in BUDGETS]
    rows = []
    for name in shown:
        cells = [METHODS[name].title]
        cells += [_spread(runs.of(case, budget, name)) for budget in BUDGETS]
        cells += [_mean(runs.of(case, budget, name), lambda r: r.iou, 3) for budget in BUDGETS]
        cells += [_distance(runs.of(case, budget, name)) for budget in BUDGETS]
        cells += [_mean(runs.of(case, budget, name), lambda r: r.seconds["total"], 0) for budget in BUDGETS]
        rows.append(cells)
    parts = [f"### {case}", _painted(runs, case), table(head, rows), _labels(runs, case, shown)]
    return "\n\n".join(part for part in parts if part)


def _painted(runs: ResultsByMethod, case: str) -> str:
    """How many slices are painted, where the budget does not say it."""
    if not next(c.per_label for c in CASES if c.name == case):
        return ""
    counts = []
    for budget in BUDGETS:
        results = [result for name in METHODS for result in runs.of(case, budget, name)]
        counts += [f"{len(results[0].painted)} at {budget} a label"] if results else []
    return f"Slices painted for all labels together: {', '.join(counts)}."


def _labels(runs: ResultsByMethod, case: str, shown: list[str]) -> str:
    """Dice per label at all budgets, "3 / 5 / 8"; a label a line where there are many."""
    codes = next(c.codes for c in CASES if c.name == case)
    cells = [
        [" / ".join(_label_dice(runs.of(case, budget, name), code) for budget in BUDGETS) for code in codes]
        for name in shown
    ]
    names, labels = [METHODS[name].title for name in shown], list(map(str, codes))
    corner = "method"
    if len(codes) > MANY_LABELS:
        corner, names, labels = "label", labels, names
        cells = [list(line) for line in zip(*cells, strict=True)]
    rows = [[name, *line] for name, line in zip(names, cells, strict=True)]
    budgets = ", ".join(map(str, BUDGETS))
    return f"Dice per label at {budgets} slices:\n\n" + table([corner, *labels], rows)


def _label_dice(seeds: list[Result], code: int) -> str:
    return _mean(seeds, lambda result: result.labels[str(code)]["dice"], 2)


def _mean(seeds: list[Result], value: _Value, digits: int) -> str:
    found = [number for result in seeds if (number := value(result)) is not None]
    return f"{fmean(found):.{digits}f}" if found else "-"


def _spread(seeds: list[Result]) -> str:
    text = _mean(seeds, lambda r: r.dice, 3)
    return f"{text} ± {pstdev(r.dice for r in seeds):.3f}" if len(seeds) > 1 else text


def _distance(seeds: list[Result]) -> str:
    """Mean over the labels found, and how many were not."""
    text, missed = _mean(seeds, lambda r: r.assd_mm, 1), max((r.missed for r in seeds), default=0)
    return f"{text} ({missed} missed)" if missed else text
