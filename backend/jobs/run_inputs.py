"""What a run works on: its volumes, and their slices as they were painted when the run was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import select

from backend.choices import RunChoice
from backend.errors import DamagedDataError
from backend.queries.newest import current_mask
from backend.records.volumes import load_volume_row
from backend.schemas.enums import RunKind
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.painted_case import painted_case
from fewshot_sam.data.planes import Plane, from_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.painted_region import PaintedRegion
from fewshot_sam.errors import AnnotationError, OperationCancelled
from storage import arrays
from storage.blobs import BlobStore
from storage.database import Database
from storage.models import AnnotationRow, ModelRow, RunRow, VolumeRow


class SourceCase(NamedTuple):
    """A volume that a propagation learns from. Its voxels are a memory map, as those of every volume."""

    volume: Volume
    annotations: SparseAnnotations
    painted: PaintedRegion

    @classmethod
    def of(cls, volume: Volume, annotations: SparseAnnotations) -> SourceCase:
        """A volume and what is painted on it. Raises AnnotationError if the two do not fit."""
        display = painted_case(volume, annotations).display
        return cls(volume, annotations, PaintedRegion.of(volume, annotations.plane, display))


class RunInputs(NamedTuple):
    """What a run works on.

    Attributes:
        painted: where labels are looked for, which tells what is encoded.
        sources: what a propagation learns from, its own volume among them, in the order of the fit.
    """

    run: RunRow
    row: VolumeRow
    volume: Volume
    annotations: SparseAnnotations
    choice: RunChoice
    painted: PaintedRegion
    sources: tuple[SourceCase, ...] = ()

    @classmethod
    def read(cls, run: RunRow, row: VolumeRow, database: Database, blobs: BlobStore) -> RunInputs:
        """Those of a run on a volume.

        Raises:
            OperationCancelled: its annotations were deleted.
            AnnotationError: another volume that it learns from was deleted.
            DamagedDataError: a volume's voxels are missing or damaged.
        """
        own = SourceCase.of(load_volume_row(row, blobs), _annotations(database, run, row.id))
        sources: tuple[SourceCase, ...] = ()
        if run.kind != RunKind.PROPAGATE:  # the model may be another volume's
            own = own._replace(painted=own.painted.everywhere())
        else:
            sources = _sources(run, own, database, blobs)
        return cls(run, row, own.volume, own.annotations, RunChoice.of_run(run), own.painted, sources)

    @property
    def others(self) -> list[SourceCase]:
        """The sources besides the run's own volume."""
        return [source for source in self.sources if source.volume is not self.volume]


def learnt_from(run: RunRow, database: Database) -> str | None:
    """The modality of the volumes that a run's model learnt from; None if not known, or if they differ."""
    with database.read() as session:
        model = session.get(ModelRow, run.model_id) if run.model_id else None
        if model is None:
            return None
        ids = {source["volume_id"] for source in model.sources or []} or {model.volume_id}
        found = set(session.scalars(select(VolumeRow.modality).where(VolumeRow.id.in_(ids - {None}))))
    return found.pop() if len(found) == 1 else None


def has_result(inputs: RunInputs, database: Database) -> bool:
    """Whether the volume's current mask holds all labels that are painted now."""
    with database.read() as session:
        mask = current_mask(session, inputs.row.id)
    found = {label["value"] for label in mask.labels if label["voxels"]} if mask else set()
    return set(inputs.annotations.codes) <= found


def _sources(run: RunRow, own: SourceCase, database: Database, blobs: BlobStore) -> tuple[SourceCase, ...]:
    if run.sources is None:  # of an earlier version
        return (own,)
    return tuple(
        own if each["volume_id"] == run.volume_id else _other_source(run, each, database, blobs)
        for each in run.sources
    )


def _other_source(run: RunRow, source: Mapping[str, Any], database: Database, blobs: BlobStore) -> SourceCase:
    volume_id, name = source["volume_id"], source["name"]
    with database.read() as session:
        row = session.get(VolumeRow, volume_id)
    if row is None:
        raise AnnotationError(f"{name}, which this run was to learn from, was deleted. Propagate again.")
    try:
        volume = load_volume_row(row, blobs)
    except DamagedDataError as error:
        raise DamagedDataError(
            f"{name}, which this run was to learn from, cannot be read: its stored voxels are missing or "
            "damaged. Import the same scan again, or leave it out under Settings."
        ) from error
    return SourceCase.of(volume, _annotations(database, run, volume_id, source["annotation_versions"]))


def _annotations(
    database: Database, run: RunRow, volume_id: str, versions: Mapping[str, int] | None = None
) -> SparseAnnotations:
    """The painted slices of the run's snapshot; label values are the codes here.

    Args:
        versions: by index; default those of the run's own volume.
    """
    slices: dict[int, np.ndarray] = {}
    plane = Plane(run.plane)
    with database.read() as session:
        for index, version in (run.annotation_versions if versions is None else versions).items():
            annotation = session.scalar(
                select(AnnotationRow).where(
                    AnnotationRow.volume_id == volume_id,
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
