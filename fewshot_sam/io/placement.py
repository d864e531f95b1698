"""Where programs put the voxels of a file, and whether two files lie on one grid.

A NIfTI file may place its voxels twice, by sform and qform. nibabel and this program take the sform if its
code is not 0. ITK 5.4 (3D Slicer, ITK-SNAP, SimpleITK) takes the sform only if its axes are at right angles
and its code is 1 ("scanner"), or the qform says the same or nothing, and else the qform; its voxel sizes are
always those of pixdim (SetImageIOOrientationFromNIfTI in itkNiftiImageIO.cxx).
"""

from __future__ import annotations

import nibabel.orientations as nio
import numpy as np
from nibabel.quaternions import quat2mat

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import GeometryError, OtherGridError

SAME_PLACE_MM = 0.5
"""How far corners of one grid may lie apart in two files."""
_SAME_PLACE_VOXELS = 0.75
"""The same in voxels: a grid that is a whole one off is another part of the scan, however small they are."""
_SCANNER_CODE = 1
_RIGHT_ANGLES = 1e-4
_SIMILAR = 1e-4
_HALF_TURN = 1e-7
"""Square of a quaternion's real part below which the NIfTI library takes it for 0."""
_AS_STORED = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])


def itk_affine(grid: SourceGrid) -> np.ndarray:
    """Where ITK puts a file of this grid.

    Returns:
        (4, 4) float64, stored voxel index to RAS+ in ``grid.spatial_unit``; ``grid.affine`` where ITK
        refuses the file (axes not quite at right angles, and no qform).
    """
    if grid.nifti_placement is None:
        return grid.affine if grid.qform_affine is None else _chosen(grid, grid.qform_affine)
    sizes = np.array(grid.nifti_placement[1:4])
    if not (grid.qform_code or grid.sform_code):
        return np.diag([*(-1.0, -1.0, 1.0) * sizes, 1.0])
    chosen = _chosen(grid, affine_of_qform(grid.nifti_placement)) if grid.qform_code else grid.affine.copy()
    if not grid.qform_code and not _at_right_angles(chosen):
        return chosen
    chosen[:3, :3] *= sizes / np.linalg.norm(chosen[:3, :3], axis=0)
    return chosen


def placements(grid: SourceGrid) -> list[np.ndarray]:
    """Where programs put a file of this grid: by its sform, its qform, and as ITK does; each once.

    Returns:
        (4, 4) float64 arrays, stored voxel index to RAS+ in mm; ``grid.affine`` first.
    """
    affines = [grid.affine]
    for affine in (grid.qform_affine, itk_affine(grid)):
        if affine is not None and not any(np.array_equal(affine, known) for known in affines):
            affines.append(affine)
    return [np.diag([grid.unit_mm] * 3 + [1.0]) @ affine for affine in affines]


def orientation_onto(grid: SourceGrid, target: SourceGrid) -> np.ndarray:
    """How the axes of a file on the grid of another file are turned to those of the other.

    The two lie on one grid if they do for some program: in one of their :func:`placements` every corner
    is at the same place, within 0.5 mm and three quarters of a voxel.

    Args:
        grid: of the file; its axes may be permuted and flipped.
        target: the grid that it should be on.

    Returns:
        (3, 2) nibabel orientation from the stored axes of ``grid`` to those of ``target``.

    Raises:
        OtherGridError: it is on another grid.
        GeometryError: it is on the same one in two ways.
    """
    fitting: list[np.ndarray] = []
    for theirs in placements(target):
        for own in placements(grid):
            found = _fit(own, grid.shape, theirs, target.shape)
            if found is not None and not any(np.array_equal(found, known) for known in fitting):
                fitting.append(found)
    if any(np.array_equal(found, _AS_STORED) for found in fitting):
        return _AS_STORED
    if not fitting and _same_stored_voxels(grid, target):
        return _AS_STORED
    if len(fitting) > 1:
        raise GeometryError(
            "The label map fits the image in two ways, because the image's sform and qform mirror each "
            "other. Save the label map with its axes stored as the image's are."
        )
    if not fitting:
        raise _other_grid(grid, target)
    return fitting[0]


def corners(shape: tuple[int, ...]) -> np.ndarray:
    """(4, 8) homogeneous voxel indices of a grid's corners."""
    ends = np.array(np.meshgrid(*[(0, length - 1) for length in shape], indexing="ij")).reshape(3, 8)
    return np.vstack([ends, np.ones(8)])


