"""How labels came onto slices that are imported from a label map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.records.origins import Act, Origins, Paint, Record, joined
from backend.services.painted_slices import PackedSlice, paint_of
from fewshot_sam.data.origins import OriginKind
from storage.models import AnnotationRow

Said = Mapping[tuple[int, int], dict[str, Any]]
"""What a file's own provenance says, by slice index and label value."""


@dataclass(frozen=True)
class ImportedOrigins:
    """What is noted of labels from a label map.

    Attributes:
        act: of the person who imports.
        file: the label map's name; empty where no names of files are kept.
        resampled: the label map was on another grid, and was put on the volume's.
        said: see :data:`Said`.
    """

    act: Act
    file: str
    resampled: bool = False
    said: Said = field(default_factory=dict)

    def joined(self, current: AnnotationRow | None, imported: PackedSlice, taken: PackedSlice) -> Origins:
        """Records of a slice that is made of its current version and of the label map's."""
        theirs = {str(value): self._record(imported.index, value) for value in imported.values}

        def mixed(value: int, records: list[Record]) -> Record:
            if str(value) not in theirs:
                return self.act.changed(records[0])
            if len(records) == 1:
                return theirs[str(value)]
            more = {"source": OriginKind.IMPORTED.value, "file": self.file, "resampled": self.resampled}
            return self.act.record(OriginKind.CORRECTED, **more)

        return joined(taken.label_map(), [paint_of(current), Paint(imported.label_map(), theirs)], mixed)

    def _record(self, index: int, value: int) -> Record:
        said = self.said.get((index, value))
        return self.act.record(OriginKind.IMPORTED, file=self.file, resampled=self.resampled, said=said)
