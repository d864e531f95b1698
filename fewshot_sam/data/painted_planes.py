"""The plane whose slices were painted, told from a label map alone."""

from __future__ import annotations

import numpy as np

from fewshot_sam.data.planes import Plane, painted_indices
from fewshot_sam.errors import PlaneChoice, PlaneChoiceError

_MIN_FLAT = 0.3
"""Share of the labelled voxels that are flat in one plane where slices of it were painted one by one."""
_MIN_FLAT_TOO = 0.1
_NEARLY_AS_GAPPY = 0.8
_THINNER = 0.75
"""Length of runs of labelled voxels along the normal, of that along other axes, where slices have gaps."""
_MAX_NEIGHBOURS = 5
_MUCH_THINNER = 1 / 3
"""The same of one group of at most so many slices."""


def painted_planes(label_map: np.ndarray) -> tuple[Plane, ...]:
    """The planes whose slices may have been painted, the likeliest first.

    Voxels painted slice by slice have no labelled neighbour along the plane's normal, and have some within
    the plane. Where neighbouring slices were painted, the gaps between groups of them tell the plane, or how
    thin the one group is. What is no thinner along one axis than along the others is whole structures, and
    gaps along it are between them.

    Args:
        label_map: canonical (X, Y, Z), any integer dtype, 0 is background.

    Returns:
        One plane where the paint tells it; several where it fits them; none where it says nothing of a plane,
        as every slice of a structure, or single voxels.
    """
    labelled = _cropped(label_map != 0)
    if not labelled.size:
        return ()
    runs = {plane: _mean_run(labelled, plane.axis) for plane in Plane}
    if min(runs.values()) * _MIN_FLAT <= 1:  # what is flat is a run of one voxel
        flat = _flat_shares(labelled)
        if max(flat.values()) >= _MIN_FLAT:
            fitting = [plane for plane in Plane if flat[plane] >= _MIN_FLAT_TOO]
            return tuple(sorted(fitting, key=lambda plane: -flat[plane]))
    return _planes_with_gaps(labelled, runs) or _planes_of_neighbours(labelled, runs)


def painted_plane(label_map: np.ndarray, default: Plane) -> Plane:
    """The plane whose slices were painted; ``default`` where the paint says nothing of a plane.

    Args:
        label_map: canonical (X, Y, Z), any integer dtype, 0 is background.
        default: the plane that the volume is annotated in.

    Raises:
        PlaneChoiceError: the paint fits several planes.
    """
    found = painted_planes(label_map)
    if len(found) > 1:
        raise _choice(label_map, found)
    return found[0] if found else default


def _choice(label_map: np.ndarray, planes: tuple[Plane, ...]) -> PlaneChoiceError:
    choices = [PlaneChoice(plane.value, len(painted_indices(label_map, plane))) for plane in planes]
    named = " and ".join(f"{choice.plane} ({_slices(choice.slices)})" for choice in choices)
    return PlaneChoiceError(
        f"The label map must be painted in one plane, but what is painted fits {len(choices)}: {named}. "
        "Say which one it is; on the command line with --plane.",
        choices,
    )


def _slices(count: int) -> str:
    return "1 slice" if count == 1 else f"{count} slices"


def _cropped(labelled: np.ndarray) -> np.ndarray:
    """The (X, Y, Z) bool array without empty slices at its ends; of size 0 where nothing is labelled."""
    for plane in Plane:
        held = painted_indices(labelled, plane)
        ends = slice(held[0], held[-1] + 1) if held else slice(0)
        labelled = labelled[tuple(ends if axis == plane.axis else slice(None) for axis in range(3))]
    return labelled


def _flat_shares(labelled: np.ndarray) -> dict[Plane, float]:
    """Share of the labelled voxels with labelled neighbours in a plane and none along its normal."""
    alone = np.zeros(labelled.shape, np.uint8)  # a bit for each axis
    for axis in range(3):
        starts, ends = (
            _run_starts(labelled, axis),
            _run_starts(labelled[_flipped(axis)], axis)[_flipped(axis)],
        )
        alone |= (starts & ends).view(np.uint8) << np.uint8(axis)
    counts = np.bincount(alone[labelled], minlength=8)
    return {plane: float(counts[1 << plane.axis] / counts.sum()) for plane in Plane}


def _planes_with_gaps(labelled: np.ndarray, runs: dict[Plane, float]) -> tuple[Plane, ...]:
    gaps = {plane: _gap_share(labelled, plane) for plane in Plane}
    widest = max(gaps.values())
    fitting = [plane for plane in Plane if widest and gaps[plane] >= _NEARLY_AS_GAPPY * widest]
    others = [plane for plane in Plane if plane not in fitting]
    if not fitting or not others:
        return ()
    thickest, thinnest = max(runs[plane] for plane in fitting), min(runs[plane] for plane in others)
    return tuple(fitting) if thickest <= _THINNER * thinnest else ()


def _planes_of_neighbours(labelled: np.ndarray, runs: dict[Plane, float]) -> tuple[Plane, ...]:
    thinnest, second, _ = sorted(Plane, key=lambda plane: runs[plane])
    few = labelled.shape[thinnest.axis] <= _MAX_NEIGHBOURS
    return (thinnest,) if few and runs[thinnest] <= _MUCH_THINNER * runs[second] else ()


def _gap_share(labelled: np.ndarray, plane: Plane) -> float:
    """Share of the slices from the first to the last labelled one that hold nothing; 1 of a single slice."""
    count = labelled.shape[plane.axis]
    return 1.0 if count == 1 else 1 - len(painted_indices(labelled, plane)) / count


def _mean_run(labelled: np.ndarray, axis: int) -> float:
    """How many labelled voxels follow one another along the axis."""
    return float(labelled.sum() / _run_starts(labelled, axis).sum())


def _run_starts(labelled: np.ndarray, axis: int) -> np.ndarray:
    """The labelled voxels whose neighbour below is not: (X, Y, Z) bool."""
    starts = labelled.copy()
    behind = tuple(slice(1, None) if each == axis else slice(None) for each in range(3))
    before = tuple(slice(None, -1) if each == axis else slice(None) for each in range(3))
    starts[behind] &= ~labelled[before]
    return starts


def _flipped(axis: int) -> tuple[slice, ...]:
    return tuple(slice(None, None, -1) if each == axis else slice(None) for each in range(3))
