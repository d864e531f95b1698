"""What an export is given, and what it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from backend.exports.file_names import safe_stem
from backend.schemas.answers import MaskAnswer
from backend.schemas.provenance import ProvenanceAnswer
from backend.schemas.references import ScoresAnswer
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.terms import SegmentTerm
from fewshot_sam.data.volume import Volume
from fewshot_sam.evaluation.measures import LabelMeasures, label_measures
from fewshot_sam.io import save_label_map

if TYPE_CHECKING:
    from fewshot_sam.io.dicom.source_headers import SourceHeaders


@dataclass(frozen=True)
class ExportFile:
    """A file to download."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class ExportedMask:
    """A mask as an export sees it; arrays are loaded when an export first uses them.

    Attributes:
        volume: the volume that the mask belongs to.
        labels: value, code, name, color, voxels and volume_ml of each label, named as called now, and
            its term (a SegmentTerm's to_dict; None where nobody said what it is).
        answer: what is said of the mask, its run's choices and how well each label was learnt.
        plane: the plane that was painted.
        reviewed: canonical indices of the slices that the run started from, ascending.
        load_label_map: the canonical (X, Y, Z) uint8 label values.
        load_confidence: the canonical (X, Y, Z) uint8 confidence, 255 is certain; raises NotFoundError
            where the mask has none.
        provenance: how the labels of these slices came onto them.
        load_scores: against the volume's reference, which may take seconds; None where it has none.
        load_headers: of the DICOM files that the volume came from; None where they are not kept.
        temporary_folder: where files may be written meanwhile.
    """

    volume: Volume
    labels: list[dict[str, Any]]
    answer: MaskAnswer
    plane: Plane
    reviewed: list[int]
    load_label_map: Callable[[], np.ndarray]
    load_confidence: Callable[[], np.ndarray]
    provenance: ProvenanceAnswer
    load_scores: Callable[[], ScoresAnswer | None]
    load_headers: Callable[[], SourceHeaders | None]
    temporary_folder: Path

    @property
    def stem(self) -> str:
        """What the name of a file begins with."""
        return safe_stem(self.volume.name)

    @cached_property
    def label_map(self) -> np.ndarray:
        """The canonical (X, Y, Z) uint8 label values."""
        return self.load_label_map()

    @cached_property
    def confidence(self) -> np.ndarray:
        """The canonical (X, Y, Z) uint8 confidence. Raises NotFoundError where there is none."""
        return self.load_confidence()

    @cached_property
    def scores(self) -> ScoresAnswer | None:
        """How the mask scores against the volume's reference; None where it has none."""
        return self.load_scores()

    @cached_property
    def headers(self) -> SourceHeaders | None:
        """The headers of the DICOM files that the volume came from; None where they are not kept."""
        return self.load_headers()

    @cached_property
    def names(self) -> dict[int, LabelName]:
        """What the labels are called, and what they are, by their codes."""
        return {label["code"]: label_name(label) for label in self.labels}

    @cached_property
    def measures(self) -> Mapping[int, LabelMeasures]:
        """What each label measures, by its value."""
        return label_measures(self.label_map, self.volume, [label["value"] for label in self.labels])

    def nifti(self, voxels: np.ndarray) -> bytes:
        """Canonical (X, Y, Z) unsigned integers as a .nii.gz on the grid that the volume's file states."""
        return nifti_bytes(voxels, self.volume, self.temporary_folder)


def label_name(label: Mapping[str, Any]) -> LabelName:
    """Name, colour and term of a label, from the keys of its answer."""
    term = label.get("term")
    return LabelName(label["name"], label["color"], SegmentTerm.from_dict(term) if term else None)


def nifti_bytes(voxels: np.ndarray, volume: Volume, temporary_folder: Path) -> bytes:
    """Canonical (X, Y, Z) unsigned integers as a .nii.gz on the grid that the volume's file states."""
    temporary_folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="export-", dir=temporary_folder) as folder:
        path = Path(folder) / "mask.nii.gz"
        save_label_map(voxels, volume, path)
        return path.read_bytes()


class Export(Protocol):
    """A way to write a mask."""

    def __call__(self, mask: ExportedMask) -> ExportFile:
        """The mask as a file. Raises UserError where it cannot be written so."""
