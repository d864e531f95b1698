"""Labels of a project: the structures to paint."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import ConflictError, InvalidRequestError
from backend.services.access import get_label, get_project
from backend.services.projects import clean_name
from backend.services.summaries import label_json, latest_annotations
from fewshot_sam.data.planes import Plane
from storage import arrays
from storage.database import Database
from storage.models import AnnotationRow, LabelRow, ProjectRow, VolumeRow

MAX_VALUE = 255
MAX_CODE = 65535
# Distinct on grey images, also for the common colour vision deficiencies (Okabe and Ito, then Tol).
PALETTE = (
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#d55e00", "#cc79a7", "#0072b2",
    "#ee6677", "#66ccee", "#228833", "#ccbb44", "#aa3377", "#4477aa", "#bbbbbb",
)  # fmt: skip


class Labels:
    """Create, change and delete labels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, owner: str, project_id: str, name: str, color: str | None = None, code: int | None = None
    ) -> dict[str, Any]:
        """A new label; its value is chosen here, its code defaults to the value."""
        with self._database.write() as session:
            label = add_label(session, get_project(session, owner, project_id), name, color, code)
            return label_json(label)

    def change(
        self,
        owner: str,
        label_id: str,
        name: str | None = None,
        color: str | None = None,
        code: int | None = None,
    ) -> dict[str, Any]:
        """Change what is given, leave the rest."""
        with self._database.write() as session:
            label = get_label(session, owner, label_id)
            if name is not None:
                label.name = clean_name(name, "label")
            if color is not None:
                label.color = _checked_color(color)
            if code is not None and code != label.code:
                _check_code(session, label.project_id, code)
                label.code = code
            return label_json(label)

    def delete(self, owner: str, label_id: str, force: bool = False) -> None:
        """Delete a label. Raises ConflictError while it is painted, unless ``force`` erases it everywhere."""
        with self._database.write() as session:
            label = get_label(session, owner, label_id)
            painted = _painted_with(session, label)
            if painted and not force:
                raise ConflictError(
                    f"The label '{label.name}' is painted on {len(painted)} slice(s). "
                    "Erase it there first, or delete it with its paint.",
                    slices=len(painted),
                )
            for annotation in painted:
                session.add(_without_value(annotation, label.value, owner))
            session.delete(label)


def add_label(
    session: Session, project: ProjectRow, name: str, color: str | None = None, code: int | None = None
) -> LabelRow:
    """Add a label to a project within a writing session."""
    value = _next_value(session, project)
    if code is None:
        code = _free_code(session, project.id, value)
    else:
        _check_code(session, project.id, code)
    label = LabelRow(
        project_id=project.id,
        value=value,
        code=code,
        name=clean_name(name, "label"),
        color=PALETTE[(value - 1) % len(PALETTE)] if color is None else _checked_color(color),
    )
    project.next_label_value = max(project.next_label_value, value + 1)
    session.add(label)
    session.flush()
    return label


def _next_value(session: Session, project: ProjectRow) -> int:
    """A value never used before in the project; once 255 are used up, the lowest free one."""
    if project.next_label_value <= MAX_VALUE:
        return project.next_label_value
    taken = set(session.scalars(select(LabelRow.value).where(LabelRow.project_id == project.id)))
    free = sorted(set(range(1, MAX_VALUE + 1)) - taken)
    if not free:
        raise InvalidRequestError(f"A project can hold {MAX_VALUE} labels at most. Delete one first.")
    return free[0]


def _free_code(session: Session, project_id: str, wanted: int) -> int:
    taken = set(session.scalars(select(LabelRow.code).where(LabelRow.project_id == project_id)))
    return next(code for code in (wanted, *range(1, MAX_CODE + 1)) if code not in taken)


def _check_code(session: Session, project_id: str, code: int) -> None:
    if not 1 <= code <= MAX_CODE:
        raise InvalidRequestError(f"A label's code must be from 1 to {MAX_CODE}, got {code}.")
    holder = session.scalar(select(LabelRow).where(LabelRow.project_id == project_id, LabelRow.code == code))
    if holder is not None:
        raise ConflictError(f"Code {code} already belongs to the label '{holder.name}'. Choose another.")


def _checked_color(color: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise InvalidRequestError(f"A label's colour must look like #rrggbb, got {color[:20]!r}.")
    return color.lower()


def _painted_with(session: Session, label: LabelRow) -> list[AnnotationRow]:
    volumes = session.scalars(select(VolumeRow.id).where(VolumeRow.project_id == label.project_id))
    return [
        annotation
        for volume_id in volumes
        for annotation in latest_annotations(session, volume_id)
        if label.value in annotation.values
    ]


def _without_value(annotation: AnnotationRow, value: int, author: str) -> AnnotationRow:
    """The next version of a painted slice, with one label erased."""
    label_map = arrays.unpack_slice(annotation.data, annotation.rows, annotation.columns)
    label_map = np.where(label_map == value, 0, label_map)
    values = [int(other) for other in np.unique(label_map) if other]
    return AnnotationRow(
        volume_id=annotation.volume_id,
        plane=Plane(annotation.plane).value,
        slice_index=annotation.slice_index,
        version=annotation.version + 1,
        # Nothing is left: the slice no longer says anything, which is not the same as "empty".
        state="painted" if values else "cleared",
        author=author,
        values=values,
        rows=annotation.rows,
        columns=annotation.columns,
        data=arrays.pack_slice(label_map),
    )
