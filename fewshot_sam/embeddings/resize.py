"""Between the sizes of slices: voxels, the encoder's square input, embedding cells, and blocks of voxels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from fewshot_sam.data.planes import Plane
    from fewshot_sam.data.volume import Volume
    from fewshot_sam.encoders.base import Encoder

MASK_PIXELS_PER_CELL = 4
"""SAM's mask decoder answers with 4 x 4 mask pixels for each cell of the embedding grid."""
MAX_CELLS_PER_VOXEL = 0.75
"""At most so many embedding cells along a voxel: hippocampus crops of 50 voxels, which would have 1.25 of
LiteMedSAM's, gave Dice 0.68 so and 0.73 with 0.75."""


@dataclass(frozen=True)
class Framing:
    """Sizes of one plane's slices, in display orientation, as (rows, columns).

    The slice is resized so that its physical aspect is kept and its longer side fills the input, or has
    three cells for four voxels; the rest is padding, and cells that see only padding are dropped.

    Attributes:
        slice_size: pixels of a slice.
        input_size: pixels of the slice inside the encoder's input, whole embedding cells.
        grid_size: embedding cells the slice covers.
    """

    slice_size: tuple[int, int]
    input_size: tuple[int, int]
    grid_size: tuple[int, int]

    @classmethod
    def of(cls, volume: Volume, plane: Plane, encoder: Encoder) -> Framing:
        """The framing of a volume's slices for an encoder."""
        across = [axis for axis in range(3) if axis != plane.axis]
        columns, rows = (volume.shape[axis] for axis in across)
        width_mm, height_mm = (volume.shape[axis] * volume.spacing_mm[axis] for axis in across)
        longest_mm = max(width_mm, height_mm)
        longest = columns if width_mm >= height_mm else rows
        # A crop of few voxels shown at full size is a blur unlike anything the encoder was trained on.
        longest_mm *= max(1.0, encoder.grid_size / (MAX_CELLS_PER_VOXEL * longest))
        cell = encoder.input_size // encoder.grid_size
        grid = tuple(
            min(encoder.grid_size, max(1, round(encoder.grid_size * extent / longest_mm)))
            for extent in (height_mm, width_mm)
        )
        return cls((rows, columns), (grid[0] * cell, grid[1] * cell), (grid[0], grid[1]))

    @property
    def mask_size(self) -> tuple[int, int]:
        """Pixels of the decoder's low resolution masks."""
        return self.grid_size[0] * MASK_PIXELS_PER_CELL, self.grid_size[1] * MASK_PIXELS_PER_CELL


def one_hot_at(label_map: np.ndarray, codes: tuple[int, ...], size: tuple[int, int]) -> torch.Tensor:
    """Share of each pixel of ``size`` that each label covers.

    Args:
        label_map: (rows, columns) integer, display orientation.
        codes: the labels; background is added as channel 0 and takes what no label covers.

    Returns:
        (1 + labels, height, width) float32 in 0..1, summing to 1 over the channels.
    """
    masks = torch.from_numpy(np.stack([label_map == code for code in codes]).astype(np.float32))
    scaled = F.interpolate(masks[None], size=size, mode="bilinear", align_corners=False, antialias=True)[0]
    scaled = scaled.clamp(0.0, 1.0)
    return torch.cat([(1.0 - scaled.sum(0, keepdim=True)).clamp(min=0.0), scaled])


def reduce(image: np.ndarray, step: int) -> np.ndarray:
    """Means of step x step blocks of a (rows, columns) float32 image, the last ones repeated at the edge.

    Returns:
        (ceil(rows / step), ceil(columns / step)) float32; :func:`enlarge` goes back.
    """
    if step == 1:
        return image
    rows, columns = image.shape
    padded = np.pad(image, ((0, -rows % step), (0, -columns % step)), mode="edge")
    return padded.reshape(padded.shape[0] // step, step, -1, step).mean(axis=(1, 3), dtype=np.float32)


def label_shares(image: np.ndarray, codes: tuple[int, ...], step: int) -> np.ndarray:
    """Share of each block of step x step pixels that a label covers.

    Args:
        image: (rows, columns) integer label map.
        codes: the labels; background comes first in the result.

    Returns:
        (classes, rows / step, columns / step) float32 in 0..1.
    """
    values = np.array((0, *codes))[:, None, None]
    return np.stack([reduce(mask, step) for mask in (image[None] == values).astype(np.float32)])


def enlarge(maps: np.ndarray, step: int, size: tuple[int, int]) -> np.ndarray:
    """Inverse of :func:`reduce` on the last two axes, bilinear, cut to ``size``.

    Args:
        maps: (classes, slices, rows / step, columns / step) float16.
        size: (rows, columns).

    Returns:
        (classes, slices, rows, columns) float16.
    """
    if step == 1:
        return maps
    enlarged = np.empty((*maps.shape[:2], *size), np.float16)
    for index in range(maps.shape[1]):
        images = torch.from_numpy(maps[:, index]).float()[None]
        scaled = F.interpolate(images, scale_factor=step, mode="bilinear", align_corners=False)[0]
        enlarged[:, index] = scaled[:, : size[0], : size[1]].numpy()
    return enlarged
