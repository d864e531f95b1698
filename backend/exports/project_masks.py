"""The masks of a project in one zip, written a volume at a time; tables in it say what became of each.

The zip is made while it is sent, so that a hundred masks need the memory of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.exports.base import ExportFile
from backend.exports.cells import body_cell, csv_bytes, harmless_cell, known_cell
from backend.exports.file_names import safe_stem
from backend.exports.names import names_json
from backend.exports.project import ProjectToExport, VolumeToExport
from fewshot_sam.data.file_names import free_name, numbered
from fewshot_sam.io.zip_file import ZipStream

VOLUMES_TABLE, LABELS_TABLE, NAMES_FILE = "volumes.csv", "labels.csv", "labels.json"
VOLUME_COLUMNS = (
    *("volume", "scan", "state", "files", "note", "mask_made_at", "mask"),
    *("painted_slices", "mean_confidence", "differs"),
)
LABEL_COLUMNS = ("volume", "code", "label", "voxels", "volume_ml")


@dataclass
class MasksZip:
    """The zip as it grows: each method gives the bytes that are to be sent next.

    Args:
        made_at: the time that its files bear.
    """

    project: ProjectToExport
    made_at: datetime
    _zip: ZipStream = field(init=False)
    _taken: set[str] = field(init=False, default_factory=set)
    _lines: list[tuple[Any, ...]] = field(init=False, default_factory=list)
    _labels: list[tuple[Any, ...]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._zip = ZipStream(self.made_at)

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be added any more."""
        return self._zip.is_closed

    def add(self, item: VolumeToExport, files: Sequence[ExportFile], note: str = "") -> bytes:
        """Files of one volume; ``note`` says which are missing and why."""
        own = safe_stem(item.volume.name)
        stem = free_name(numbered(own, mark="-{}"), self._taken)
        names = [stem + file.name.removeprefix(own) for file in files]
        added = [self._zip.add_bytes(name, file.content) for name, file in zip(names, files, strict=True)]
        self._lines.append(_volume_line(item, names, note))
        if files:
            self._labels.extend(_label_lines(item))
        return b"".join(added)

    def close(self) -> bytes:
        """The tables, and the zip's end."""
        labels = [label.model_dump() for label in self.project.labels]
        return b"".join(
            (
                self._zip.add_bytes(NAMES_FILE, names_json(labels)),
                self._zip.add_bytes(VOLUMES_TABLE, csv_bytes(VOLUME_COLUMNS, self._lines)),
                self._zip.add_bytes(LABELS_TABLE, csv_bytes(LABEL_COLUMNS, self._labels)),
                self._zip.close(),
            )
        )

    def abandon(self) -> None:
        """End a zip that is not sent to its end; harmless for one that was closed."""
        self._zip.abandon()


def _volume_line(item: VolumeToExport, names: Sequence[str], note: str) -> tuple[Any, ...]:
    volume, mask = item.volume, item.mask
    confidence = volume.mean_confidence
    return (
        harmless_cell(volume.name),
        harmless_cell(volume.source_name),
        volume.state.value,
        " ".join(names),
        harmless_cell(note),
        mask.created_at.isoformat(timespec="seconds") if mask else "",
        mask.id if mask else "",
        sum(volume.painted.values()),
        known_cell(confidence),
        int(volume.mask_differs) if mask else "",
    )


def _label_lines(item: VolumeToExport) -> Iterator[tuple[Any, ...]]:
    for label in item.mask.labels if item.mask else ():
        name, label_name = harmless_cell(item.volume.name), harmless_cell(label.name)
        volume_ml = body_cell(label.volume_ml, bool(item.volume.pictures))
        yield (name, label.code, label_name, label.voxels, volume_ml)
