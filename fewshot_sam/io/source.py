"""What every reader returns: voxels on the grid they were stored on, before any reorientation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.hounsfield import hounsfield_offset
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.pictures import Picture
from fewshot_sam.data.planes import Plane, canonical_orientation
from fewshot_sam.data.sampling import sample_of
from fewshot_sam.data.volume import Modality, Volume
from fewshot_sam.errors import GeometryError, ImageFormatError

if TYPE_CHECKING:
    from fewshot_sam.io.dicom.source_headers import SourceHeaders

_MAX_AXIS_COSINE = float(np.cos(np.pi / 4))
"""Largest cosine between two voxel axes of a grid that can be resampled to one with right angles."""

_SAMPLES = 1_000_000
"""Voxels that the modality is judged by."""
_HU_FLOOR = -3100.0
"""CT scanners state nothing below -3024; what is lower is padding, and no tissue is above 3100 but metal."""
_CT_AIR_HU = -500.0
"""Values at or below this are taken for air in Hounsfield units where no tag names the modality."""
_LEAST_AIR = 0.001
_MOST_METAL = 0.01
"""Shares of the voxels: in a CT there is more air and less metal. A few voxels say nothing."""
_MEDIAN_HU = 500.0
_BULK_PERCENTILES = (0.1, 99.9)
_MR_RINGING = 0.1
"""Interpolation takes MR this share of its maximum below zero."""


@dataclass(frozen=True, eq=False)
class SourceImage:
    """A scalar image as its file holds it.

    Attributes:
        array: (I, J, K) on ``grid``, any integer or real type, file scaling applied.
        grid: the grid the file states.
        modality: what the file says; None where it does not.
        slice_positions: (K, 3) float64, first voxel of each slice along stored axis 2, mm in RAS+, where the
            file states slices that ``grid`` does not place, as they form no regular stack; else None.
        label_names: of a label map, by code; empty where the file has none.
        headers: of DICOM the headers of the files, for what is exported back to them.
        may_be_part: the format keeps of a label map the box around what is labelled, on the grid of its scan.
        pictures, colour: see :class:`fewshot_sam.data.volume.Volume`.
    """

    array: np.ndarray
    grid: SourceGrid
    name: str
    modality: Modality | None = None
    acquisition_plane: Plane | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    slice_positions: np.ndarray | None = None
    label_names: dict[int, LabelName] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    colour: np.ndarray | None = None
    headers: SourceHeaders | None = None
    may_be_part: bool = False

    def __post_init__(self) -> None:
        if self.array.ndim != 3 or 0 in self.array.shape:
            raise ImageFormatError(f"The image must be 3D, got a shape of {self.array.shape}.")
        check_axes(self.grid.affine)

    def to_volume(self) -> Volume:
        """The image on the canonical grid; voxels in Fortran order, not writeable.

        Raises:
            ImageFormatError: if no voxel is a finite number.
        """
        stored = compact(self.array)
        voxels = np.asfortranarray(self.grid.to_canonical(stored))
        voxels.setflags(write=False)
        modality = self.modality or guess_modality(voxels)
        offset = hounsfield_offset(voxels) if modality == "CT" else 0
        metadata = self.with_note(_offset_note(offset)) if offset else dict(self.metadata)
        return Volume(
            voxels,
            self.grid,
            modality,
            self.name,
            self.acquisition_plane,
            metadata,
            self.pictures,
            self.colour,
        )

    def with_note(self, note: str) -> dict[str, str]:
        """The metadata with a sentence more in its notes."""
        return {**self.metadata, "notes": " ".join(filter(None, [self.metadata.get("notes"), note]))}


def check_axes(affine: np.ndarray) -> None:
    """Check that voxel axes are usable, as they are or resampled.

    Args:
        affine: (4, 4) float64, voxel index to world position in any unit.

    Raises:
        GeometryError: it is not finite or invertible, or two axes are at less than 45 degrees.
    """
    canonical_orientation(affine)
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    cosine = float(np.abs(axes.T @ axes - np.eye(3)).max())
    if cosine > _MAX_AXIS_COSINE:
        angle = float(np.degrees(np.arccos(min(cosine, 1.0))))
        raise GeometryError(
            f"The image's voxel axes must be at right angles, but two of them are at {angle:.1f} degrees "
            "(a sheared affine or a tilted gantry). Resample the image to a rectangular grid first."
        )


def compact(array: np.ndarray) -> np.ndarray:
    """Voxels as this program keeps them: int16 where that is exact, else float32.

    Integer arrays become int16 if their values fit and float32 if not; real arrays stay real.
    NaN and infinite voxels become the smallest finite value, which is air or background in
    every modality.

    Args:
        array: (I, J, K) of any integer or real dtype.

    Returns:
        (I, J, K) int16 or float32; the array itself where it is that already.

    Raises:
        ImageFormatError: if no voxel is finite.
    """
    if array.dtype.kind in "iub":
        limits = np.iinfo(np.int16)
        fits = array.dtype.kind == "b" or (array.min() >= limits.min and array.max() <= limits.max)
        return array.astype(np.int16 if fits else np.float32, copy=False)
    with np.errstate(over="ignore"):  # beyond float32 becomes infinite and is replaced below
        voxels = array.astype(np.float32, copy=False)
    finite = np.isfinite(voxels)
    if finite.all():
        return voxels
    if not finite.any():
        raise ImageFormatError("The image must hold numbers, but every voxel is NaN or infinite.")
    return np.where(finite, voxels, voxels[finite].min())


def guess_modality(voxels: np.ndarray) -> Modality:
    """CT if many values reach down to air in HU; MR if hardly any are negative; else OT (other).

    A CT may also lie 1024 above HU. Judged by the bulk of the voxels: a few of them may hold anything.

    Args:
        voxels: (X, Y, Z) int16 or float32 in the file's units.
    """
    sample = sample_of(voxels, _SAMPLES)
    in_body = sample[sample >= _HU_FLOOR]
    if in_body.size:
        air, metal = float((in_body <= _CT_AIR_HU).mean()), float((in_body > -_HU_FLOOR).mean())
        if air >= _LEAST_AIR and metal <= _MOST_METAL and float(np.median(in_body)) <= _MEDIAN_HU:
            return "CT"
    if hounsfield_offset(voxels):
        return "CT"
    lowest, highest = np.percentile(sample, _BULK_PERCENTILES)
    return "MR" if lowest >= -_MR_RINGING * highest else "OT"


def _offset_note(offset: int) -> str:
    return (
        f"The values lie {offset} above Hounsfield units (air at 0, water at {offset}), so a CT's windows "
        "are moved up by as much; the values stay as they are."
    )
