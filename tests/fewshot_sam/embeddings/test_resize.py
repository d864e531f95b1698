"""How slices lie in the encoder's input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.resize import MASK_PIXELS_PER_CELL, MAX_CELLS_PER_VOXEL, Framing, one_hot_at
from tests.fewshot_sam.toy_encoder import ToyEncoder

ENCODER = ToyEncoder()


def framing(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float], plane: Plane) -> Framing:
    grid = SourceGrid(shape, np.diag([*spacing_mm, 1.0]))
    return Framing.of(Volume(np.zeros(shape, np.int16), grid), plane, ENCODER)


@pytest.mark.parametrize(
    ("plane", "slice_size", "grid_size"),
    [
        (Plane.AXIAL, (20, 40), (4, 8)),  # rows Y 20 mm, columns X 40 mm
        (Plane.CORONAL, (10, 40), (8, 8)),  # rows Z 40 mm, columns X 40 mm
        (Plane.SAGITTAL, (10, 20), (8, 4)),  # rows Z 40 mm, columns Y 20 mm
    ],
)
def test_sizes_keep_the_physical_aspect(
    plane: Plane, slice_size: tuple[int, int], grid_size: tuple[int, int]
) -> None:
    result = framing((40, 20, 10), (1.0, 1.0, 4.0), plane)
    assert result.slice_size == slice_size
    assert result.grid_size == grid_size
    assert result.input_size == (grid_size[0] * 4, grid_size[1] * 4)
    assert result.mask_size == (grid_size[0] * MASK_PIXELS_PER_CELL, grid_size[1] * MASK_PIXELS_PER_CELL)


lengths = st.integers(1, 300)
spacings = st.floats(0.01, 50)


@given(st.tuples(lengths, lengths, lengths), st.tuples(spacings, spacings, spacings), st.sampled_from(Plane))
def test_every_slice_fits_and_fills_one_side_unless_it_is_tiny(
    shape: tuple[int, int, int], spacing_mm: tuple[float, float, float], plane: Plane
) -> None:
    grid = SourceGrid(shape, np.diag([*spacing_mm, 1.0]))
    voxels = np.broadcast_to(np.int16(0), shape)
    result = Framing.of(Volume(voxels, grid), plane, ENCODER)
    columns, rows = (axis for axis in range(3) if axis != plane.axis)
    longest = max((rows, columns), key=lambda axis: shape[axis] * spacing_mm[axis])
    filled = min(1.0, MAX_CELLS_PER_VOXEL * shape[longest] / ENCODER.grid_size)
    assert max(result.grid_size) == pytest.approx(max(1, filled * ENCODER.grid_size), abs=0.51)
    assert 1 <= min(result.grid_size) <= max(result.grid_size) <= ENCODER.grid_size
    assert max(result.input_size) == max(result.grid_size) * ENCODER.input_size // ENCODER.grid_size


def test_shares_sum_to_one_and_keep_the_area() -> None:
    labels = np.zeros((40, 40), np.uint16)
    labels[8:24, 8:24] = 3
    labels[24:32, 8:24] = 700
    shares = one_hot_at(labels, (3, 700), (20, 20))
    assert shares.shape == (3, 20, 20)
    assert shares.dtype == torch.float32
    torch.testing.assert_close(shares.sum(0), torch.ones(20, 20))
    areas = shares.sum((1, 2)) * 4
    np.testing.assert_allclose(areas[1:], [16 * 16, 8 * 16], rtol=0.02)
    assert shares[1, 8, 8] == pytest.approx(1.0, abs=1e-5)


def test_labels_not_asked_for_are_background() -> None:
    labels = np.full((8, 8), 5, np.uint16)
    shares = one_hot_at(labels, (3,), (4, 4))
    assert shares[0].min() == 1.0
    assert shares[1].max() == 0.0
