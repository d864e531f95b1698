"""A project as a training set of another program, in one zip that is made while it is sent.

The zip holds one folder in the layout asked for, and beside it a table of what became of each volume. Cases
are called by their volumes' ids, and so is the table's first column: what volumes are called may name a
patient. A set that is exported again later has the same names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import numpy as np

from backend.asker import Asker
from backend.exports.base import label_name
from backend.exports.cells import csv_bytes
from backend.exports.file_names import safe_stem
from backend.exports.project import ProjectToExport, VolumeToExport
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import UserError
from fewshot_sam.io.training_sets.base import Case, SetFile
from fewshot_sam.io.training_sets.registry import LAYOUTS
from fewshot_sam.io.training_sets.zipped import zipped
from fewshot_sam.io.zip_file import ZipStream

CASES_TABLE = "cases.csv"
CASE_COLUMNS = ("case", "volume", "state", "part", "note")
PICTURES = "pictures; take their masks as PNG or COCO"
ONLY_PAINTED = "only its painted slices are labelled; propagate, or have it accepted"
A_READING = "a blind reading of a scan that is there itself"
_ID_CHARACTERS = 8


class CasePart(StrEnum):
    """What a volume is in a training set."""

    TRAINING = "training"  # with its current mask
    TEST = "test"  # its scan alone
    LEFT_OUT = "left out"


@dataclass(frozen=True, eq=False)
class OpenedVolume:
    """A volume whose files are to be written; ``codes`` are its mask, canonical (X, Y, Z), or None."""

    volume: Volume
    codes: np.ndarray | None


@dataclass(frozen=True)
class TrainingChoice:
    """What a training set is to hold.

    Attributes:
        layout: of :data:`fewshot_sam.io.training_sets.registry.LAYOUTS`.
        accepted_only: only masks that a reviewer accepted are labels.
        test: other scans come as well, without labels.
    """

    layout: str
    accepted_only: bool = False
    test: bool = False

    def part(self, item: VolumeToExport, accepted: bool, partial: bool = False) -> tuple[CasePart, str]:
        """What a volume is in the set, and why it has no labels there.

        Args:
            accepted: by a reviewer.
            partial: its mask is of painted slices alone. A network would learn that the others hold nothing,
                so it counts only where a reviewer accepted it.
        """
        if item.volume.pictures:
            return CasePart.LEFT_OUT, PICTURES
        if item.volume.reading is not None and item.volume.reading.reader is not None:
            return CasePart.LEFT_OUT, A_READING
        missing = item.missing
        if not missing and not accepted:
            missing = "not accepted" if self.accepted_only else ONLY_PAINTED if partial else ""
        if not missing:
            return CasePart.TRAINING, ""
        return (CasePart.TEST if self.test else CasePart.LEFT_OUT), missing


@dataclass(frozen=True)
class PlannedVolume:
    """A volume of the project with its part in the set."""

    item: VolumeToExport
    case: str
    part: CasePart
    note: str


@dataclass(frozen=True, eq=False)
class TrainingSetPlan:
    """What is to become of each volume of a project."""

    project: ProjectToExport
    layout: str
    volumes: Sequence[PlannedVolume]

    @property
    def file_name(self) -> str:
        """What the zip is called."""
        return f"{safe_stem(self.project.name)}-{self.layout}.zip"

    @property
    def labels(self) -> dict[int, LabelName]:
        """The project's labels that a mask of the set holds, by their codes."""
        held = {
            label.code
            for each in self.volumes
            if each.part is CasePart.TRAINING and each.item.mask
            for label in each.item.mask.labels
            if label.voxels
        }
        return {
            label.code: label_name(label.model_dump()) for label in self.project.labels if label.code in held
        }


@dataclass(frozen=True)
class TrainingSetSource:
    """Where a set's volumes come from.

    Attributes:
        asker_still: who asks; raises where that person is not logged in any more, or may not look at the
            project any more. Asked before each volume and at the end.
        open_volume: what to write of a volume; a UserError becomes a note in the table.
        temporary_folder: where one file at a time lies until it is sent.
    """

    asker_still: Callable[[], Asker]
    open_volume: Callable[[Asker, PlannedVolume], OpenedVolume]
    temporary_folder: Path


def training_set_zip(plan: TrainingSetPlan, source: TrainingSetSource, made_at: datetime) -> Generator[bytes]:
    """The zip, a piece at a time. An iterator that is not exhausted must be closed, which tidies up.

    Args:
        made_at: the time that the zip's files bear.
    """
    archive, lines = ZipStream(made_at), list[tuple[str, ...]]()
    try:
        yield from zipped(_files(plan, source, lines), archive, source.temporary_folder)
        yield archive.add_bytes(CASES_TABLE, csv_bytes(CASE_COLUMNS, lines))
        yield archive.close()
    finally:
        archive.abandon()


def _files(
    plan: TrainingSetPlan, source: TrainingSetSource, lines: list[tuple[str, ...]]
) -> Iterator[SetFile]:
    training_set = LAYOUTS[plan.layout].load()(plan.project.name, plan.labels)
    for each in plan.volumes:
        asker = source.asker_still()
        files: list[SetFile] = []
        part, note = each.part, each.note
        if part is not CasePart.LEFT_OUT:
            try:
                opened = source.open_volume(asker, each)
                case = Case(each.case, opened.volume, opened.codes, each.item.volume.source_name)
                files = list(training_set.add(case))
            except UserError as error:  # a damaged blob, or a mask that was deleted meanwhile
                part, note = CasePart.LEFT_OUT, str(error)
        yield from files
        case_name = "" if part is CasePart.LEFT_OUT else each.case
        lines.append((case_name, each.item.volume.id, each.item.volume.state.value, part.value, note))
    source.asker_still()
    yield from training_set.close()


def case_names(ids: Sequence[str]) -> list[str]:
    """A case's name by its volume's id: the beginning of it, the whole where two begin alike."""
    often = Counter(each[:_ID_CHARACTERS] for each in ids)
    return [each if often[each[:_ID_CHARACTERS]] > 1 else each[:_ID_CHARACTERS] for each in ids]