def affine_of_qform(stated: tuple[float, ...]) -> np.ndarray:
    """(4, 4) float64 of pixdim[0..3], quaternion and offset, as the NIfTI library's quatern_to_mat44 has it.

    nibabel takes what round-off leaves of a half turn's real part for a part of the rotation, 0.02 degrees.
    """
    vector = np.array(stated[4:7])
    squared = 1.0 - float(vector @ vector)
    half_turn = squared < _HALF_TURN
    quaternion = (0.0, *vector / np.linalg.norm(vector)) if half_turn else (np.sqrt(squared), *vector)
    rotation = quat2mat(np.array(quaternion))
    affine = np.eye(4)
    affine[:3, :3] = rotation * stated[1:4]
    affine[:3, 2] *= -1.0 if stated[0] < 0 else 1.0
    affine[:3, 3] = stated[7:10]
    return affine


def _chosen(grid: SourceGrid, qform: np.ndarray) -> np.ndarray:
    """A copy of the one that ITK takes."""
    sform = grid.affine
    takes_sform = _at_right_angles(sform) and (grid.sform_code == _SCANNER_CODE or _are_similar(sform, qform))
    return (sform if takes_sform else qform).copy()


def _at_right_angles(affine: np.ndarray) -> bool:
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return bool((np.abs(axes @ axes.T - np.eye(3)) <= _RIGHT_ANGLES).all())


def _are_similar(sform: np.ndarray, qform: np.ndarray) -> bool:
    """Whether ITK takes them for the same: it compares left singular vectors, which a mirrored axis keeps."""
    (left, sizes, _), (other_left, other_sizes, _) = (
        np.linalg.svd(affine[:3, :3].astype(np.float32)) for affine in (sform, qform)
    )
    turned = left @ other_left.T - np.eye(3)
    apart = (turned, sizes - other_sizes, sform[:3, 3] - qform[:3, 3])
    return all(bool((np.abs(each) <= _SIMILAR).all()) for each in apart)


def _fit(
    own: np.ndarray, shape: tuple[int, ...], theirs: np.ndarray, target_shape: tuple[int, ...]
) -> np.ndarray | None:
    """(3, 2) orientation from one grid's axes to another's where their corners agree; else None."""
    to_target = np.linalg.inv(theirs) @ own
    orientation = nio.io_orientation(to_target)
    if tuple(np.array(shape)[np.argsort(orientation[:, 0])]) != tuple(target_shape):
        return None
    apart = (to_target - np.linalg.inv(nio.inv_ornt_aff(orientation, shape))) @ corners(shape)
    apart_mm = np.linalg.norm(theirs[:3, :3] @ apart[:3], axis=0).max()
    same = apart_mm <= SAME_PLACE_MM and np.abs(apart[:3]).max() <= _SAME_PLACE_VOXELS
    return orientation if same else None


def _same_stored_voxels(grid: SourceGrid, target: SourceGrid) -> bool:
    """Whether only the voxels can be compared: the target's file states no orientation."""
    if target.qform_code or target.sform_code or grid.shape != target.shape:
        return False
    sizes = [np.linalg.norm(g.affine[:3, :3], axis=0) * g.unit_mm for g in (grid, target)]
    return bool(np.allclose(sizes[0], sizes[1], rtol=1e-3))


def _other_grid(grid: SourceGrid, target: SourceGrid) -> OtherGridError:
    other, affine = grid.canonical_affine, target.canonical_affine
    canonical_shape = grid.canonical_shape
    if canonical_shape != target.canonical_shape:
        difference = "their shapes differ"
    else:
        apart = (other - affine) @ corners(target.canonical_shape)
        most_mm = float(np.linalg.norm(apart[:3], axis=0).max())
        figure = f"{most_mm:.3g}" if most_mm < 100 else f"{most_mm:,.0f}"  # no power of ten
        difference = f"their corners lie up to {figure} mm apart"
    return OtherGridError(
        "Is this the label map of another scan? "
        f"The label map must lie on the image's grid, but {difference}: the image has "
        f"{target.canonical_shape} voxels of {_millimetres(affine)}, the label map "
        f"{canonical_shape} of {_millimetres(other)} (right, anterior, superior). "
        "Resample the label map to the image."
    )


def _millimetres(affine: np.ndarray) -> str:
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    return " x ".join(f"{size:.4g}" for size in sizes) + " mm"
