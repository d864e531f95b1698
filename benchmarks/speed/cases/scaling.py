"""How time and memory grow with slices and with labels, on slices so small that voxels hardly count."""

from __future__ import annotations

from functools import partial

from benchmarks.speed import scans
from benchmarks.speed.case import Context, Numbers, SpeedCase
from benchmarks.speed.cases.method import stages_text, time_method
from benchmarks.speed.samples import median, number_text
from benchmarks.speed.table import Row, at_most
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.encoders.load import load_encoder

IN_PLANE = (48, 40)
SLICES = (50, 100, 200, 400)
LABELS = (1, 5, 10, 20)
FIXED_SLICES, FIXED_LABELS = 100, 5
ENCODED = 10
MAX_BEND = 1.2


def save(context: Context) -> Numbers:
    """Scans of each length, with caches of 10 real embeddings a plane, repeated."""
    encoder, cache = load_encoder(device="cpu"), EmbeddingCache(context.folder / "cache")
    whole = scans.ct_abdomen()
    for slices in SLICES:
        scan = scans.resampled(whole, (*IN_PLANE, slices), f"{slices} slices")
        scan.save(context.folder / f"scan-{slices}")
        scans.fill_by_repeating(scan, encoder, cache, ENCODED)
    return {}


def ours(slices: int, labels: int, context: Context) -> Numbers:
    """One setting."""
    scan = scans.open_scan(context.folder / f"scan-{slices}").largest_painted(labels)
    encoder, cache = load_encoder(device="cpu"), EmbeddingCache(context.folder / "cache")
    return time_method(scan, scan.painted(), encoder, cache, context.runs, "cpu")


def part_name(slices: int, labels: int) -> str:
    """Name of a setting's part."""
    return f"{slices}x{labels}"


def rows(parts: dict[str, Numbers]) -> list[Row]:
    """The table's rows."""
    found = []
    for slices in SLICES:
        numbers = parts[part_name(slices, FIXED_LABELS)]
        found.append(_row(f"{slices} slices of 48x40, {FIXED_LABELS} labels", numbers))
    for labels in LABELS:
        numbers = parts[part_name(FIXED_SLICES, labels)]
        found.append(_row(f"{FIXED_SLICES} slices of 48x40, {labels} labels", numbers))
    peaks = {n: parts[part_name(n, FIXED_LABELS)]["peak_rss_mb"] for n in SLICES}
    seconds = {n: median(parts[part_name(n, FIXED_LABELS)]["seconds"]) for n in SLICES}
    for what, values in (("memory", peaks), ("seconds", seconds)):
        target = at_most(MAX_BEND) if what == "memory" else None
        remark = "1.0 is linear; growth a slice from 200 to 400 over that from 50 to 400"
        found.append(Row(f"{what}: bend of the line over slices", [bend(values)], "x", "", target, remark))
    return found


def bend(values: dict[int, float]) -> float:
    """Growth a step between the last two points, over that between the first and the last; 1 is a line.

    Where nothing grows (at most one part in a hundred) it is 1.
    """
    points = sorted(values)
    first, before, last = points[0], points[-2], points[-1]
    whole = values[last] - values[first]
    if whole <= 0.01 * values[last]:
        return 1.0
    return (values[last] - values[before]) / (last - before) / (whole / (last - first))


def _row(what: str, numbers: Numbers) -> Row:
    remark = f"{stages_text(numbers)}; peak {number_text(numbers['peak_rss_mb'])} MB"
    return Row(what, numbers["seconds"], "s", "", None, remark)


_SETTINGS = [(n, FIXED_LABELS) for n in SLICES] + [(FIXED_SLICES, n) for n in LABELS if n != FIXED_LABELS]

CASE = SpeedCase(
    "scaling",
    "growth",
    {"scan": save} | {part_name(*setting): partial(ours, *setting) for setting in _SETTINGS},
    rows,
)
