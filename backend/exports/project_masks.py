"""The masks of a project in one zip, written a volume at a time; tables in it say what became of each.

The zip is made while it is sent, so that a hundred masks need the memory of one. Its files are deflated
though masks are compressed already: of a stored file that was sent so, some programs cannot tell the end.
"""

from __future__ import annotations

import io
import zipfile
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

VOLUMES_TABLE, LABELS_TABLE, NAMES_FILE = "volumes.csv", "labels.csv", "labels.json"
VOLUME_COLUMNS = (
    *("volume", "scan", "state", "files", "note", "mask_made_at", "mask"),
    *("painted_slices", "mean_confidence", "differs"),
)
LABEL_COLUMNS = ("volume", "code", "label", "voxels", "volume_ml")
_LIGHTLY = 1  # what is worth deflating here are tables and provenance


@dataclass
class MasksZip:
    """The zip as it grows: each method gives the bytes that are to be sent next.

    Args:
        made_at: the time that its files bear.
    """

    project: ProjectToExport
    made_at: datetime
    _sink: _Sink = field(init=False)
    _archive: zipfile.ZipFile = field(init=False)
    _taken: set[str] = field(init=False, default_factory=set)
    _lines: list[tuple[Any, ...]] = field(init=False, default_factory=list)
    _labels: list[tuple[Any, ...]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._sink = _Sink()
        self._archive = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LIGHTLY)

    def add(self, item: VolumeToExport, files: Sequence[ExportFile], note: str = "") -> bytes:
        """Files of one volume; ``note`` says which are missing and why."""
        own = safe_stem(item.volume.name)
        stem = free_name(numbered(own, mark="-{}"), self._taken)
        names = [stem + file.name.removeprefix(own) for file in files]
        for name, file in zip(names, files, strict=True):
            self._write(name, file.content)
        self._lines.append(_volume_line(item, names, note))
        if files:
            self._labels.extend(_label_lines(item))
        return self._sink.take()

    def close(self) -> bytes:
        """The tables, and the zip's end."""
        labels = [label.model_dump() for label in self.project.labels]
        self._write(NAMES_FILE, names_json(labels))
        self._write(VOLUMES_TABLE, csv_bytes(VOLUME_COLUMNS, self._lines))
        self._write(LABELS_TABLE, csv_bytes(LABEL_COLUMNS, self._labels))
        self._archive.close()
        return self._sink.take()

    def abandon(self) -> None:
        """End a zip that is not sent to its end; harmless for one that was closed."""
        self._archive.close()

    def _write(self, name: str, content: bytes) -> None:
        info = zipfile.ZipInfo(name, self.made_at.timetuple()[:6])
        info.external_attr = 0o644 << 16
        self._archive.writestr(info, content, zipfile.ZIP_DEFLATED, _LIGHTLY)


class _Sink(io.RawIOBase):
    """Holds what was written since it was last taken; nothing can be written before that."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


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
