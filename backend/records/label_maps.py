"""What a volume holds as labels now, or held at a moment: its mask, with all that is painted over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from backend.queries.annotations import held_slices
from backend.queries.newest import CURRENT_SINCE
from backend.records.volumes import shape_of
from fewshot_sam.data.planes import Plane, from_display
from storage import arrays
from storage.blobs import BlobStore
from storage.models import AnnotationRow, LabelRow, MaskRow, VolumeRow


@dataclass(frozen=True)
class LabelMapParts:
    """What a label map is made of, read in a session that may be over when it is made.

    Attributes:
        mask_id, mask_blob: of the mask; None where there is none.
        known: values of the project's labels; others were deleted.
        slices: versions with their cells, the oldest first.
    """

    shape: tuple[int, int, int]
    mask_id: str | None
    mask_blob: str | None
    known: frozenset[int]
    slices: Sequence[AnnotationRow]

    @classmethod
    def read(cls, session: Session, volume: VolumeRow, before: datetime | None = None) -> LabelMapParts:
        """Of a volume as it is now, or as it was at a moment."""
        known = session.scalars(select(LabelRow.value).where(LabelRow.project_id == volume.project_id))
        mask = _mask(session, volume.id, before)
        mask_id, blob = (mask.id, mask.blob) if mask else (None, None)
        slices = held_slices(session, volume.id, before)
        return cls(shape_of(volume), mask_id, blob, frozenset(known), slices)

    def label_map(self, blobs: BlobStore) -> np.ndarray:
        """The canonical (X, Y, Z) uint8 label values, Fortran order.

        A slice that is painted, reviewed as empty or interpolated holds what it says. Where slices of two
        planes cross, the one that was saved last counts; what is on none is the mask's. Labels that were
        deleted are on none: readings that were compared and the past keep their paint.

        Raises:
            BlobError: the mask's file is missing or damaged.
        """
        kept = np.zeros(256, np.uint8)
        kept[list(self.known)] = list(self.known)
        if self.mask_blob is None:
            labels = np.zeros(self.shape, np.uint8, order="F")
        else:
            labels = kept[arrays.load_mask(blobs, self.mask_blob, self.shape)]
        for row in self.slices:
            image = kept[arrays.unpack_slice(row.data, row.rows, row.columns)]
            np.moveaxis(labels, Plane(row.plane).axis, 0)[row.slice_index] = from_display(image)
        return labels


def _mask(session: Session, volume_id: str, before: datetime | None) -> MaskRow | None:
    """The mask that was the current one; which of them was made current then is not known of earlier ones."""
    since: ColumnElement[datetime] = CURRENT_SINCE
    query = select(MaskRow).where(MaskRow.volume_id == volume_id, MaskRow.draft.is_(False))
    if before is not None:
        query = query.where(MaskRow.created_at <= before)
        since = MaskRow.created_at.expression
    return session.scalar(query.order_by(since.desc(), MaskRow.id).limit(1))
