"""What a run works on: the volume, and its slices as they were painted when the run was asked for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sqlalchemy import select

from backend.choices import RunChoice
from backend.records.volumes import load_volume_row
from backend.schemas.enums import RunKind
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.painted_case import painted_case
from fewshot_sam.data.planes import Plane, from_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.painted_region import PaintedRegion
from fewshot_sam.errors import OperationCancelled
from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import AnnotationRow, MaskRow, RunRow, VolumeRow


class RunInputs(NamedTuple):
    """What a run works on.

    Attributes:
        painted: where labels are looked for, which tells what is encoded.
    """

    run: RunRow
    row: VolumeRow
    volume: Volume
    annotations: SparseAnnotations
    choice: RunChoice
    painted: PaintedRegion

    @classmethod
    def read(cls, run: RunRow, row: VolumeRow, database: Database, blobs: BlobStore) -> RunInputs:
        """Those of a run on a volume. Raises OperationCancelled if its annotations were deleted."""
        volume, annotations = load_volume_row(row, blobs), _annotations(database, run, Plane(run.plane))
        painted = PaintedRegion.of(volume, annotations.plane, painted_case(volume, annotations).display)
        if run.kind != RunKind.PROPAGATE:  # the model may be another volume's
            painted = painted.everywhere()
        return cls(run, row, volume, annotations, RunChoice.of_run(run), painted)


def has_result(inputs: RunInputs, database: Database) -> bool:
    """Whether the volume's last run found all labels that are painted now."""
    masks = select(MaskRow).where(MaskRow.volume_id == inputs.row.id, MaskRow.draft.is_(False))
    with database.read() as session:
        mask = session.scalar(masks.order_by(MaskRow.created_at.desc()).limit(1))
    found = {label["value"] for label in mask.labels if label["voxels"]} if mask else set()
    return set(inputs.annotations.codes) <= found


def _annotations(database: Database, run: RunRow, plane: Plane) -> SparseAnnotations:
    """The painted slices of the run's snapshot; label values are the codes here."""
    slices: dict[int, np.ndarray] = {}
    with database.read() as session:
        for index, version in run.annotation_versions.items():
            annotation = session.scalar(
                select(AnnotationRow).where(
                    AnnotationRow.volume_id == run.volume_id,
                    AnnotationRow.plane == plane.value,
                    AnnotationRow.slice_index == int(index),
                    AnnotationRow.version == version,
                )
            )
            if annotation is None:
                raise OperationCancelled("the annotations were deleted")
            shown = arrays.unpack_slice(annotation.data, annotation.rows, annotation.columns)
            slices[int(index)] = from_display(shown).astype(np.uint16)
    return SparseAnnotations(plane, dict(sorted(slices.items())))
