"""Slices that a label map would change although a person has painted or reviewed them: what becomes of them.

What a person said of a slice is never replaced unless the request says so. What was only interpolated, or
cleared, nobody has said.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from sqlalchemy.orm import Session

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError
from backend.queries.access import get_volume
from backend.queries.annotations import find_version, latest_annotations
from backend.queries.answers import annotation_answer
from backend.queries.projects import labels_of
from backend.records.origins import Origins
from backend.schemas.answers import AnnotationAnswer
from backend.schemas.enums import ErrorCode, PaintChoice, SliceState
from backend.schemas.limits import MAX_LABEL_VALUE
from backend.schemas.parts import PaintConflictAnswer, SliceChangeAnswer
from backend.services.imported_origins import ImportedOrigins
from backend.services.painted_slices import PackedSlice, SlicesOnDisk, stored_label_map
from fewshot_sam.data.planes import Plane
from fewshot_sam.io.sandbox.limits import no_check
from storage.database import Database
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


@dataclass(frozen=True)
class LockedLabels:
    """Labels that an import neither paints nor paints over, by value."""

    values: frozenset[int] = frozenset()

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

    def guard(
        self, current: AnnotationRow | None, imported: PackedSlice
    ) -> tuple[PackedSlice | None, frozenset[int]]:
        """The imported slice but for cells that hold such a label, or would, and those held back so.

        The slice is None if it changes nothing else.
        """
        if self.values.isdisjoint({*imported.values, *(current.values if current else [])}):
            return imported, frozenset()
        theirs = imported.label_map()
        ours = stored_label_map(current) if current else np.zeros_like(theirs)
        locked = list(self.values)
        kept = (ours != theirs) & (np.isin(ours, locked) | np.isin(theirs, locked))
        if not kept.any():
            return imported, frozenset()
        held = self.values.intersection(np.unique([ours[kept], theirs[kept]]).tolist())
        guarded = np.where(kept, ours, theirs)
        changes = not np.array_equal(guarded, ours)
        return PackedSlice.of(imported.index, guarded) if changes else None, held


@dataclass(frozen=True)
class _PlannedSlice:
    """What becomes of a slice.

    Attributes:
        base: its version that this was computed from, 0 for none.
        place: of its next version among the slices on disk; None where there is none.
        is_there: the version holds what the label map says already.
        reviewed: what a person said of it, where the label map would change that.
        held: locked labels that the label map would have changed.
        origins: how the labels of its next version came onto it.
    """

    base: int
    place: int | None = None
    is_there: bool = False
    reviewed: SliceState | None = None
    held: frozenset[int] = frozenset()
    origins: Origins = field(default_factory=dict)


@dataclass
class ImportPlan:
    """What becomes of the slices of a label map, computed outside of any transaction.

    Attributes:
        slices: of the label map; what is computed of them is added.
    """

    plane: Plane
    answer: PaintAnswer
    locked: LockedLabels
    slices: SlicesOnDisk
    origins: ImportedOrigins
    planned: dict[int, _PlannedSlice] = field(default_factory=dict)
    _places: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._places = list(range(len(self.slices)))  # what follows is computed of these

    def compute(
        self, database: Database, asker: Asker, volume_id: str, check: Callable[[], None] = no_check
    ) -> None:
        """Plan all slices whose latest version is not the one that they were planned for.

        Raises:
            ConflictError: code "paint_choice": some would change what a person said, and nothing was
                answered, or something was painted since.
        """
        for place in self._places:
            check()
            imported = self.slices[place]
            with database.read() as session:
                current = find_version(
                    session, get_volume(session, asker, volume_id), self.plane, imported.index
                )
                version = 0 if current is None else current.version
                before = self.planned.get(imported.index)
                if before is None or before.base != version:
                    self.planned[imported.index] = self._planned(current, imported, place)
        reviewed = {index: each for index, each in self.planned.items() if each.reviewed is not None}
        outdated = self.answer.tag not in (None, _tag(reviewed))
        stated = self.answer.choice
        if reviewed and (stated is None or (stated is PaintChoice.REPLACE and outdated)):
            raise self._conflict(reviewed)

    def note(self, session: Session, project_id: str) -> str:
        """A sentence about the locked labels that were left as they were; "" for none."""
        held = {value for each in self.planned.values() for value in each.held}
        names = ", ".join(label.name for label in labels_of(session, project_id) if label.value in held)
        return (
            f"Locked and left as they were: {names}. Unlock and import again to take them too."
            if names
            else ""
        )

    def _planned(self, current: AnnotationRow | None, imported: PackedSlice, place: int) -> _PlannedSlice:
        base = 0 if current is None else current.version
        taken, held = self.locked.guard(current, imported)
        if taken is None:
            return _PlannedSlice(base, held=held)
        if current is not None and current.state == SliceState.PAINTED and _same_paint(current, taken):
            return _PlannedSlice(base, is_there=True, held=held)
        reviewed = None
        if current is not None and current.state in (SliceState.PAINTED, SliceState.EMPTY):
            reviewed = SliceState(current.state)
            if self.answer.choice in (None, PaintChoice.KEEP):
                return _PlannedSlice(base, reviewed=reviewed, held=held)
            if self.answer.choice is PaintChoice.MERGE:
                taken = _merged(current, taken)
                if _same_paint(current, taken):
                    return _PlannedSlice(base, reviewed=reviewed, held=held)
        origins = self.origins.joined(current, imported, taken)
        place = place if taken is imported else self.slices.add(taken)
        return _PlannedSlice(base, place, reviewed=reviewed, held=held, origins=origins)

    def _conflict(self, reviewed: Mapping[int, _PlannedSlice]) -> ConflictError:
        painted, empty = (
            [index for index, each in reviewed.items() if each.reviewed is state]
            for state in (SliceState.PAINTED, SliceState.EMPTY)
        )
        asked = PaintConflictAnswer(
            plane=self.plane, painted=painted, empty=empty, total=len(self._places), tag=_tag(reviewed)
        )
        return ConflictError(
            f"The label map would change {len(reviewed)} of the volume's {self.plane} slices that are "
            "painted, or were reviewed. Choose whether these are kept, merged with it or replaced.",
            code=ErrorCode.PAINT_CHOICE,
            paint=asked.model_dump(),
        )


@dataclass
class SliceImport:
    """Saves planned slices as the next versions of a volume's slices, within a writing session.

    Attributes:
        saved: the versions that hold what the label map says, some of them older than the import.
        changes: those that were made.
    """

    session: Session
    volume: VolumeRow
    author: str
    plan: ImportPlan
    saved: list[AnnotationAnswer] = field(default_factory=list)
    changes: list[SliceChangeAnswer] = field(default_factory=list)
    _latest: dict[int, AnnotationRow] = field(init=False)

    def __post_init__(self) -> None:
        rows = latest_annotations(self.session, self.volume.id, self.plan.plane)
        self._latest = {row.slice_index: row for row in rows}

    def fits(self) -> bool:
        """Whether nobody changed a slice since it was planned."""
        versions = {index: row.version for index, row in self._latest.items()}
        return all(versions.get(index, 0) == each.base for index, each in self.plan.planned.items())

    def save(self) -> None:
        """Save all slices, which must fit."""
        for index, each in self.plan.planned.items():
            current = self._latest.get(index)
            if each.is_there and current is not None:
                self.saved.append(annotation_answer(current))
            if each.place is not None:
                self._add(replace(self.plan.slices[each.place], origins=each.origins), current)

    def used_values(self) -> set[int]:
        """Label values on the slices that were saved."""
        return {value for each in self.saved for value in each.values}

    def _add(self, imported: PackedSlice, current: AnnotationRow | None) -> None:
        before, values = (0, []) if current is None else (current.version, current.values)
        row = imported.new_row(self.volume, self.plan.plane, before + 1, SliceState.PAINTED, self.author)
        self.session.add(row)
        self.session.flush()
        self.saved.append(annotation_answer(row))
        changed = sorted({*row.values, *values} - self.plan.locked.values)
        self.changes.append(
            SliceChangeAnswer(slice_index=row.slice_index, before=before, after=row.version, values=changed)
        )


def _tag(reviewed: Mapping[int, _PlannedSlice]) -> str:
    """Stands for versions of slices."""
    versions = ",".join(f"{index}:{each.base}" for index, each in reviewed.items())
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
