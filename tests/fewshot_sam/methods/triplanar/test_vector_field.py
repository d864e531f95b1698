"""Embeddings of three planes, read on the annotation plane's voxels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.stack import StackAxes
from fewshot_sam.methods.triplanar.features import VectorField
from tests.fewshot_sam.toy_encoder import truth, volume_of

SHAPE, SPACING_MM = (23, 10, 13), (1.0, 2.5, 1.7)
VOLUME = volume_of(truth(SHAPE), SPACING_MM)
CELLS = (5, 3)
DEPTH = 4


def canonical_value(vectors: np.ndarray, plane: Plane, indices: np.ndarray, point: list[float]) -> np.ndarray:
    """Linear interpolation at a canonical voxel coordinate, cell by cell, clamped at the outermost cells.

    Args:
        vectors: (n, D, h, w); rows of a display run against the slice's second canonical axis, columns
            against its first.
    """
    first, second = (axis for axis in range(3) if axis != plane.axis)
    height, width = vectors.shape[2:]
    places = [
        float(np.interp(point[plane.axis], indices, np.arange(len(indices)))),
        (point[second] + 0.5) / SHAPE[second] * height - 0.5,
        (point[first] + 0.5) / SHAPE[first] * width - 0.5,
    ]
    total = np.zeros(vectors.shape[1])
    for corner in np.ndindex(2, 2, 2):
        weight, at = 1.0, []
        for place, cells, upper in zip(places, (len(indices), height, width), corner, strict=True):
            place = min(max(place, 0.0), cells - 1.0)
            low = math.floor(place)
            weight *= place - low if upper else 1 - (place - low)
            at.append(min(low + upper, cells - 1))
        number, up, right = at
        total += weight * vectors[number, :, height - 1 - up, width - 1 - right]
    return total


def canonical_point(plane: Plane, index: float, row: float, column: float) -> list[float]:
    """Canonical voxel coordinate of a place on a displayed slice."""
    first, second = (axis for axis in range(3) if axis != plane.axis)
    point = [0.0, 0.0, 0.0]
    point[plane.axis], point[first], point[second] = (
        index,
        SHAPE[first] - 1 - column,
        SHAPE[second] - 1 - row,
    )
    return point


@pytest.mark.parametrize("annotated", Plane)
@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("stride", [1, 3])
def test_reading_interpolates_in_canonical_space(annotated: Plane, plane: Plane, stride: int) -> None:
    indices = np.arange(stride // 2, SHAPE[plane.axis], stride)
    vectors = torch.randn(len(indices), DEPTH, *CELLS, generator=torch.Generator().manual_seed(0))
    axes = StackAxes.of(VOLUME, annotated)
    field = VectorField(vectors.movedim(1, 3), plane, indices, axes)
    for step in (1, 2):
        rows, columns = (np.arange(0, length - 1, step) + (step - 1) / 2 for length in axes.shape[1:])
        for index in (0, 4, axes.shape[0] - 1):
            read = field.read(index, rows, columns)
            assert (read.shape, read.dtype) == ((len(rows), len(columns), DEPTH), torch.float32)
            wanted = [
                [
                    canonical_value(vectors.numpy(), plane, indices, canonical_point(annotated, index, r, c))
                    for c in columns
                ]
                for r in rows
            ]
            np.testing.assert_allclose(read.numpy(), wanted, rtol=0, atol=1e-5)


def test_a_plane_of_one_slice_is_constant_along_its_axis() -> None:
    vectors = torch.randn(1, *CELLS, DEPTH, generator=torch.Generator().manual_seed(0))
    axes = StackAxes.of(VOLUME, Plane.AXIAL)
    field = VectorField(vectors, Plane.AXIAL, np.array([7]), axes)
    rows, columns = (np.arange(length) for length in axes.shape[1:])
    assert torch.equal(field.read(0, rows, columns), field.read(12, rows, columns))


def test_half_precision_vectors_are_read_as_float32() -> None:
    vectors = torch.randn(3, *CELLS, DEPTH, generator=torch.Generator().manual_seed(0))
    axes = StackAxes.of(VOLUME, Plane.AXIAL)
    rows, columns = (np.arange(length) for length in axes.shape[1:])
    half = VectorField(vectors.half(), Plane.CORONAL, np.array([1, 4, 7]), axes).read(5, rows, columns)
    full = VectorField(vectors, Plane.CORONAL, np.array([1, 4, 7]), axes).read(5, rows, columns)
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, full, atol=5e-3, rtol=0)
