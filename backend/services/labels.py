"""Labels of a project: the structures to paint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError
from backend.names import clean_name, is_same_name
from backend.queries.access import get_label, get_project
from backend.queries.annotations import annotations_with_label
from backend.queries.answers import label_answer
from backend.queries.projects import labels_of, labels_with_deleted
from backend.records.origins import origins_of
from backend.schemas.answers import LabelAnswer
from backend.schemas.deleted import RestoredLabelAnswer
from backend.schemas.enums import DeletedKind, SliceState
from backend.schemas.limits import LABEL_PALETTE, MAX_CODE, MAX_LABEL_VALUE
from backend.schemas.requests import RestoredLabelBody
from backend.services.label_restore import restore_paint
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.terms import SegmentTerm
from storage import arrays
from storage.database import Database
from storage.deleted import DeletedRow, put_away
from storage.freezing import refuse_while_read
from storage.models import AnnotationRow, LabelRow, ProjectRow, utc_now
from storage.readings import ReadingRow


class Labels:
    """Create, change and delete labels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        asker: Asker,
        project_id: str,
        name: str,
        color: str | None = None,
        code: int | None = None,
        term: Mapping[str, Any] | None = None,
    ) -> LabelAnswer:
        """Make a label; its value is chosen here, its code defaults to the value.

        Args:
            term: what it is, as :meth:`SegmentTerm.to_dict` says it.

        Raises:
            ConflictError: another label of the project has the name or the code.
            InvalidRequestError: name, colour, code or term is not allowed, or all values are in use.
        """
        with self._database.write() as session:
            project = get_project(session, asker, project_id)
            _check_name(session, project.id, clean_name(name, "label"))
            return label_answer(add_label(session, project, name, color, code, _checked_term(term)))

    def change(
        self,
        asker: Asker,
        label_id: str,
        name: str | None = None,
        color: str | None = None,
        code: int | None = None,
        term: Mapping[str, Any] | None = None,
        clears_term: bool = False,
    ) -> LabelAnswer:
        """Change what is given, leave the rest.

        Args:
            term: what it is, as :meth:`SegmentTerm.to_dict` says it.
            clears_term: take off what was said so far of what it is.

        Raises:
            ConflictError: another label of the project has the new name or code.
            InvalidRequestError: name, colour, code or term is not allowed.
        """
        with self._database.write() as session:
            label = get_label(session, asker, label_id)
            if name is not None:
                cleaned = clean_name(name, "label")
                if not is_same_name(cleaned, label.name):
                    _check_name(session, label.project_id, cleaned)
                label.name = cleaned
            if color is not None:
                label.color = _checked_color(color)
            if code is not None and code != label.code:
                _check_code(session, label.project_id, code)
                label.code = code
            if term is not None or clears_term:
                label.term = _stored_term(_checked_term(term))
            return label_answer(label)

    def delete(self, asker: Asker, label_id: str, force: bool = False) -> None:
        """Delete a label; it can be restored for a while.

        Args:
            force: erase it wherever it is painted; a new version of each such slice says so.

        Raises:
            ConflictError: it is painted and not to be erased; details hold the number of "slices".
            FrozenError: an accepted volume was signed with it, or a scan of the project is being read blind:
                how often others painted with it must not be told then.
        """
        with self._database.write() as session:
            label = get_label(session, asker, label_id)
            refuse_while_read(session, ReadingRow.project_id == label.project_id)
            painted = annotations_with_label(session, label)
            if painted and not force:
                slices = "1 slice" if len(painted) == 1 else f"{len(painted)} slices"
                raise ConflictError(
                    f"The label '{label.name}' is painted on {slices}. "
                    "Erase it there first, or delete it with its paint.",
                    slices=len(painted),
                )
            now = utc_now()  # one moment for all of them: what undoes the deletion goes by it
            for annotation in painted:
                session.add(_without_value(annotation, label.value, asker.id, now))
            contents = {"slices": len(painted), "color": label.color}
            put_away(session, label, DeletedKind.LABEL, asker.id, contents, now)

    def restore(self, asker: Asker, project_id: str, deleted: RestoredLabelBody) -> RestoredLabelAnswer:
        """Bring a deleted label back as it was, with its paint if the deletion erased some.

        That its name belongs to another label by now is no reason to refuse the paint. One that is back
        already, since somebody painted with it meanwhile, stays as it is and gets its paint where nothing
        is painted now. Volumes that were accepted stay as they were signed and are named in the answer.

        Raises:
            ConflictError: another label has its value or its code by now.
            FrozenError: with its paint, and a scan of the project is being read blind.
        """
        with self._database.write() as session:
            project = get_project(session, asker, project_id)
            label = next(
                (each for each in labels_of(session, project_id) if each.value == deleted.value), None
            )
            is_back = label is not None
            if label is None:
                label = _restored_row(session, project, deleted)
            elif not deleted.with_paint or not _is_the_same(project, label, deleted):
                raise ConflictError(f"The value {deleted.value} belongs to another label by now.")
            frozen = restore_paint(session, label, asker.id, is_back=is_back) if deleted.with_paint else []
            return RestoredLabelAnswer(**dict(label_answer(label)), left_out=frozen)


