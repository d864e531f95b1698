"""The scans that are labelled: what is dropped, what is to be found, and what slices of it look like."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks import protocol
from fewshot_sam.data.planes import take_slice
from fewshot_sam.data.volume import Volume
from tests.e2e.scans import zip_folder

CASES = ("ct_abdomen", "ct_dicom", "mr_torso")
"""Of :data:`benchmarks.protocol.CASES`; all of them are painted on axial slices."""
FIRST_SLICES = 3
FOUND_DICE = 0.90


@dataclass(frozen=True, eq=False)
class LabelledScan:
    """A case of the protocol with its reference.

    Attributes:
        reference: canonical (X, Y, Z) uint16, the case's codes alone.
        names: by code, as they are typed.
    """

    case: protocol.BenchmarkCase
    volume: Volume
    reference: np.ndarray
    names: dict[int, str]

    @property
    def codes(self) -> tuple[int, ...]:
        """The labels, in the order they are made and outlined."""
        return self.case.codes

    @cached_property
    def ends(self) -> tuple[int, int]:
        """First and last slice that hold a label: what scrolling through shows."""
        return protocol.labelled_range(self.reference, self.case.plane)

    @property
    def spacing_mm(self) -> tuple[float, float]:
        """Of a slice's two axes, in the order of its array."""
        across = [axis for axis in range(3) if axis != self.case.plane.axis]
        return self.volume.spacing_mm[across[0]], self.volume.spacing_mm[across[1]]

    def wanted(self, index: int) -> np.ndarray:
        """The reference on a slice, canonical (A, B) uint16."""
        return take_slice(self.reference, self.case.plane, index)

    def dice(self, label_map: np.ndarray, painted: set[int]) -> dict[int, float]:
        """Dice by label over the unpainted slices of the extent together.

        Args:
            label_map: canonical (X, Y, Z) integer codes.
            painted: slices that do not count.
        """
        axis = self.case.plane.axis
        extent = protocol.extent(self.reference, self.case.plane)
        counted = [index for index in extent if index not in painted]
        found, wanted = (np.moveaxis(each, axis, 0)[counted] for each in (label_map, self.reference))
        scores = {}
        for code in self.codes:
            total = np.count_nonzero(found == code) + np.count_nonzero(wanted == code)
            common = np.count_nonzero((found == code) & (wanted == code))
            scores[code] = 2 * common / total if total else 1.0
        return scores


def load(name: str) -> LabelledScan:
    """A case by its name."""
    case = next(case for case in protocol.CASES if case.name == name)
    path = protocol.data_folder() / case.image
    volume, reference = protocol.load_case(case, protocol.data_folder())
    listed = json.loads((path.parent / "labels.json").read_text())
    names = {code: listed[str(code)].replace("_", " ") for code in case.codes}
    return LabelledScan(case, volume, reference, names)


def file_to_drop(scan: LabelledScan, folder: Path) -> Path:
    """The scan as a person has it: its file, or a zip of its DICOM files in ``folder``."""
    path = protocol.data_folder() / scan.case.image
    return path if path.is_file() else zip_folder(path, folder / f"{scan.case.name}.zip")


def first_slices(scan: LabelledScan) -> tuple[int, ...]:
    """The slices that are painted first: as the protocol spreads them."""
    return protocol.painted_slices(scan.reference, scan.case.plane, FIRST_SLICES)


def farthest(ends: tuple[int, int], painted: set[int]) -> int | None:
    """The slice between the ends, these included, farthest from all painted ones; None if none is left.

    That is the middle of the largest gap, or an end that is farther from what is painted.
    """
    free = [index for index in range(ends[0], ends[1] + 1) if index not in painted]
    if not free:
        return None
    return max(free, key=lambda index: (min((abs(index - each) for each in painted), default=0), -index))
