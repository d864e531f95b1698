"""The button: fine-tune, predict and solve, for few and many labels; and a correction with a second run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.peers import random_walker
from benchmarks.speed import scans
from benchmarks.speed.case import Context, Numbers, SpeedCase
from benchmarks.speed.samples import median, median_run, number_text, repeat, with_unit
from benchmarks.speed.table import Row, Target, at_most
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.folders import cache_folder
from fewshot_sam.data.planes import take_slice
from fewshot_sam.data.windowing import default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.load import load_encoder
from fewshot_sam.segmenter import FewShotSegmenter

ONE_LABEL_SHAPE = (120, 126, 155)
QUICK_SHAPE = (120, 126, 30)
MANY = 20


def save_one_label(context: Context) -> Numbers:
    """155 slices of 120x126, ct_abdomen resampled; the liver."""
    shape = QUICK_SHAPE if context.quick else ONE_LABEL_SHAPE
    scans.resampled(scans.ct_abdomen().only([scans.LIVER]), shape, "one label").save(context.folder / "scan")
    return {}


def save_six_labels(context: Context) -> Numbers:
    """ct_abdomen with the accuracy benchmark's labels."""
    scans.ct_abdomen().only(scans.ABDOMEN_CODES).save(context.folder / "scan")
    return {}


def save_many_labels(context: Context) -> Numbers:
    """ct_abdomen with the 20 labels that cover most of the painted slices."""
    scans.ct_abdomen().largest_painted(MANY).save(context.folder / "scan")
    return {}


def ours(context: Context, device: str = "cpu") -> Numbers:
    """From the press of the button to the label map; embeddings are in the cache."""
    scan, encoder = scans.open_scan(context.folder / "scan"), load_encoder(device=device)
    cache = EmbeddingCache(cache_folder())
    scans.fill(scan, encoder, cache)
    return time_method(scan, scan.painted(), encoder, cache, context.runs, device)


def walker(context: Context) -> Numbers:
    """scikit-image's random walker on the whole volume, from the same painted slices."""
    scan = scans.open_scan(context.folder / "scan")
    painted, window = scan.painted(), default_window(scan.volume)
    found: list[np.ndarray] = []
    seconds = repeat(
        lambda: found.append(random_walker.segment(scan.volume, window, painted, painted.codes)), context.runs
    )
    return {"seconds": seconds, "dice": scans.mean_dice(found[-1], scan, painted)}


def first_run_then_correct(context: Context) -> Numbers:
    """The second run after the worst slice was painted too, from the first run's decoder."""
    return _correct(context, warm=True)


def correct_from_scratch(context: Context) -> Numbers:
    """The same second run without the first one's decoder."""
    return _correct(context, warm=False)


def _correct(context: Context, warm: bool) -> Numbers:
    scan, encoder = scans.open_scan(context.folder / "scan"), load_encoder(device="cpu")
    cache, painted = EmbeddingCache(cache_folder()), scan.painted()
    scans.fill(scan, encoder, cache)
    first = FewShotSegmenter(encoder=encoder, device="cpu", cache=cache).fit([(scan.volume, painted)])
    answer = first.predict(scan.volume, annotations=painted).label_map
    corrected = _with_worst_slice(scan, painted, answer)
    return time_method(scan, corrected, encoder, cache, context.runs, "cpu", first if warm else None)


def _with_worst_slice(scan: scans.Scan, painted: SparseAnnotations, answer: np.ndarray) -> SparseAnnotations:
    """The painted slices and the one where the answer has most wrong voxels."""
    wrong = (answer != scan.reference).sum(axis=(0, 1))
    wrong[list(painted.slices)] = -1
    worst = int(wrong.argmax())
    return SparseAnnotations(
        scans.PLANE, {**painted.slices, worst: np.array(take_slice(scan.reference, scans.PLANE, worst))}
    )


