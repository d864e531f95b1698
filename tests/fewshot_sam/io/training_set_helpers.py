"""Tiny cases for training sets, and how a set is written to a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.volume import Modality, Volume
from fewshot_sam.io.terminology import match
from fewshot_sam.io.training_sets.base import Case, TrainingSet
from tests.fewshot_sam.synthetic_files import axis_affine, oblique_affine, random_voxels

LABELS = {
    3: LabelName("Leber \u516c", "#3cb44b", match("liver")),
    7: LabelName("ignore"),
    300: LabelName("right kidney", None, match("right kidney")),
}
GRIDS = (axis_affine("LPS"), oblique_affine("SRA", (31.0, 24.0, -38.0)), axis_affine("RAI"))


def cases(
    modality: Modality = "CT",
    labelled: tuple[bool, ...] = (True, True, False),
    file_name: str = "Jane Doe.nii",
) -> list[Case]:
    """Cases on grids of many kinds; "labelled" says which of them have labels."""
    return [_case(place, modality, each, file_name) for place, each in enumerate(labelled)]


def _case(place: int, modality: Modality, labelled: bool, file_name: str) -> Case:
    stored = random_voxels(seed=place).astype(np.int16)
    grid = SourceGrid(stored.shape, GRIDS[place % len(GRIDS)])
    volume = Volume(grid.to_canonical(stored), grid, modality, name="Jane Doe")
    random = np.random.default_rng(place)
    codes = random.choice(np.array([0, *LABELS], np.uint16), volume.shape) if labelled else None
    return Case(f"c{place}", volume, codes, file_name)


def write_set(training_set: TrainingSet, members: Iterable[Case], folder: Path) -> Path:
    """Write the files of a set; its one folder."""
    files = [file for case in members for file in training_set.add(case)]
    for file in [*files, *training_set.close()]:
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        assert not path.exists()
        file.write(path)
    (found,) = folder.iterdir()
    return found
