"""Slices that a label map would change although a person has painted or reviewed them: what becomes of them.

What a person said of a slice is never replaced unless the request says so. What was only interpolated, or
cleared, nobody has said.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy.orm import Session

from backend.errors import ConflictError, InvalidRequestError
from backend.queries.annotations import find_version
from backend.queries.answers import annotation_answer
from backend.queries.projects import labels_of
from backend.schemas.answers import AnnotationAnswer
from backend.schemas.enums import ErrorCode, PaintChoice, SliceState
from backend.schemas.limits import MAX_LABEL_VALUE
from backend.schemas.parts import PaintConflictAnswer, SliceChangeAnswer
from backend.services.painted_slices import PackedSlice, stored_label_map
from fewshot_sam.data.planes import Plane
from storage.models import AnnotationRow, VolumeRow


@dataclass(frozen=True)
class PaintAnswer:
    """What was answered: what becomes of such slices, and of which versions of them that was said."""

    choice: PaintChoice | None = None
    tag: str | None = None

    @classmethod
    def parsed(cls, choice: str | None, tag: str | None) -> PaintAnswer:
        """From a form's fields. Raises InvalidRequestError where ``choice`` is none of the choices."""
        if not choice:
            return cls()
        try:
            return cls(PaintChoice(choice), tag or None)
        except ValueError:
            raise InvalidRequestError(
                f"The field paint must be {', '.join(PaintChoice)}, got {choice[:40]!r}."
            ) from None


@dataclass
class LockedLabels:
    """Labels that an import neither paints nor paints over.

    Attributes:
        values: of the labels.
        held: of those that it would have changed otherwise.
    """

    values: frozenset[int] = frozenset()
    held: set[int] = field(default_factory=set)

    @classmethod
    def parsed(cls, text: str | None) -> LockedLabels:
        """From a form's field. Raises InvalidRequestError where it is no list of label values."""
        parts = text.split(",") if text else []
        if not all(re.fullmatch("[0-9]{1,3}", part) and 1 <= int(part) <= MAX_LABEL_VALUE for part in parts):
            raise InvalidRequestError(
                f"The field locked must be label values from 1 to {MAX_LABEL_VALUE} with commas between, "
                f"got {(text or '')[:40]!r}."
            )
        return cls(frozenset(map(int, parts)))

    def guard(self, current: AnnotationRow | None, imported: PackedSlice) -> PackedSlice | None:
        """The imported slice but for cells that hold such a label, or would; None if it changes no other."""
        if self.values.isdisjoint({*imported.values, *(current.values if current else [])}):
            return imported
        theirs = imported.label_map()
        ours = stored_label_map(current) if current else np.zeros_like(theirs)
        locked = list(self.values)
        kept = (ours != theirs) & (np.isin(ours, locked) | np.isin(theirs, locked))
        if not kept.any():
            return imported
        self.held |= self.values.intersection(np.unique([ours[kept], theirs[kept]]).tolist())
        guarded = np.where(kept, ours, theirs)
        return None if np.array_equal(guarded, ours) else PackedSlice.of(imported.index, guarded)

    def note(self, session: Session, project_id: str) -> str:
        """A sentence about those held; "" for none."""
        names = ", ".join(label.name for label in labels_of(session, project_id) if label.value in self.held)
        return (
            f"Locked and left as they were: {names}. Unlock and import again to take them too."
            if names
            else ""
        )


@dataclass
class SliceImport:
    """Saves the slices of a label map as the next versions of a volume's slices, within a writing session.

    Attributes:
        saved: the versions that hold what the label map says, some of them older than the import.
        changes: those that were made.
    """

    session: Session
    volume: VolumeRow
    plane: Plane
    author: str
    answer: PaintAnswer
    locked: LockedLabels
    saved: list[AnnotationAnswer] = field(default_factory=list)
    changes: list[SliceChangeAnswer] = field(default_factory=list)
    _reviewed: list[AnnotationRow] = field(default_factory=list)

    def save(self, slices: Iterable[PackedSlice]) -> None:
        """Save all slices.

        Raises:
            ConflictError: code "paint_choice": some would change what a person said, and nothing was
                answered, or something was painted since.
        """
        total = 0
        for each in slices:
            total += 1
            self._save(each)
        stated = self.answer.choice
        outdated = self.answer.tag not in (None, _tag(self._reviewed))
        if self._reviewed and (stated is None or (stated is PaintChoice.REPLACE and outdated)):
            raise self._conflict(total)

    def used_values(self) -> set[int]:
        """Label values on the slices that were saved."""
        return {value for each in self.saved for value in each.values}

    def _save(self, imported: PackedSlice) -> None:
        current = find_version(self.session, self.volume, self.plane, imported.index)
        guarded = self.locked.guard(current, imported)
        if guarded is None:
            return
        imported = guarded
        if current is not None and current.state == SliceState.PAINTED and _same_paint(current, imported):
            self.saved.append(annotation_answer(current))
            return
        if current is not None and current.state in (SliceState.PAINTED, SliceState.EMPTY):
            self._reviewed.append(current)
            if self.answer.choice in (None, PaintChoice.KEEP):
                return
            if self.answer.choice is PaintChoice.MERGE:
                imported = _merged(current, imported)
                if _same_paint(current, imported):
                    return
        before = 0 if current is None else current.version
        row = imported.new_row(self.volume, self.plane, before + 1, SliceState.PAINTED, self.author)
        self.session.add(row)
        self.session.flush()
        self.saved.append(annotation_answer(row))
        values = sorted({*row.values, *(current.values if current is not None else [])} - self.locked.values)
        self.changes.append(
            SliceChangeAnswer(slice_index=row.slice_index, before=before, after=row.version, values=values)
        )

    def _conflict(self, total: int) -> ConflictError:
        painted, empty = (
            [row.slice_index for row in self._reviewed if row.state == state]
            for state in (SliceState.PAINTED, SliceState.EMPTY)
        )
        asked = PaintConflictAnswer(
            plane=self.plane, painted=painted, empty=empty, total=total, tag=_tag(self._reviewed)
        )
        return ConflictError(
            f"The label map would change {len(self._reviewed)} of the volume's {self.plane} slices that are "
            "painted, or were reviewed. Choose whether these are kept, merged with it or replaced.",
            code=ErrorCode.PAINT_CHOICE,
            paint=asked.model_dump(),
        )


def _tag(rows: list[AnnotationRow]) -> str:
    """Stands for versions of slices."""
    versions = ",".join(f"{row.slice_index}:{row.version}" for row in rows)
    return hashlib.sha256(versions.encode("ascii")).hexdigest()[:16]


def _merged(current: AnnotationRow, imported: PackedSlice) -> PackedSlice:
    """What is painted, with a label map's labels where it holds none."""
    ours, theirs = stored_label_map(current), imported.label_map()
    return PackedSlice.of(imported.index, np.where(ours == 0, theirs, ours))


def _same_paint(current: AnnotationRow, imported: PackedSlice) -> bool:
    if current.data == imported.data:
        return True
    return current.values == imported.values and np.array_equal(
        stored_label_map(current), imported.label_map()
    )
