"""Scores of a mask against a reference, with slices left out; what ``evaluate`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from fewshot_sam.cli.common_names import differing
from fewshot_sam.cli.inputs import load_image, load_labels, names_of
from fewshot_sam.data.label_map import LabelMap
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import UserError
from fewshot_sam.evaluation import metrics
from fewshot_sam.evaluation.tolerance import TOLERANCE_MM
from fewshot_sam.io.formats.registry import holds_volume
from fewshot_sam.io.limits import ReadLimits

Scores = dict[str, float | None]
"""None where there is nothing to score: the label is in neither file."""


@dataclass(frozen=True, eq=False)
class MaskPair:
    """Two label maps on one canonical grid.

    Attributes:
        mask, reference: (X, Y, Z) uint16.
        spacing_mm: voxel size along X, Y, Z.
        counted: (X, Y, Z) bool, broadcastable; False on slices that are left out. None counts all.
        names: what the files call the codes; the reference's name where they differ.
        note: which codes they call differently; empty if none.
    """

    mask: np.ndarray
    reference: np.ndarray
    spacing_mm: tuple[float, float, float]
    counted: np.ndarray | None = None
    names: dict[int, str] = field(default_factory=dict)
    note: str = ""


def load_pair(mask_path: Path, reference_path: Path, plane: str | None, exclude: Sequence[int]) -> MaskPair:
    """Read both label maps; ``exclude`` counts slices along the mask's stored axis.

    One of them may be a DICOM segmentation, which lies on the grid of the other.

    Raises:
        GeometryError: if the grids differ, or there is no such slice.
        ImageFormatError: if a file is no label map.
    """
    placed = reference_path if _states_no_grid(mask_path) else mask_path
    volume = load_image(placed, quiet=True)  # it is read as a label map below, and that says the same
    mask, reference = (load_labels(path, volume) for path in (mask_path, reference_path))
    return pair_of(mask, reference, volume, plane, exclude)


def pair_of(
    mask: LabelMap, reference: LabelMap, volume: Volume, plane: str | None, exclude: Sequence[int]
) -> MaskPair:
    """Two label maps on the grid of ``volume``; see :func:`load_pair`."""
    codes = sorted(set(np.union1d(np.unique(mask.codes), np.unique(reference.codes)).tolist()) - {0})
    found, wanted = names_of(mask.names, codes), names_of(reference.names, codes)
    pair = MaskPair(
        mask.codes, reference.codes, volume.spacing_mm, names=found | wanted, note=_note(found, wanted)
    )
    if not exclude or plane is None:
        return pair
    chosen = Plane(plane)
    counted = np.ones(volume.slice_count(chosen), bool)
    counted[[volume.source.canonical_index(chosen, index) for index in exclude]] = False
    shape = tuple(-1 if axis == chosen.axis else 1 for axis in range(3))
    return replace(pair, counted=counted.reshape(shape))


def _states_no_grid(path: Path) -> bool:
    if holds_volume(path.name):
        return False
    from fewshot_sam.io.dicom.label_objects import states_no_grid  # loads pydicom

    return states_no_grid(path, ReadLimits())


def _note(found: dict[int, str], wanted: dict[int, str]) -> str:
    others = [f"{code} is '{found[code]}' and '{wanted[code]}'" for code in differing(found, wanted)]
    if not others:
        return ""
    return f"Mask and reference are compared by code, but call some otherwise: {', '.join(others)}."


def score(
    pair: MaskPair, codes: Iterable[int] | None = None, tolerance_mm: float = TOLERANCE_MM
) -> dict[int, Scores]:
    """Scores per label: dice, iou, surface_dice, assd_mm, hd95_mm, volume_ml, reference_volume_ml.

    With slices left out, overlap and volumes are those of the counted slices. Surface distances
    start at surface voxels on counted slices and end at the other mask's nearest surface voxel on
    any slice, so that leaving slices out makes no surfaces of its own.

    Raises:
        UserError: if there is no label to score.
    """
    held = set(np.union1d(np.unique(pair.mask), np.unique(pair.reference)).tolist()) - {0}
    if not held:
        raise UserError("At least one of the files must hold a label, but every voxel is 0.")
    wanted = sorted(held) if codes is None else [code for code in codes if code]
    if not held.intersection(wanted):
        raise UserError(
            f"At least one of the labels {', '.join(map(str, wanted))} must be in the files, "
            f"but they hold {', '.join(map(str, sorted(held)))}."
        )
    found = metrics.agreements(pair.mask, pair.reference, pair.spacing_mm, wanted, pair.counted)
    return {
        code: {**agreement.scores(tolerance_mm)} if agreement else _nothing()
        for code, agreement in found.items()
    }


def mean_over_labels(scores: dict[int, Scores]) -> Scores:
    """The mean of each score over the labels that have one."""
    rows = list(scores.values())
    means: Scores = {}
    for name in rows[0]:
        values = [value for row in rows if (value := row[name]) is not None]
        means[name] = float(np.mean(values)) if values else None
    return means


def _nothing() -> Scores:
    """Of a label that is in neither file, or only on slices that are left out."""
    return dict.fromkeys(
        ("dice", "iou", "surface_dice", "assd_mm", "hd95_mm", "volume_ml", "reference_volume_ml")
    )
