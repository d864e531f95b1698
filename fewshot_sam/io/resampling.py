"""Slices that form no regular stack, put on a regular grid.

Where the spacing is even, slices stay slices and are only shifted within their plane, as dcm2niix does with
a tilted gantry; the grid becomes wide enough to hold them all. Where it is uneven, slices are made between
them at even distances, as many as the median spacing gives. Voxel size and directions in the plane are those
of the files. Images are interpolated linearly; whole numbers are rounded to whole numbers. What is outside of
the slices gets the smallest value of the image. Labels are those of the nearest voxel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import GeometryError, ImageFormatError, IrregularGridError
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.placement import orientation_onto
from fewshot_sam.io.source import SourceImage, compact
from fewshot_sam.io.stacking import Stack

_SNAP = 1e-4
"""Places this near to a voxel, in voxels, are that voxel: its value stays exact."""
_ENDLESS = 2**31


def require_regular(image: SourceImage) -> None:
    """Raise IrregularGridError, which says what is irregular, where an image is on no regular grid."""
    stack, _ = _stack_of(image)
    if fault := stack.fault():
        raise IrregularGridError(fault.question)


def regular(image: SourceImage, limits: ReadLimits) -> SourceImage:
    """The image itself if it is on a regular grid, else resampled to one; a note in its metadata says so.

    Raises:
        ImageFormatError: the regular grid is beyond ``limits``.
    """
    stack, order = _stack_of(image)
    fault = stack.fault()
    if fault is None:
        return image
    if image.grid.full is not None:
        raise ImageFormatError(
            f"'{image.name}' is too large for this machine, and on no regular grid, so it cannot be opened "
            f"at half resolution: {fault.sentence} Resample it in another program first."
        )
    plan = _Plan(stack)
    limits.check_shape(plan.shape, image.name)
    voxels = compact(image.array).transpose(order)
    note = (
        f"Resampled to a regular grid by linear interpolation, because {fault.what}. "
        "Masks are on that grid, not on the slices of the file."
    )
    return _moved(image, plan, order, _filled(plan, voxels, nearest=False), image.with_note(note))


def put_upright(label_map: SourceImage, target: SourceGrid) -> SourceImage:
    """A label map on the sheared grid that ``target`` was resampled from, put on that; others as they are.

    What is done with one that is on no regular grid is said in its metadata's notes, with figures.

    Raises:
        GeometryError: it is on no regular grid, and not on one that is the scan's.
    """
    stack, order = _stack_of(label_map)
    fault = stack.fault()
    if fault is None:
        return label_map
    irregular = f"'{label_map.name}' is on no regular grid, because {fault.what}"
    if _fits(label_map.grid, target):
        alone = replace(label_map.grid, qform_affine=None, nifti_placement=None)
        where = "it lies on the scan's all the same" if _fits(alone, target) else "its qform is the scan's"
        note = f"{irregular}. Its voxels were taken as the scan's one by one, because {where}."
        return replace(label_map, metadata=label_map.with_note(note))
    plan = _Plan(stack)
    if not _fits(_grid(label_map, plan, order), target):
        raise GeometryError(
            f"The label map must lie on the image's grid, but '{label_map.name}' is on a sheared or uneven "
            f"grid: {fault.what}. Resample the label map to the image, with the nearest label for each voxel."
        )
    voxels = _filled(plan, label_map.array.transpose(order), nearest=True)
    note = f"{irregular}. It was put on the scan's regular grid: each voxel got the label nearest to it."
    return _moved(label_map, plan, order, voxels, label_map.with_note(note))


def _fits(grid: SourceGrid, target: SourceGrid) -> bool:
    try:
        orientation_onto(grid, target)
    except GeometryError:
        return False
    return True


@dataclass(frozen=True, eq=False)
class _Plan:
    """The regular grid that holds a stack."""

    stack: Stack

    @cached_property
    def sizes(self) -> np.ndarray:
        """(2,) float64, voxel size in mm within the slices."""
        stack = self.stack
        return np.array([np.linalg.norm(stack.columns), stack.rows @ stack.frame[:, 1]])

    @cached_property
    def skew(self) -> float:
        """By how many voxels a row lies beside the row before it."""
        return self.stack.skew_mm / float(self.sizes[0])

    @cached_property
    def offsets(self) -> np.ndarray:
        """(K, 2) float64, where a slice's first voxel is among the voxels of the first slice."""
        return _snapped(self.stack.places[:, :2] / self.sizes)

    @cached_property
    def first(self) -> np.ndarray:
        """(2,) whole float64, the grid's first voxel among those of the first slice."""
        skewed = np.array([min(self.skew * (self.stack.shape[1] - 1), 0.0), 0.0])
        return np.floor(_snapped(self.offsets.min(axis=0) + skewed))

    @cached_property
    def depths(self) -> np.ndarray:
        """(N,) float64, depth in mm of the grid's slices."""
        depths = self.stack.depths
        if self.stack.uneven is None:
            return depths
        count = round(float(depths[-1] / np.median(np.diff(depths)))) + 1
        return np.linspace(0, float(depths[-1]), count)

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """Voxels of the grid, to be checked: hostile files state any positions."""
        lengths = np.array(self.stack.shape[:2]) - 1
        skewed = np.array([max(self.skew * lengths[1], 0.0), 0.0])
        last = np.ceil(_snapped(self.offsets.max(axis=0) + lengths + skewed))
        found = np.nan_to_num(last - self.first + 1, nan=_ENDLESS)
        columns, rows = np.clip(found, 1, _ENDLESS).astype(int).tolist()
        return columns, rows, len(self.depths)

    @property
    def affine(self) -> np.ndarray:
        """(4, 4) float64, voxel to RAS+ in mm."""
        stack = self.stack
        affine = np.eye(4)
        affine[:3, :2] = stack.frame[:, :2] * self.sizes
        steps = len(self.depths) - 1
        spacing = float(self.depths[-1]) / steps if steps else float(np.linalg.norm(stack.step))
        affine[:3, 2] = stack.frame[:, 2] * spacing
        affine[:3, 3] = stack.positions[0] + affine[:3, :2] @ self.first
        return affine