def time_method(
    scan: scans.Scan,
    painted: SparseAnnotations,
    encoder: Encoder,
    cache: EmbeddingCache,
    runs: int,
    device: str,
    warm_start: FewShotSegmenter | None = None,
) -> Numbers:
    """Fit and predict, several times; the first run counts too, with what torch does only once."""
    stages: list[dict[str, float]] = []
    reports: list[dict[str, Any]] = []
    answers: list[np.ndarray] = []

    def once() -> None:
        segmenter = FewShotSegmenter(encoder=encoder, device=device, cache=cache)
        segmenter.fit([(scan.volume, painted)], warm_start=warm_start)
        prediction = segmenter.predict(scan.volume, annotations=painted)
        stages.append(stage_seconds(segmenter.fit_report, prediction.report))
        reports.append(segmenter.fit_report)
        answers[:] = [prediction.label_map]

    seconds = repeat(once, runs)
    return {
        "seconds": seconds,
        "stages": stages[median_run(seconds)],
        "steps": reports[-1].get("steps"),
        "dice": scans.mean_dice(answers[0], scan, painted),
        "labels": len(painted.codes),
        "slices": scan.volume.slice_count(scans.PLANE),
    }


def stage_seconds(*reports: dict[str, Any]) -> dict[str, float]:
    """Seconds by stage of all reports together; a stage that stands in several is added up."""
    total: dict[str, float] = {}
    for report in reports:
        for stage, seconds in report.get("seconds", {}).items():
            total[stage] = total.get(stage, 0.0) + seconds
    return total


def stages_text(numbers: Numbers) -> str:
    """ "fine_tune 5.1, decode 0.62, volume 1.3 s", without what took no time, and the Dice."""
    shown = [f"{name} {number_text(s)}" for name, s in numbers["stages"].items() if s >= 0.005]
    return f"{', '.join(shown)} s; Dice {numbers['dice']:.3f}"


def rows(what: str, limit_s: float | None, against_walker: bool, parts: dict[str, Numbers]) -> list[Row]:
    """The table's rows of a first run."""
    found, rival = parts["ours"], parts["walker"]
    rival_text = f"random walker {with_unit(median(rival['seconds']), 's')}, Dice {rival['dice']:.3f}"
    ratio = median(found["seconds"]) / median(rival["seconds"])
    return [
        Row(
            f"{found['slices']} slices of {what}, 5 painted",
            found["seconds"],
            "s",
            rival_text,
            _limit(limit_s),
            stages_text(found),
        ),
        Row("... times the random walker's", [ratio], "x", "", at_most(1) if against_walker else None),
        Row(
            "... peak resident memory",
            [found["peak_rss_mb"]],
            "MB",
            f"walker {number_text(rival['peak_rss_mb'])} MB",
        ),
    ]


def _limit(limit: float | None) -> Target | None:
    return at_most(limit) if limit is not None else None


def correct_rows(parts: dict[str, Numbers]) -> list[Row]:
    """The table's rows of a correction."""
    warm, cold = parts["ours"], parts["scratch"]
    cold_text = f"from scratch {with_unit(median(cold['seconds']), 's')}, Dice {cold['dice']:.3f}"
    return [
        Row("second run, 6 slices painted", warm["seconds"], "s", cold_text, at_most(4), stages_text(warm)),
        Row("... peak resident memory", [warm["peak_rss_mb"]], "MB"),
    ]


def _case(
    name: str,
    title: str,
    scan: Callable[[Context], Numbers],
    what: str,
    limit_s: float | None = None,
    against_walker: bool = False,
    quick: bool = False,
) -> SpeedCase:
    parts = {"scan": scan, "ours": ours, "walker": walker}
    return SpeedCase(name, title, parts, partial(rows, what, limit_s, against_walker), quick=quick)


CASES = (
    _case(
        "labels_1",
        "1 label",
        save_one_label,
        "120x126",
        limit_s=8,
        against_walker=True,
        quick=True,
    ),
    _case("labels_6", "6 labels", save_six_labels, "122x101, ct_abdomen", limit_s=20),
    _case("labels_20", "20 labels", save_many_labels, "122x101, ct_abdomen"),
    SpeedCase(
        "correct",
        "correct a slice, run again",
        {"scan": save_six_labels, "ours": first_run_then_correct, "scratch": correct_from_scratch},
        correct_rows,
    ),
)
