"""Rows as the JSON objects of the HTTP API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.services.volume_rows import slice_count
from fewshot_sam.data.planes import Plane
from storage.models import AnnotationRow, LabelRow, MaskRow, ProjectRow, RunRow, VolumeRow, utc_now

MAX_LISTED = 200  # of versions, runs and models, the newest: a client can make any number of them


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with zone."""
    return None if moment is None else moment.isoformat(timespec="milliseconds")


def label_json(label: LabelRow) -> dict[str, Any]:
    """A Label of the API."""
    return {key: getattr(label, key) for key in ("id", "value", "code", "name", "color")}


def project_json(session: Session, project: ProjectRow) -> dict[str, Any]:
    """A project with its labels and volumes."""
    return {
        "id": project.id,
        "name": project.name,
        "created_at": iso(project.created_at),
        "volume_count": len(project.volumes),
        "labels": [label_json(label) for label in project.labels],
        "volumes": [volume_json(session, volume) for volume in project.volumes],
    }


def volume_json(session: Session, volume: VolumeRow) -> dict[str, Any]:
    """A VolumeSummary of the API."""
    geometry = volume.geometry
    run = session.scalar(
        select(RunRow)
        .where(RunRow.volume_id == volume.id)
        .order_by(RunRow.created_at.desc(), RunRow.id)
        .limit(1)
    )
    return {
        "id": volume.id,
        "project_id": volume.project_id,
        "name": volume.name,
        "source_name": volume.source_name,
        "modality": volume.modality,
        "shape": geometry["shape"],
        "spacing_mm": geometry["spacing_mm"],
        "affine": geometry["affine"],
        "dtype": geometry["dtype"],
        "plane": volume.plane,
        "plane_chosen": volume.plane_chosen,
        **volume.display,
        "encoding": {
            "state": volume.encoding_state,
            "done": volume.encoding_done,
            "total": slice_count(volume, Plane(volume.plane)),
            "eta_s": volume.encoding_eta_s,
            "error": volume.encoding_error,
        },
        "painted": _painted_counts(session, volume),
        "mask_id": session.scalar(
            select(MaskRow.id)
            .where(MaskRow.volume_id == volume.id)
            .order_by(MaskRow.created_at.desc())
            .limit(1)
        ),
        "run": None if run is None else run_json(session, run),
        "created_at": iso(volume.created_at),
    }


def run_json(session: Session, run: RunRow) -> dict[str, Any]:
    """A Run of the API."""
    ended = run.finished_at or utc_now()
    return {
        "id": run.id,
        "volume_id": run.volume_id,
        "kind": run.kind,
        "plane": run.plane,
        "state": run.state,
        "stage": run.stage,
        "fraction": round(run.fraction, 4),
        "eta_s": run.eta_s,
        "loss": run.loss,
        "error": run.error,
        "created_at": iso(run.created_at),
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
        "mask_id": session.scalar(select(MaskRow.id).where(MaskRow.run_id == run.id)),
        "model_id": run.model_id,
        "report": run.report,
        "elapsed_s": (ended - run.started_at).total_seconds() if run.started_at else 0.0,
        "cancel_requested": run.cancel_requested_at is not None,
    }


def latest_annotations(session: Session, volume_id: str, plane: str | None = None) -> list[AnnotationRow]:
    """The highest version of every slice ever saved, by plane and index; their label maps load on access."""
    newest = (
        select(func.max(AnnotationRow.id))
        .where(AnnotationRow.volume_id == volume_id, *([AnnotationRow.plane == plane] if plane else []))
        .group_by(AnnotationRow.plane, AnnotationRow.slice_index)
    )
    query = select(AnnotationRow).where(AnnotationRow.id.in_(newest))
    return list(session.scalars(query.order_by(AnnotationRow.plane, AnnotationRow.slice_index)))


def _painted_counts(session: Session, volume: VolumeRow) -> dict[str, int]:
    newest = (
        select(func.max(AnnotationRow.id))
        .where(AnnotationRow.volume_id == volume.id)
        .group_by(AnnotationRow.plane, AnnotationRow.slice_index)
    )
    query = (
        select(AnnotationRow.plane, func.count())
        .where(AnnotationRow.id.in_(newest), AnnotationRow.state == "painted")
        .group_by(AnnotationRow.plane)
    )
    counts = {plane.value: 0 for plane in Plane}
    for plane, count in session.execute(query):
        counts[plane] = count
    return counts