def _stack_of(image: SourceImage) -> tuple[Stack, tuple[int, int, int]]:
    """The slices of an image, and which of its axes are theirs."""
    scale = image.grid.unit_mm
    affine, shape = np.diag([scale] * 3 + [1.0]) @ image.grid.affine, image.grid.shape
    if image.slice_positions is None:
        return Stack.of_affine(affine, shape)
    return Stack(affine[:3, 0], affine[:3, 1], image.slice_positions, affine[:3, 2], shape), (0, 1, 2)


def _grid(image: SourceImage, plan: _Plan, order: tuple[int, int, int]) -> SourceGrid:
    """The plan's grid with its axes in the image's order; a file of it states one place for all readers."""
    back = np.argsort(order)
    grid, affine = image.grid, plan.affine
    affine[:3, :3] = affine[:3, back] / grid.unit_mm
    affine[:3, 3] /= grid.unit_mm
    i, j, k = (plan.shape[axis] for axis in back)
    return replace(grid, shape=(i, j, k), affine=affine, qform_affine=None, nifti_placement=None)


def _moved(
    image: SourceImage,
    plan: _Plan,
    order: tuple[int, int, int],
    voxels: np.ndarray,
    metadata: dict[str, str],
) -> SourceImage:
    array, grid = voxels.transpose(np.argsort(order)), _grid(image, plan, order)
    return replace(image, array=array, grid=grid, metadata=metadata, slice_positions=None)


def _filled(plan: _Plan, voxels: np.ndarray, *, nearest: bool) -> np.ndarray:
    """The plan's grid with the values of (I, J, K) voxels."""
    outside = voxels.dtype.type(0) if nearest else voxels.min()
    filled = np.empty(plan.shape, voxels.dtype, order="F")
    slices = _Slices(plan, voxels, nearest)
    for number, parts in enumerate(_parts(plan, nearest)):
        values, inside = slices[parts[0][0]]
        if len(parts) > 1:  # what one of the two does not show is outside
            others, both = slices[parts[1][0]]
            values = values * np.float32(parts[0][1]) + others * np.float32(parts[1][1])
            inside = inside & both
        whole = voxels.dtype.kind in "iu" and not nearest
        filled[:, :, number] = np.where(inside, np.rint(values) if whole else values, outside)
    return filled


def _parts(plan: _Plan, nearest: bool) -> Iterator[list[tuple[int, float]]]:
    """For each slice of the grid which slices of the stack make it, each with its share."""
    depths = plan.stack.depths
    for number, depth in enumerate(plan.depths):
        if plan.stack.uneven is None:
            yield [(number, 1.0)]
            continue
        after = int(np.clip(np.searchsorted(depths, depth), 1, len(depths) - 1))
        gap = float(depths[after] - depths[after - 1])
        share = float(np.clip(_snapped(np.array((depth - depths[after - 1]) / gap)), 0, 1))
        if nearest:
            share = float(round(share))
        yield [part for part in ((after - 1, 1 - share), (after, share)) if part[1]]


class _Slices:
    """Slices of a stack moved to their places on the plan's grid; the last two stay in memory."""

    def __init__(self, plan: _Plan, voxels: np.ndarray, nearest: bool) -> None:
        self._plan, self._voxels, self._nearest = plan, voxels, nearest
        self._kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def __getitem__(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        if k not in self._kept:
            self._kept = {number: moved for number, moved in self._kept.items() if number == k - 1}
            self._kept[k] = self._moved(k)
        return self._kept[k]

    def _moved(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """(columns, rows) values on the grid, and where they are the slice's."""
        from scipy.ndimage import affine_transform  # takes a while to import, and few images need it

        plan, stored = self._plan, self._voxels[:, :, k]
        start = plan.first - plan.offsets[k]
        at_row = _snapped(start[1] + np.arange(plan.shape[1]))
        at_column = _snapped(start[0] + np.arange(plan.shape[0])[:, None] - plan.skew * at_row[None, :])
        if self._nearest:
            at_row, at_column = np.rint(at_row), np.rint(at_column)
        inside = (at_column >= 0) & (at_column <= stored.shape[0] - 1)
        inside &= (at_row >= 0) & (at_row <= stored.shape[1] - 1)
        moved = affine_transform(
            stored if self._nearest else stored.astype(np.float32),
            np.array([[1, -plan.skew], [0, 1]]) if plan.skew else np.ones(2),
            start - (plan.skew * start[1], 0),
            plan.shape[:2],
            order=0 if self._nearest else 1,
            mode="nearest",
        )
        return moved, inside


def _snapped(places: np.ndarray) -> np.ndarray:
    """Places in voxels, those as good as on a voxel exactly on it."""
    whole = np.rint(places)
    return np.where(np.abs(places - whole) <= _SNAP, whole, places)
