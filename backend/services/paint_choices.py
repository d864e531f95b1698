"""Slices that a label map would change although a person has painted or reviewed them: what becomes of them.

What a person said of a slice is never replaced unless the request says so. What was only interpolated, or
cleared, nobody has said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy.orm import Session

from backend.errors import ConflictError, InvalidRequestError
from backend.queries.annotations import find_version
from backend.queries.answers import annotation_answer
from backend.schemas.answers import AnnotationAnswer
from backend.schemas.enums import ErrorCode, PaintChoice, SliceState
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
        values = sorted({*row.values, *(current.values if current is not None else [])})
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
