"""A scalar volume on its canonical grid, with the source grid kept beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from fewshot_sam.data.hounsfield import hounsfield_offset
from fewshot_sam.data.pictures import Picture
from fewshot_sam.data.planes import Plane

if TYPE_CHECKING:
    from fewshot_sam.data.grid import SourceGrid

Modality = Literal["CT", "MR", "OT"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)


@dataclass(frozen=True, eq=False)
class Volume:
    """A scalar 3D image.

    Attributes:
        voxels: canonical (X, Y, Z), int16 where exact, else float32; CT in HU. Not to be written to.
        source: the grid the image was stored on.
        modality: "CT", "MR" or "OT" (other).
        name: what people call it, usually the file's name without its ending.
        acquisition_plane: the plane the slices were acquired in, None where the format does not say.
        metadata: what else the file says, as short texts.
        pictures: of unrelated pictures, one for each axial slice; empty for a scan of a body.
        colour: (slices, rows, columns, 3) uint8 RGB in display orientation where pictures are in colour; then
            ``voxels`` are their luminance.

    Example:
        Four slices of 2 x 3 voxels, the stored columns from the patient's right to the left:

        >>> import numpy as np
        >>> from fewshot_sam import Volume
        >>> from fewshot_sam.data.grid import SourceGrid
        >>> from fewshot_sam.data.planes import Plane
        >>> grid = SourceGrid(shape=(2, 3, 4), affine=np.diag([-0.8, 0.8, 5.0, 1.0]))
        >>> stored = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
        >>> volume = Volume(grid.to_canonical(stored), grid, modality="CT")
        >>> volume.shape, volume.spacing_mm
        ((2, 3, 4), (0.8, 0.8, 5.0))
        >>> bool((volume.voxels == stored[::-1]).all())  # canonical axis 0 runs to the right
        True
        >>> volume.default_plane, volume.slice_count(Plane.AXIAL)
        (<Plane.AXIAL: 'axial'>, 4)
    """

    voxels: np.ndarray
    source: SourceGrid
    modality: Modality = "OT"
    name: str = "volume"
    acquisition_plane: Plane | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    colour: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along Right, Anterior, Superior."""
        x, y, z = self.voxels.shape
        return x, y, z

    @cached_property
    def affine(self) -> np.ndarray:
        """(4, 4) float64: canonical voxel index to world position in mm, RAS+."""
        return self.source.canonical_affine

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Voxel size along the canonical axes in mm."""
        x, y, z = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(x), float(y), float(z)

    @cached_property
    def hounsfield_offset(self) -> int:
        """How far the values of a CT lie above Hounsfield units; looked for once, windows ask often."""
        return hounsfield_offset(self.voxels)

    @property
    def default_plane(self) -> Plane:
        """The plane to annotate: acquired, else across a clearly coarser axis, else axial."""
        return self.acquisition_plane or plane_across(self.spacing_mm) or Plane.AXIAL

    def slice_count(self, plane: Plane) -> int:
        """Number of slices stacked along the plane's normal."""
        return self.shape[plane.axis]

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) of voxels, dtype, shape, affine, sizes of pictures and colour; the key of caches.

        The voxels count in X-fastest order, so the memory layout does not matter, and volumes as
        the readers make them (Fortran order) are not copied.
        """
        digest = start_content_hash(self)
        for k in range(self.shape[2]):  # a slice at a time: another layout is not copied whole
            digest.update(np.ascontiguousarray(self.voxels[:, :, k].T).data)
        for image in () if self.colour is None else self.colour:
            digest.update(np.ascontiguousarray(image).data)
        return digest.hexdigest()


def plane_across(spacing_mm: tuple[float, float, float]) -> Plane | None:
    """The plane across an axis with voxels over 1.5 times as long as along the others; None without one."""
    coarsest = int(np.argmax(spacing_mm))
    others = np.delete(np.asarray(spacing_mm), coarsest)
    return Plane.of_axis(coarsest) if spacing_mm[coarsest] > 1.5 * others.max() else None


def start_content_hash(volume: Volume) -> hashlib._Hash:
    """The digest behind :attr:`Volume.content_hash`, to be fed the voxels, X fastest, then the colour."""
    digest = hashlib.sha256(f"{volume.voxels.dtype.str}{volume.shape}".encode())
    digest.update((np.round(volume.affine, 6) + 0.0).astype("<f8").tobytes())
    if volume.pictures:
        digest.update(f"pictures {[(each.rows, each.columns) for each in volume.pictures]}".encode())
    return digest
