"""Encoding a volume's slices in the background."""

from __future__ import annotations

import logging
import time
from typing import Any

from backend.jobs.failures import sentence_for
from backend.jobs.records import JobRecords
from backend.jobs.toolbox import Toolbox
from backend.jobs.watch import StopReason, StopWatch
from backend.records.volumes import load_volume_row, slice_count
from backend.schemas.enums import EncodingState
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import OperationCancelled, UserError
from fewshot_sam.progress import Stage
from storage.blobs import BlobStore
from storage.models import VolumeRow

logger = logging.getLogger(__name__)
WRITE_INTERVAL_S = 0.25


def encode_in_background(records: JobRecords, toolbox: Toolbox, blobs: BlobStore, volume_id: str) -> None:
    """Encode the chosen plane of a claimed volume; ends early for a run or a volume more urgent."""
    try:
        row = records.volume(volume_id)
    except LookupError:
        return
    started = time.monotonic()
    with StopWatch(lambda: records.encoding_should_stop(row, time.monotonic() - started)) as watch:
        try:
            _encode(records, toolbox, blobs, row, watch)
        except OperationCancelled:
            if watch.reason is StopReason.PREEMPTED:
                records.end_encoding(row, state=EncodingState.PENDING)
            # else it was superseded (already pending again, which end_encoding would respect) or deleted
        except UserError as error:
            records.end_encoding(row, state=EncodingState.FAILED, error=str(error))
        except Exception as error:
            if _is_deleted(records, volume_id):  # its embeddings went while a slice was encoded
                return
            logger.exception("encoding volume %s failed", volume_id)
            unknown = "Something went wrong in encoding the slices; details are in the log."
            records.end_encoding(row, state=EncodingState.FAILED, error=sentence_for(error) or unknown)


def _is_deleted(records: JobRecords, volume_id: str) -> bool:
    try:
        records.volume(volume_id)
    except LookupError:
        return True
    return False


def _encode(
    records: JobRecords, toolbox: Toolbox, blobs: BlobStore, row: VolumeRow, watch: StopWatch
) -> None:
    volume = load_volume_row(row, blobs)
    plane = Plane(row.plane)
    slices = slice_count(row, plane)
    written_at = float("-inf")

    def progress(stage: Stage, fraction: float, **details: Any) -> None:
        nonlocal written_at
        watch.check()
        if time.monotonic() - written_at < WRITE_INTERVAL_S:
            return
        written_at = time.monotonic()
        rate = details.get("slices_per_s")
        eta_s = (details["total"] - details["done"]) / rate if rate else None
        # People count slices of the plane they paint on; the other planes' slices are encoded after them.
        records.update_encoding(row, done=int(fraction * slices), eta_s=eta_s)

    toolbox.encode(volume, plane, progress, first_slice=row.first_slice)
    records.finish_encoding(row)
