"""Tables of the paper's first claim, one section an encoder."""

from __future__ import annotations

from statistics import fmean

from benchmarks.markdown import table
from benchmarks.results import Result

POINTS = {"point1": 1, "point3": 3, "point5": 5}
BOX, DECODER, OURS = "box", "decoder", "ours"
CLAIM = 0.5
"""How much better than point prompts the paper says its decoder is, relative, by IoU."""
_TITLES = {
    **{name: f"SAM, {count} point{'s' if count > 1 else ''}" for name, count in POINTS.items()},
    BOX: "SAM, box",
    DECODER: "few-shot decoder (the paper)",
    OURS: "ours",
}
_MEAN = "mean"
Ious = dict[str, dict[str, float]]
"""IoU by case and method; means over labels and seeds."""


def claims_text(results: list[Result], cases: list[str]) -> str:
    """The section in Markdown.

    Args:
        cases: their names, in the order of the tables.
    """
    parts = [
        "## The paper's first claim",
        "Written by `make bench-claims SAM_CHECKPOINT=...` (`python -m benchmarks.claims`). IoU on the "
        "unpainted slices, mean over labels (and over seeds 0, 1, 2 where something is trained). SAM's "
        "prompts come from an oracle that sees the reference of every slice: points inside the label, the "
        "first farthest from its border, each further one farthest from the border and from those before; "
        "or the tight box. The few-shot decoder (alone, as in the paper) and ours (three planes and the "
        "volumetric step) have 5 painted slices and the same encoder. The paper says about 50 % better IoU "
        "than point prompts.",
    ]
    encoders: dict[str, list[Result]] = {}
    for result in results:
        encoders.setdefault(result.details["encoder"], []).append(result)
    return "\n\n".join([*parts, *(_encoder_text(name, found, cases) for name, found in encoders.items())])


def _encoder_text(name: str, results: list[Result], cases: list[str]) -> str:
    ious = _with_mean({case: by_method for case in cases if (by_method := _by_method(results, case))})
    about = results[0].details
    never = "" if about["takes_points"] else " This SAM was trained on boxes alone: it never saw a point."
    parts = [f"### {name}", f"Encoder: {about['backend']}.{never}", _iou_table(ious), _gain_table(ious)]
    parts.append(_claim(ious))
    return "\n\n".join(part for part in parts if part)


def _by_method(results: list[Result], case: str) -> dict[str, float]:
    seeds = {method: [r.iou for r in results if (r.case, r.method) == (case, method)] for method in _TITLES}
    return {method: fmean(found) for method, found in seeds.items() if found}


def _with_mean(ious: Ious) -> Ious:
    """With a mean over the cases, of methods that all of them have."""
    if len(ious) < 2:
        return ious
    everywhere = [method for method in _TITLES if all(method in found for found in ious.values())]
    mean = {method: fmean(found[method] for found in ious.values()) for method in everywhere}
    return {**ious, _MEAN: mean}


def _iou_table(ious: Ious) -> str:
    rows = [
        [case, *(f"{found[method]:.3f}" if method in found else "-" for method in _TITLES)]
        for case, found in ious.items()
    ]
    return table(["case", *_TITLES.values()], rows)


def _gain_table(ious: Ious) -> str:
    """Absolute and relative difference of the IoU to each prompt's."""
    prompts = (*POINTS, BOX)
    rows = []
    for case, found in ious.items():
        for method in (DECODER, OURS):
            if method in found:
                gains = [_gain(found[method], found.get(prompt)) for prompt in prompts]
                rows.append([case, _TITLES[method], *gains])
    if not rows:
        return ""
    head = ["case", "IoU against", *(_TITLES[prompt] for prompt in prompts)]
    return "Absolute difference of the IoU, and relative to the prompt's:\n\n" + table(head, rows)


def _gain(value: float, base: float | None) -> str:
    if base is None:
        return "-"
    return f"{value - base:+.3f}" + (f" ({value / base - 1:+.0%})" if base else "")


def _claim(ious: Ious) -> str:
    """Whether the claim holds, by the mean over cases, against one point."""
    found = ious.get(_MEAN) or next(iter(ious.values()), {})
    bases = {name: found.get(name) for name in POINTS}
    said = []
    for method in (DECODER, OURS):
        for name, base in bases.items():
            if base and method in found:
                gain = found[method] / base - 1
                held = "holds" if gain >= CLAIM else "does not hold"
                points = _TITLES[name].removeprefix("SAM, ")
                said.append(f"{_TITLES[method]} against {points}: {held} ({gain:+.0%})")
    return f"{CLAIM:.0%} better than points: {'; '.join(said)}." if said else ""
