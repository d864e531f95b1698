"""What a mask holds on the slice that a writer began from it."""

from __future__ import annotations

import logging

import numpy as np

from backend.asker import Asker
from backend.errors import ForbiddenError, NotFoundError
from backend.queries.access import get_mask
from backend.records.origins import Hints
from fewshot_sam.data.planes import Plane, to_display
from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database
from storage.errors import BlobError

logger = logging.getLogger(__name__)


def predicted_slice(
    database: Database,
    blobs: BlobStore,
    asker: Asker,
    volume_id: str,
    plane: Plane,
    slice_index: int,
    hints: Hints,
) -> np.ndarray | None:
    """(rows, columns) uint8 label values in display orientation; None where no mask was named.

    None too where there is no such mask of the volume any more, or it cannot be read: no paint is refused
    because it is not known where it came from.
    """
    if hints.mask_id is None:
        return None
    try:
        with database.read() as session:
            mask = get_mask(session, asker, hints.mask_id)
            if mask.volume_id != volume_id or not 0 <= slice_index < mask.shape[plane.axis]:
                return None
            key, shape = mask.blob, (mask.shape[0], mask.shape[1], mask.shape[2])
        return to_display(arrays.load_mask_slice(blobs, key, shape, plane.axis, slice_index))
    except (NotFoundError, ForbiddenError):
        return None
    except (BlobError, OSError, ValueError, EOFError):
        logger.warning("the mask %s could not be read for a slice's origins", hints.mask_id, exc_info=True)
        return None
