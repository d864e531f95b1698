"""How a 2D slice lies in the encoder's square input, and how masks follow it there and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.encoders.base import Encoder

MASK_PIXELS_PER_CELL = 4
"""SAM's mask decoder answers with 4 x 4 mask pixels for each cell of the embedding grid."""
MOST_CELLS_A_VOXEL = 0.75
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
        longest_mm *= max(1.0, encoder.grid_size / (MOST_CELLS_A_VOXEL * longest))
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
