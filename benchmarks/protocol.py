"""The benchmark protocol (DESIGN section 6): cases, which slices count as painted, how masks are scored."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import binary_erosion, distance_transform_edt, find_objects

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane, take_slice
from fewshot_sam.data.volume import Volume
from fewshot_sam.io import load_label_map, load_volume

BUDGETS = (3, 5, 8)
EXTENT_MARGIN_SLICES = 3
MANY_LABELS = 10
"""With more than these a run takes minutes, and only what the targets compare is run."""


@dataclass(frozen=True)
class BenchmarkCase:
    """One volume of the single-volume benchmark, and the labels to find in it.

    Attributes:
        image: path of the image below the data folder; its label map is ``labels.nii.gz`` beside it.
        per_label: the budget is each label's, spread over that label's own extent; see
            :func:`painted_slices_per_label`.
    """

    name: str
    image: str
    plane: Plane
    codes: tuple[int, ...]
    per_label: bool = False

    @property
    def has_many_labels(self) -> bool:
        """More than :data:`MANY_LABELS`."""
        return len(self.codes) > MANY_LABELS


_ABDOMEN, _ABDOMEN_CODES = "ct_abdomen/image.nii.gz", (1, 2, 3, 5, 6, 52)
_DICOM = "ct_dicom/series"
_DICOM_CODES = (
    *(1, 5, 6, 7, 8, 20, 32, 33, 52, 63, 64, 69, 70, 79, 86, 87, 97, 98, 99, 100, 101, 102, 103),
    *(109, 110, 111, 112, 113, 114, 115, 117),
)
"""All that is labelled there."""

CASES = (
    BenchmarkCase("ct_abdomen", _ABDOMEN, Plane.AXIAL, _ABDOMEN_CODES),
    BenchmarkCase("ct_abdomen_per_label", _ABDOMEN, Plane.AXIAL, _ABDOMEN_CODES, per_label=True),
    BenchmarkCase("ct_abdomen_bones", _ABDOMEN, Plane.AXIAL, (30, 31, 77, 78)),
    BenchmarkCase("ct_dicom", _DICOM, Plane.AXIAL, (1, 5, 6, 52)),
    BenchmarkCase("ct_dicom_small", _DICOM, Plane.AXIAL, (8, 63, 64, 79)),
    BenchmarkCase("ct_dicom_all", _DICOM, Plane.AXIAL, _DICOM_CODES),
    BenchmarkCase("mr_torso", "mr_torso/image.nii.gz", Plane.AXIAL, (1, 2, 3, 5, 6)),
)


def data_folder() -> Path:
    """Folder of the labelled scans: FEWSHOT_SAM_TEST_DATA, else ``../shared/data`` beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("FEWSHOT_SAM_TEST_DATA", default))


def load_case(case: BenchmarkCase, data: Path) -> tuple[Volume, np.ndarray]:
    """The case's volume, and its reference: canonical (X, Y, Z) uint16 with the case's codes alone."""
    path = data / case.image
    volume = load_volume(path)
    reference = load_label_map(path.parent / "labels.nii.gz", volume)
    return volume, np.where(np.isin(reference, case.codes), reference, 0).astype(np.uint16)


def labelled_range(reference: np.ndarray, plane: Plane) -> tuple[int, int]:
    """First and last slice of the plane that hold any label (both inclusive).

    Args:
        reference: canonical (X, Y, Z) integer label map.

    Raises:
        ValueError: if the reference holds no label.
    """
    others = tuple(axis for axis in range(3) if axis != plane.axis)
    held = np.flatnonzero((reference != 0).any(axis=others))
    if not held.size:
        raise ValueError("The reference must hold at least one label, got none.")
    return int(held[0]), int(held[-1])


def extent(reference: np.ndarray, plane: Plane) -> range:
    """The slices that are scored: the labelled range and 3 more at each end, inside the volume.

    Args:
        reference: canonical (X, Y, Z) integer label map.
    """
    first, last = labelled_range(reference, plane)
    stop = min(last + EXTENT_MARGIN_SLICES + 1, reference.shape[plane.axis])
    return range(max(first - EXTENT_MARGIN_SLICES, 0), stop)


def painted_slices(reference: np.ndarray, plane: Plane, budget: int) -> tuple[int, ...]:
    """The slices taken as painted.

    Below 5 the inner points of ``linspace(first, last, budget + 2)``, else ``linspace(first, last,
    budget)``, over the labelled range, rounded to the nearest (half to even).

    Args:
        reference: canonical (X, Y, Z) integer label map.
    """
    first, last = labelled_range(reference, plane)
    points = np.linspace(first, last, budget + 2)[1:-1] if budget < 5 else np.linspace(first, last, budget)
    return tuple(sorted({int(index) for index in np.rint(points)}))


def painted_slices_per_label(reference: np.ndarray, plane: Plane, budget: int) -> tuple[int, ...]:
    """The slices taken as painted where the budget is each label's own.

    For every label the slices that :func:`painted_slices` gives for it alone; then all of them together. On
    each of these every label of the case is painted, since what is left unpainted there would be taken for
    background. So a label is painted on more than ``budget`` slices where others' slices show it.

    Args:
        reference: canonical (X, Y, Z) integer label map.
    """
    codes = np.unique(reference[reference != 0])
    return tuple(sorted({i for code in codes for i in painted_slices(reference == code, plane, budget)}))


