"""A 512x512x300 CT with 5 labels, end to end: does it fit into memory?"""

from __future__ import annotations

from benchmarks.speed import scans
from benchmarks.speed.case import Context, Numbers, SpeedCase
from benchmarks.speed.cases.encode_volumes import LARGE_SLICES
from benchmarks.speed.cases.method import stages_text, time_method
from benchmarks.speed.samples import number_text
from benchmarks.speed.table import Row, at_most
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.encoders.load import load_encoder

LABELS = 5
ENCODED = 20
MAX_MB = 3000


def save(context: Context) -> Numbers:
    """The scan, and a cache with its embeddings: 20 real ones a plane, repeated."""
    scan = scans.stretched(scans.ct_dicom().largest_painted(LABELS), LARGE_SLICES, "large")
    scan.save(context.folder / "scan")
    encoder = load_encoder(device="cpu")
    scans.fill_by_repeating(scan, encoder, EmbeddingCache(context.folder / "cache"), ENCODED)
    return {}


def ours(context: Context) -> Numbers:
    """Fine-tune, predict, solve; voxels and embeddings are memory maps, as in the app."""
    scan, encoder = scans.open_scan(context.folder / "scan"), load_encoder(device="cpu")
    cache = EmbeddingCache(context.folder / "cache")
    numbers = time_method(scan, scan.painted(), encoder, cache, context.runs, "cpu")
    return numbers | {
        "voxel_mb": scan.volume.voxels.nbytes / 1e6,
        "embedding_mb": scans.embedding_bytes(scan, encoder) * scans.slices_read(scan, encoder) / 1e6,
    }


def rows(parts: dict[str, Numbers]) -> list[Row]:
    """The table's rows."""
    found = parts["ours"]
    held = f"voxels {number_text(found['voxel_mb'])} MB, embeddings {number_text(found['embedding_mb'])} MB"
    what = "512x512x300, 5 labels, 5 painted"
    remark = "mapped files are counted; embeddings are of 20 slices a plane, repeated"
    return [
        Row(f"{what}: peak resident memory", [found["peak_rss_mb"]], "MB", held, at_most(MAX_MB), remark),
        Row("... fine-tune, predict, solve", found["seconds"], "s", "", None, stages_text(found)),
    ]


CASE = SpeedCase("large_ct", "a large CT", {"scan": save, "ours": ours}, rows)
