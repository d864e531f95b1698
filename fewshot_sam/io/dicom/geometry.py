"""Order the slices of a DICOM series and say what is wrong when they do not form a volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewshot_sam.data.planes import Plane, canonical_orientation
from fewshot_sam.errors import GeometryError
from fewshot_sam.io.dicom.frames import DicomFrame
from fewshot_sam.io.stacking import Stack

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

ORIENTATION_TOLERANCE = 1e-3
SPACING_RATIO = 1e-4
"""By how much frames of one volume may differ in their direction cosines, and in their pixel spacing."""

_SAME_POSITION_MM = 1e-3
_DOUBLED_MM = 0.1
_DOUBLED_SHARE = 0.1
"""Slices nearer than 0.1 mm and a tenth of the spacing are at one position: tables do not return exactly."""


@dataclass(frozen=True, eq=False)
class DicomStack:
    """How frames make a volume.

    Attributes:
        order: indices of the frames, ascending along the slice normal.
        affine: (4, 4) float64, voxel (column, flipped row, slice) to RAS+ in mm.
        shape: (columns, rows, slices).
        positions: (slices, 3) float64 of each slice's first voxel, RAS+ in mm, where they form no regular
            stack and ``affine`` does not place them; else None.
    """

    order: list[int]
    affine: np.ndarray
    shape: tuple[int, int, int]
    positions: np.ndarray | None = None


def stack_slices(frames: Sequence[DicomFrame]) -> DicomStack:
    """Sort slices by position along their normal.

    Raises:
        GeometryError: positions absent, sizes or orientations differ, slices missing or doubled.
    """
    rows, columns, row_spacing, column_spacing = _common_size(frames)
    orientation = _common_orientation(frames)
    along_columns, along_rows = orientation[:3], orientation[3:]
    normal = np.cross(along_columns, along_rows)
    normal /= np.linalg.norm(normal)
    positions = np.array([_numbers(frame, "ImagePositionPatient", 3) for frame in frames])
    depth = positions @ normal
    order = np.argsort(depth, kind="stable")
    spacing = _spacing(depth[order], frames[0])
    firsts = positions[order] + along_rows * row_spacing * (rows - 1)
    affine = np.eye(4)
    affine[:3, 0] = along_columns * column_spacing
    affine[:3, 1] = -along_rows * row_spacing
    affine[:3, 2] = normal * spacing
    affine[:3, 3] = firsts[0]
    affine = LPS_TO_RAS @ affine
    shape = (columns, rows, len(frames))
    stack = Stack(affine[:3, 0], affine[:3, 1], firsts @ LPS_TO_RAS[:3, :3], affine[:3, 2], shape)
    return DicomStack(order.tolist(), affine, shape, stack.positions if stack.fault() else None)


def plane_of_affine(affine: np.ndarray) -> Plane:
    """The plane closest to the slices stacked along stored axis 2 of a (4, 4) float64 affine, RAS+."""
    return Plane.of_axis(int(canonical_orientation(affine)[2, 0]))


def _numbers(frame: DicomFrame, keyword: str, count: int) -> np.ndarray:
    numbers = frame.numbers(keyword, count)
    if numbers is None:
        raise GeometryError(
            f"Every DICOM slice must state its {keyword}, but at least one does not. "
            "Choose a series of cross-sections, not a screenshot, scout or report."
        )
    return numbers


def _common_size(frames: Sequence[DicomFrame]) -> tuple[int, int, float, float]:
    sizes = {(int(frame.get("Rows")), int(frame.get("Columns"))) for frame in frames}
    spacings = np.array([_numbers(frame, "PixelSpacing", 2) for frame in frames])
    if len(sizes) > 1 or not np.allclose(spacings, spacings[0], rtol=SPACING_RATIO):
        listed = ", ".join(f"{rows}x{columns}" for rows, columns in sorted(sizes))
        raise GeometryError(
            f"All slices must have one size and pixel spacing, got {listed} pixels and "
            f"{spacings.min():g} to {spacings.max():g} mm. Choose one series."
        )
    if (spacings <= 0).any():
        raise GeometryError(
            f"PixelSpacing must be positive, got {spacings.min():g} mm. Export the series again."
        )
    (rows, columns), (row_spacing, column_spacing) = sizes.pop(), spacings[0]
    return rows, columns, float(row_spacing), float(column_spacing)


def _common_orientation(frames: Sequence[DicomFrame]) -> np.ndarray:
    """(6,) unit vectors along the columns and rows, LPS."""
    orientations = np.array([_numbers(frame, "ImageOrientationPatient", 6) for frame in frames])
    off = np.abs(orientations - orientations[0]).max(axis=1) > ORIENTATION_TOLERANCE
    if off.any():
        raise GeometryError(
            f"All slices of a series must have one orientation, but {int(off.sum())} of {len(frames)} "
            "differ from the first. Remove localizers and other scans from the series."
        )
    axes = orientations[0].reshape(2, 3)
    lengths = np.linalg.norm(axes, axis=1)
    if (lengths < 0.5).any() or abs(axes[0] @ axes[1]) > 0.01:
        raise GeometryError(
            "ImageOrientationPatient must be two vectors at right angles. Export the series again."
        )
    return (axes / lengths[:, None]).ravel()


def _spacing(depth: np.ndarray, frame: DicomFrame) -> float:
    """Mean spacing in mm of slices at sorted depths along the normal; none may be missing or double."""
    if len(depth) == 1:
        return float(frame.get("SpacingBetweenSlices") or frame.get("SliceThickness") or 1.0)
    gaps = np.diff(depth)
    _require_single(gaps)
    typical = float(np.median(gaps))
    steps = np.round(gaps / typical)
    uneven = np.abs(gaps - steps * typical) > _gap_tolerance_mm(typical) * np.maximum(steps, 1)
    missing = np.flatnonzero(steps > 1)
    count = int((steps - 1)[missing].sum())
    if missing.size and not uneven.any() and not _is_pattern(missing, steps):
        places = ", ".join(f"after slice {index + 1} of {len(depth)}" for index in missing[:5])
        raise GeometryError(
            f"{count} slice{'s are' if count > 1 else ' is'} missing from the series ({places}, "
            "counted along the normal). Export the complete series."
        )
    if missing.size or (steps < 1).any():
        raise GeometryError(
            f"Slices must be evenly spaced, got gaps of {gaps.min():.3g} to {gaps.max():.3g} mm. "
            "Slices may be missing, or two scans share one series: export them one by one."
        )
    return float((depth[-1] - depth[0]) / (len(depth) - 1))


def _is_pattern(missing: np.ndarray, steps: np.ndarray) -> bool:
    """Whether gaps come back regularly, as where two scans take turns at places that are not the same."""
    return missing.size > 2 and np.unique(np.diff(missing)).size == 1 and np.unique(steps[missing]).size == 1


def _require_single(gaps: np.ndarray) -> None:
    """Raise GeometryError where slices lie as good as at one position, which no spacing explains."""
    apart = gaps[gaps > _DOUBLED_MM]
    near = min(_DOUBLED_MM, _DOUBLED_SHARE * float(np.median(apart))) if apart.size else _SAME_POSITION_MM
    doubled = int((gaps <= max(near, _SAME_POSITION_MM)).sum())
    if doubled:
        raise GeometryError(
            f"Every slice must have a position of its own, but {doubled} of {len(gaps) + 1} slices lie "
            "where another does. The series may hold copies, or several time points or echoes: "
            "export one of them."
        )


def _gap_tolerance_mm(spacing_mm: float) -> float:
    """How far a gap may be from a multiple of the spacing: 5 %, or the 0.1 mm by which rounding moves it."""
    return max(0.05 * spacing_mm, min(0.101, 0.2 * spacing_mm))
