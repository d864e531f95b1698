"""Encoding a small real scan and a large synthetic one into an empty cache."""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.speed import scans
from benchmarks.speed.case import Context, Numbers, SpeedCase
from benchmarks.speed.samples import median, number_text, repeat, with_unit
from benchmarks.speed.table import Row, at_most
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_volume
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.lite_medsam import LiteMedSamEncoder

LARGE_SLICES = 300
SAMPLED = 10
EAGER_SLICES = 5
MAX_CACHE_MB = 2.1


def save_dicom(context: Context) -> Numbers:
    """ct_dicom as it is."""
    scans.ct_dicom().save(context.folder / "scan")
    return {}


def save_large(context: Context) -> Numbers:
    """A 512x512x300 int16 CT made of ct_dicom."""
    scans.stretched(scans.ct_dicom(), LARGE_SLICES, "large").save(context.folder / "scan")
    return {}


def encode_all(context: Context) -> Numbers:
    """Seconds of the whole volume, each time into an empty cache."""
    scan, encoder = scans.open_scan(context.folder / "scan"), _warm(LiteMedSamEncoder("cpu"))
    count = scan.volume.slice_count(scans.PLANE)
    seconds = repeat(lambda: _encode(scan, encoder, context, range(count)), context.runs)
    return _about(scan, encoder, seconds, count, count)


def encode_some(context: Context) -> Numbers:
    """Seconds of the whole volume, extrapolated from ten slices at a time unless ``full``."""
    if context.full:
        return encode_all(context)
    scan, encoder = scans.open_scan(context.folder / "scan"), _warm(LiteMedSamEncoder("cpu"))
    count = scan.volume.slice_count(scans.PLANE)
    chosen = np.linspace(0, count - 1, SAMPLED).round().astype(int).tolist()
    seconds = repeat(lambda: _encode(scan, encoder, context, chosen), context.runs)
    return _about(scan, encoder, [each * count / SAMPLED for each in seconds], count, SAMPLED)


def encode_eagerly(context: Context) -> Numbers:
    """Seconds a slice with eager torch float32, a few slices."""
    scan = scans.open_scan(context.folder / "scan")
    encoder = _warm(LiteMedSamEncoder("cpu", use_openvino=False))
    seconds = []
    for index in range(EAGER_SLICES):
        started = time.perf_counter()
        _encode(scan, encoder, context, [index])
        seconds.append(time.perf_counter() - started)
    return {"slice_s": seconds}


def _warm(encoder: Encoder) -> Encoder:
    """The network is loaded once a session, and not counted."""
    encoder.encode(np.zeros((1, 3, encoder.input_size, encoder.input_size), np.float32))
    return encoder


def _encode(scan: scans.Scan, encoder: Encoder, context: Context, slices: range | list[int]) -> None:
    with tempfile.TemporaryDirectory(dir=context.work) as folder:
        encode_volume(scan.volume, scans.PLANE, encoder, EmbeddingCache(Path(folder)), slices=slices)


def _about(scan: scans.Scan, encoder: Encoder, seconds: list[float], count: int, encoded: int) -> Numbers:
    return {
        "seconds": seconds,
        "slices": count,
        "encoded": encoded,
        "read": scans.slices_read(scan, encoder),
        "cache_bytes_a_slice": scans.embedding_bytes(scan, encoder),
        "voxel_mb": scan.volume.voxels.nbytes / 1e6,
    }


def rows(what: str, parts: dict[str, Numbers]) -> list[Row]:
    """The table's rows."""
    ours, count = parts["ours"], parts["ours"]["slices"]
    eager = with_unit(median(parts["eager"]["slice_s"]) * count, "s")
    rate = number_text(count / median(ours["seconds"]))
    remark = f"{rate} slices/s"
    if ours["read"] > count:
        whole_s = median(ours["seconds"]) / count * ours["read"]
        remark += f"; the method reads {ours['read']} slices of three planes, {with_unit(whole_s, 's')}"
    if ours["encoded"] < count:
        remark += f"; extrapolated from {ours['encoded']} slices a run"
    return [
        Row(
            what, ours["seconds"], "s", f"eager torch float32 {eager} ({EAGER_SLICES} slices)", remark=remark
        ),
        Row(
            "... peak resident memory",
            [ours["peak_rss_mb"]],
            "MB",
            f"voxels {with_unit(ours['voxel_mb'], 'MB')}",
        ),
        Row(
            "... embedding cache, a slice",
            [ours["cache_bytes_a_slice"] / 1e6],
            "MB",
            "",
            at_most(MAX_CACHE_MB),
        ),
    ]


CASES = (
    SpeedCase(
        "encode_dicom",
        "encode ct_dicom",
        {"scan": save_dicom, "ours": encode_all, "eager": encode_eagerly},
        partial(rows, "20 slices of 512x512"),
    ),
    SpeedCase(
        "encode_large",
        "encode a large CT",
        {"scan": save_large, "ours": encode_some, "eager": encode_eagerly},
        partial(rows, "300 slices of 512x512, int16, synthetic"),
    ),
)
