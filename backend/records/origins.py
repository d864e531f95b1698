"""How the labels of a slice came onto it: one record a label, kept from version to version.

A record is JSON in the column ``origins`` of a version, by label value as text. It has ``kind``
(:class:`~fewshot_sam.data.origins.OriginKind`), ``by`` (who did that last, as in ``author``) and ``at``
(ISO 8601). Where it applies it has ``source`` (the kind of what was accepted or corrected), ``mask`` (the id
of the mask that predicted it), ``file`` (the label map it was imported from), ``resampled`` (true where that
was on another grid), ``said`` (what that file's own provenance says; text, never believed to be of an account
here) and ``merge`` (of readings: their ``method`` and the ids of their volumes, ``readings``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from fewshot_sam.data.origins import OriginKind
from storage.models import AnnotationRow

Record = dict[str, Any]
Origins = dict[str, Record]
"""Records by label value, as text."""

_UNREVIEWED = (OriginKind.INTERPOLATED, OriginKind.PREDICTED)


@dataclass(frozen=True, eq=False)
class Paint:
    """A version of a slice as origins are derived from it.

    Attributes:
        label_map: (rows, columns) uint8 label values.
    """

    label_map: np.ndarray
    origins: Origins


@dataclass(frozen=True)
class Hints:
    """What only the page knows of a slice that it saves; of persons it says nothing.

    Attributes:
        mask_id: of the mask whose prediction the slice began from; None if it began from nothing.
        outlined: label values whose last change was an outline that SAM drew.
        returned: an undo or a redo brought the slice back to what it was before.
        version: of the slice, that was restored; None if none was.
    """

    mask_id: str | None = None
    outlined: frozenset[int] = field(default_factory=frozenset)
    returned: bool = False
    version: int | None = None

    @classmethod
    def parsed(cls, text: str | None) -> Hints:
        """From a header of the form that :data:`backend.schemas.requests.OriginHeader` has."""
        parts = dict(part.partition("=")[::2] for part in (text or "").split(";"))
        outlined = frozenset(map(int, filter(None, parts.get("outlined", "").split(","))))
        version = int(parts["version"]) if "version" in parts else None
        return cls(parts.get("mask"), outlined, "returned" in parts, version)


@dataclass(frozen=True)
class Act:
    """What a person does now with a slice."""

    by: str
    at: datetime

    def record(self, kind: OriginKind, **more: Any) -> Record:
        """A record of it; keywords without a value are left out."""
        given = {key: value for key, value in more.items() if value}
        return {"kind": kind.value, "by": self.by, "at": self.at.isoformat(timespec="milliseconds"), **given}

    def accepted(self, record: Record) -> Record:
        """The label is taken as it was; what a person said before stays said."""
        if record["kind"] not in _UNREVIEWED:
            return record
        return self.record(OriginKind.ACCEPTED, source=record["kind"], mask=record.get("mask"))

    def changed(self, record: Record, outlined: bool = False) -> Record:
        """The label has other cells than it had by the record."""
        kind = OriginKind(record["kind"])
        if outlined and kind in (*_UNREVIEWED, OriginKind.OUTLINED):
            return self.record(OriginKind.OUTLINED)
        if kind is OriginKind.PAINTED:
            return self.record(OriginKind.CORRECTED, source="outlined") if outlined else self.record(kind)
        kept = {key: record.get(key) for key in ("mask", "file", "resampled", "said", "merge")}
        return self.record(OriginKind.CORRECTED, source=record.get("source", kind.value), **kept)


def origins_of(row: AnnotationRow) -> Origins:
    """The records of a version. One of an earlier release was painted, or interpolated, by its author."""
    if row.origins is not None:
        return row.origins
    kind = OriginKind.INTERPOLATED if row.state == OriginKind.INTERPOLATED else OriginKind.PAINTED
    record = Act(row.author, row.created_at).record(kind)
    return {str(value): record for value in row.values}


def joined(
    label_map: np.ndarray, parts: Sequence[Paint | None], mixed: Callable[[int, list[Record]], Record]
) -> Origins:
    """Records of (rows, columns) uint8 label values that were made of others.

    A label with the same cells as in one of ``parts`` has the record that the first of these has.

    Args:
        mixed: the record of a label that has other cells than in all of them, of its value and of the
            records that they have for it.
    """
    given = [part for part in parts if part is not None]
    origins: Origins = {}
    for value in filter(None, np.unique(label_map).tolist()):
        key, cells = str(value), label_map == value
        held = [part for part in given if key in part.origins]
        same = [part.origins[key] for part in held if np.array_equal(part.label_map == value, cells)]
        origins[key] = same[0] if same else mixed(value, [part.origins[key] for part in held])
    return origins


def saved_origins(
    label_map: np.ndarray,
    interpolated: bool,
    before: Paint | None,
    predicted: np.ndarray | None,
    hints: Hints,
    act: Act,
    restored: Paint | None = None,
) -> Origins:
    """Records of a slice that a person saves.

    Args:
        label_map: (rows, columns) uint8 label values.
        interpolated: it was filled in between painted slices.
        before: the version that it was painted on.
        predicted: what the mask that the slice began from holds there, like ``label_map``.
        restored: an earlier version that the slice was made of: what it says of its labels still holds.
    """

    def mixed(value: int, records: list[Record]) -> Record:
        if interpolated:
            return act.record(OriginKind.INTERPOLATED)
        outlined = value in hints.outlined
        if records:
            return act.changed(records[0], outlined)
        return act.record(OriginKind.OUTLINED if outlined else OriginKind.PAINTED)

    mask = None
    if predicted is not None:
        record = {"kind": OriginKind.PREDICTED.value, "mask": hints.mask_id}
        mask = Paint(predicted, dict.fromkeys(map(str, np.unique(predicted).tolist()), record))
    origins = joined(label_map, [restored, before, mask], mixed)
    for key, record in origins.items():
        if not interpolated:
            origins[key] = act.accepted(record)
        elif record["kind"] == OriginKind.PREDICTED and "at" not in record:
            origins[key] = act.record(OriginKind.PREDICTED, mask=hints.mask_id)
    return origins