def case_annotations(case: BenchmarkCase, reference: np.ndarray, budget: int) -> SparseAnnotations:
    """The case's reference, canonical (X, Y, Z) uint16, on the slices that its protocol takes as painted."""
    choose = painted_slices_per_label if case.per_label else painted_slices
    return annotate(reference, case.plane, choose(reference, case.plane, budget))


def painted_annotations(reference: np.ndarray, plane: Plane, budget: int) -> SparseAnnotations:
    """The reference, canonical (X, Y, Z) uint16, on :func:`painted_slices`, as if painted there."""
    return annotate(reference, plane, painted_slices(reference, plane, budget))


def annotate(reference: np.ndarray, plane: Plane, slices: range | tuple[int, ...]) -> SparseAnnotations:
    """The reference, a canonical (X, Y, Z) uint16 label map, on these slices, as if painted there."""
    return SparseAnnotations(plane, {i: take_slice(reference, plane, i).copy() for i in slices})


def crop_slices(volume: Volume, plane: Plane, kept: range) -> Volume:
    """The volume without the slices outside ``kept``; its stored grid becomes the canonical one."""
    window = tuple(slice(kept.start, kept.stop) if axis == plane.axis else slice(None) for axis in range(3))
    voxels = volume.voxels[window]
    affine = volume.affine.copy()
    affine[:3, 3] += affine[:3, plane.axis] * kept.start
    x, y, z = voxels.shape
    return Volume(voxels, SourceGrid((x, y, z), affine), volume.modality, volume.name, plane)


def scored_slices(reference: np.ndarray, annotations: SparseAnnotations) -> list[int]:
    """The unpainted slices of the extent; ``reference`` is a canonical (X, Y, Z) integer label map."""
    return [i for i in extent(reference, annotations.plane) if i not in annotations.slices]


def score(
    label_map: np.ndarray,
    reference: np.ndarray,
    annotations: SparseAnnotations,
    codes: tuple[int, ...],
    spacing_mm: tuple[float, float, float],
) -> dict[int, dict[str, float | None]]:
    """Per label Dice, IoU and ASSD over all unpainted slices of the extent together.

    The average symmetric surface distance is taken in 3D: from every surface voxel of either mask on an
    unpainted slice to the other mask's nearest surface voxel anywhere in the extent. It is None
    where the label is missing in one of the two.

    Args:
        label_map, reference: canonical (X, Y, Z) integer.
    """
    plane, slices = annotations.plane, extent(reference, annotations.plane)
    unpainted = [index - slices.start for index in scored_slices(reference, annotations)]
    found, wanted = (
        np.moveaxis(array, plane.axis, 0)[slices.start : slices.stop] for array in (label_map, reference)
    )
    spacing = (spacing_mm[plane.axis], *np.delete(spacing_mm, plane.axis).tolist())
    return {code: _score_mask(found == code, wanted == code, unpainted, spacing) for code in codes}


def _score_mask(
    found: np.ndarray, wanted: np.ndarray, unpainted: list[int], spacing_mm: tuple[float, ...]
) -> dict[str, float | None]:
    found, wanted, unpainted = _crop(found, wanted, unpainted)
    common = int((found & wanted)[unpainted].sum())
    total = int(found[unpainted].sum()) + int(wanted[unpainted].sum())
    return {
        "dice": 2 * common / total if total else 1.0,
        "iou": common / (total - common) if total else 1.0,
        "assd_mm": _assd_mm(found, wanted, unpainted, spacing_mm),
    }


def _crop(
    found: np.ndarray, wanted: np.ndarray, unpainted: list[int]
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """The box around both masks and a voxel more, where all is that counts: 31 labels would take minutes."""
    boxes = find_objects((found | wanted).view(np.int8))
    if not boxes:
        return found, wanted, unpainted
    box = tuple(slice(max(side.start - 1, 0), side.stop + 1) for side in boxes[0])
    inside = range(box[0].start, min(box[0].stop, len(found)))
    return found[box], wanted[box], [index - inside.start for index in unpainted if index in inside]


def _assd_mm(
    found: np.ndarray, wanted: np.ndarray, counted: list[int], spacing_mm: tuple[float, ...]
) -> float | None:
    surfaces = [_surface(found), _surface(wanted)]
    if not all(surface.any() for surface in surfaces):
        return None
    distances = []
    for surface, other in (surfaces, surfaces[::-1]):
        to_other = distance_transform_edt(~other, sampling=spacing_mm)
        distances.append(to_other[counted][surface[counted]])
    together = np.concatenate(distances)
    return float(together.mean()) if together.size else 0.0


def _surface(mask: np.ndarray) -> np.ndarray:
    """Voxels of the mask with a 6-neighbour outside it; the array's edge counts as inside."""
    return mask & ~binary_erosion(mask, border_value=1)