def add_label(
    session: Session,
    project: ProjectRow,
    name: str,
    color: str | None = None,
    code: int | None = None,
    term: SegmentTerm | None = None,
) -> LabelRow:
    """Add a label to a project within a writing session.

    A name that another label has is allowed here: files from outside may call two codes the same.
    """
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
        color=LABEL_PALETTE[(value - 1) % len(LABEL_PALETTE)] if color is None else _checked_color(color),
        term=_stored_term(term),
    )
    project.next_label_value = max(project.next_label_value, value + 1)
    session.add(label)
    session.flush()
    return label


def _restored_row(session: Session, project: ProjectRow, deleted: RestoredLabelBody) -> LabelRow:
    """The label as it was; out of the bin, if it is there still."""
    term = _stored_term(_checked_term(deleted.term.model_dump() if deleted.term else None))
    found = [each for each in labels_with_deleted(session, project.id) if each.value == deleted.value]
    if found:
        session.delete(session.get_one(DeletedRow, found[0].id))
        session.flush()
        if deleted.code != found[0].code:
            _check_code(session, project.id, deleted.code)
        found[0].code, found[0].name = deleted.code, clean_name(deleted.name, "label")
        found[0].color = _checked_color(deleted.color)
        found[0].term = term or found[0].term
        session.flush()
        return found[0]
    _check_code(session, project.id, deleted.code)
    label = LabelRow(
        project_id=project.id,
        value=deleted.value,
        code=deleted.code,
        name=clean_name(deleted.name, "label"),
        color=_checked_color(deleted.color),
        term=term,
    )
    project.next_label_value = max(project.next_label_value, deleted.value + 1)
    session.add(label)
    session.flush()
    return label


def _is_the_same(project: ProjectRow, label: LabelRow, deleted: RestoredLabelBody) -> bool:
    """Whether a label of a deleted one's value is that one; values are used again once all have been."""
    return project.next_label_value <= MAX_LABEL_VALUE or is_same_name(label.name, deleted.name)


def _next_value(session: Session, project: ProjectRow) -> int:
    """A value never used before in the project; once 255 are used up, the lowest free one."""
    if project.next_label_value <= MAX_LABEL_VALUE:
        return project.next_label_value
    taken = {label.value for label in labels_with_deleted(session, project.id)}
    free = sorted(set(range(1, MAX_LABEL_VALUE + 1)) - taken)
    if not free:
        raise InvalidRequestError(
            f"A project can hold {MAX_LABEL_VALUE} labels at most, and this would be one more. Delete labels "
            "that are not needed for good; of a label map, merge codes or leave some out."
        )
    return free[0]


def _free_code(session: Session, project_id: str, wanted: int) -> int:
    taken = {label.code for label in labels_with_deleted(session, project_id)}
    return next(code for code in (wanted, *range(1, MAX_CODE + 1)) if code not in taken)


def _check_name(session: Session, project_id: str, name: str) -> None:
    """Raise ConflictError if a label of the project has this name; capital letters make no other name."""
    if any(is_same_name(label.name, name) for label in labels_of(session, project_id)):
        raise ConflictError(
            f"A label's name must differ from the others of its project, got '{name}' again. "
            "Choose another name."
        )


def _check_code(session: Session, project_id: str, code: int) -> None:
    """Raise ConflictError if a label has the code; one that is deleted gives way and gets another code."""
    if not 1 <= code <= MAX_CODE:
        raise InvalidRequestError(f"A label's code must be from 1 to {MAX_CODE}, got {code}.")
    holder = next((each for each in labels_with_deleted(session, project_id) if each.code == code), None)
    if holder is not None and session.get(DeletedRow, holder.id) is not None:
        holder.code = _free_code(session, project_id, holder.value)
        session.flush()
    elif holder is not None:
        raise ConflictError(f"Code {code} already belongs to the label '{holder.name}'. Choose another.")


def _checked_color(color: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise InvalidRequestError(f"A label's colour must look like #rrggbb, got {color[:20]!r}.")
    return color.lower()


def _checked_term(stated: Mapping[str, Any] | None) -> SegmentTerm | None:
    try:
        return None if stated is None else SegmentTerm.from_dict(stated)
    except ValueError as error:
        raise InvalidRequestError(f"What a label is cannot be said so. {error}") from None


def _stored_term(term: SegmentTerm | None) -> dict[str, Any] | None:
    return None if term is None else term.to_dict()


def _without_value(annotation: AnnotationRow, value: int, author: str, now: datetime) -> AnnotationRow:
    """The next version of a painted slice, with one label erased."""
    label_map = arrays.unpack_slice(annotation.data, annotation.rows, annotation.columns)
    label_map = np.where(label_map == value, 0, label_map)
    values = [int(other) for other in np.unique(label_map) if other]
    return AnnotationRow(
        volume_id=annotation.volume_id,
        plane=Plane(annotation.plane).value,
        slice_index=annotation.slice_index,
        version=annotation.version + 1,
        # Nothing is left: the slice no longer says anything, which is not the same as being empty.
        state=annotation.state if values else SliceState.CLEARED,
        author=author,
        values=values,
        origins={key: record for key, record in origins_of(annotation).items() if int(key) in values},
        rows=annotation.rows,
        columns=annotation.columns,
        data=arrays.pack_slice(label_map),
        created_at=now,
    )
