"""Dice over the number of painted slices, one line a method, one panel a case, four in a row."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.methods import METHODS
from benchmarks.protocol import BUDGETS, CASES
from benchmarks.results import ResultsByMethod

COLUMNS = 4
_STYLE = {
    "signed_distance": ("#8c8c8c", "--", "o"),
    "signed_distance_extended": ("#bdbdbd", ":", "o"),
    "morphological": ("#7b5ea7", "--", "s"),
    "random_walker": ("#d9862c", "--", "^"),
    "random_walker_tuned": ("#e6b877", ":", "^"),
    "sam_point": ("#c94f4f", ":", "x"),
    "sam_box": ("#4c9a5a", ":", "D"),
    "noise_floor": ("#000000", ":", ""),
    "ours_plain": ("#6aa8dc", "-", "o"),
    "ours_head": ("#3f7fc1", "--", "o"),
    "ours": ("#12508f", "-", "o"),
}


def plot_dice(runs: ResultsByMethod, path: Path) -> None:
    """Write the figure to ``path`` (PNG)."""
    rows = -(-len(CASES) // COLUMNS)
    figure = Figure(figsize=(12, 1.0 + 2.9 * rows), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False).ravel()
    for panel in panels[len(CASES) :]:
        panel.set_visible(False)
    for panel, case in zip(panels, CASES, strict=False):
        for name in METHODS:
            points = [(b, dice) for b in BUDGETS if (dice := runs.dice(case.name, b, name)) is not None]
            if points:
                colour, line, marker = _STYLE[name]
                panel.plot(
                    *zip(*points, strict=True),
                    label=METHODS[name].title,
                    color=colour,
                    linestyle=line,
                    marker=marker,
                    markersize=4,
                    linewidth=2.2 if name == "ours" else 1.3,
                )
        panel.set_title(case.name.replace("_", " "), fontsize=10)
        panel.set_xticks(BUDGETS)
        panel.set_xlabel("painted slices")
        panel.set_ylim(0, 1)
        panel.grid(alpha=0.25)
    for panel in panels[::COLUMNS]:
        panel.set_ylabel("Dice, unpainted slices")
    handles = {
        text: handle for p in panels for handle, text in zip(*p.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=4, fontsize=8, frameon=False
    )
    figure.savefig(path, dpi=110)
