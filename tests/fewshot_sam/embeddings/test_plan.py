"""Embeddings of three planes: which slices are encoded, and reading them on the annotation plane's voxels."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.plan import StackAxes, VectorField, encode_planes, slices_to_encode
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.errors import OperationCancelled
from fewshot_sam.progress import no_progress
from tests.fewshot_sam.toy_encoder import ToyEncoder, volume_of

SHAPE, SPACING_MM = (23, 10, 13), (1.0, 2.5, 1.7)
CELLS = (5, 3)
DEPTH = 4


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path)


def volume(
    shape: tuple[int, int, int] = SHAPE, spacing_mm: tuple[float, float, float] = SPACING_MM
) -> Volume:
    labels = np.zeros(shape, np.uint16)
    labels[shape[0] // 2] = 1
    return volume_of(labels, spacing_mm)


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
    axes = StackAxes.of(volume(), annotated)
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


def test_a_plane_of_one_slice_says_the_same_everywhere_along_its_axis() -> None:
    vectors = torch.randn(1, *CELLS, DEPTH, generator=torch.Generator().manual_seed(0))
    axes = StackAxes.of(volume(), Plane.AXIAL)
    field = VectorField(vectors, Plane.AXIAL, np.array([7]), axes)
    rows, columns = (np.arange(length) for length in axes.shape[1:])
    assert torch.equal(field.read(0, rows, columns), field.read(12, rows, columns))


def test_half_precision_vectors_are_read_as_float32() -> None:
    vectors = torch.randn(3, *CELLS, DEPTH, generator=torch.Generator().manual_seed(0))
    axes = StackAxes.of(volume(), Plane.AXIAL)
    rows, columns = (np.arange(length) for length in axes.shape[1:])
    half = VectorField(vectors.half(), Plane.CORONAL, np.array([1, 4, 7]), axes).read(5, rows, columns)
    full = VectorField(vectors, Plane.CORONAL, np.array([1, 4, 7]), axes).read(5, rows, columns)
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, full, atol=5e-3, rtol=0)


@pytest.mark.parametrize("plane", Plane)
def test_a_stack_has_the_axes_of_displayed_slices(plane: Plane) -> None:
    scan = volume()
    axes = StackAxes.of(scan, plane)
    displayed = to_display(take_slice(scan.voxels, plane, 0))
    assert axes.shape == (scan.slice_count(plane), *displayed.shape)
    assert axes.order[0] == plane.axis
    assert axes.spacing_mm(scan) == tuple(SPACING_MM[axis] for axis in axes.order)


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize(
    ("shape", "spacing_mm"),
    [
        (SHAPE, SPACING_MM),
        ((64, 64, 64), (1.0, 1.0, 1.0)),
        ((512, 512, 40), (0.8, 0.8, 5.0)),
        ((1, 2, 1), (1, 1, 1)),
    ],
)
def test_which_slices_are_encoded(
    plane: Plane, shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]
) -> None:
    scan, encoder = volume(shape, spacing_mm), ToyEncoder()
    wanted = slices_to_encode(scan, plane, encoder)
    assert next(iter(wanted)) == plane
    assert set(wanted) == set(Plane)
    assert wanted[plane] == list(range(scan.slice_count(plane)))
    rows, columns = Framing.of(scan, plane, encoder).grid_size
    first, second = (axis for axis in range(3) if axis != plane.axis)
    cell_mm = max(shape[first] * spacing_mm[first] / columns, shape[second] * spacing_mm[second] / rows)
    for side in set(Plane) - {plane}:
        count, slices = shape[side.axis], wanted[side]
        assert slices == sorted(set(slices))
        assert slices[0] >= 0 and slices[-1] < count
        gaps = set(np.diff(slices))
        assert len(gaps) <= 1
        assert all(gap == 1 or gap * spacing_mm[side.axis] <= cell_mm for gap in gaps)
        between = gaps.pop() if gaps else count
        assert slices[0] < between and count - 1 - slices[-1] < between


def test_sides_of_isotropic_volumes_are_as_many_as_cells() -> None:
    wanted = slices_to_encode(volume((64, 64, 64), (1.0, 1.0, 1.0)), Plane.AXIAL, ToyEncoder())
    assert wanted[Plane.CORONAL] == wanted[Plane.SAGITTAL] == list(range(4, 64, 8))


def test_encoding_tells_one_progress_over_all_planes(cache: EmbeddingCache) -> None:
    calls: list[tuple[float, int, int]] = []

    def progress(stage: str, fraction: float, **details: Any) -> None:
        assert stage == "Encoding slices"
        calls.append((fraction, details["done"], details["total"]))

    scan, encoder = volume(), ToyEncoder()
    planes = encode_planes(scan, Plane.CORONAL, encoder, cache, None, progress)
    total = sum(len(each.indices) for each in planes)
    assert planes[0].plane == Plane.CORONAL
    assert encoder.encoded == total
    assert {call[2] for call in calls} == {total}
    assert [call[1] for call in calls] == list(range(1, total + 1))
    np.testing.assert_allclose([call[0] for call in calls], np.arange(1, total + 1) / total)


def test_encoding_goes_on_where_it_was_stopped(cache: EmbeddingCache) -> None:
    left = 20

    def stop(stage: str, fraction: float, **details: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OperationCancelled

    scan, encoder = volume(), ToyEncoder()
    with pytest.raises(OperationCancelled):
        encode_planes(scan, Plane.AXIAL, encoder, cache, None, stop)
    assert encoder.encoded == 20
    fractions: list[float] = []
    planes = encode_planes(
        scan, Plane.AXIAL, encoder, cache, None, lambda stage, fraction, **details: fractions.append(fraction)
    )
    total = sum(len(each.indices) for each in planes)
    assert encoder.encoded == total
    assert fractions == sorted(fractions)
    assert fractions[0] == 13 / total  # the annotation plane's slices were all done
    assert fractions[-1] == 1.0
    fractions.clear()
    encode_planes(
        scan, Plane.AXIAL, encoder, cache, None, lambda stage, fraction, **details: fractions.append(fraction)
    )
    assert encoder.encoded == total
    assert fractions[-1] == 1.0


def test_of_the_annotation_plane_only_what_is_painted(cache: EmbeddingCache) -> None:
    scan, encoder = volume(), ToyEncoder()
    planes = encode_planes(scan, Plane.AXIAL, encoder, cache, None, no_progress, painted=[9, 2])
    assert planes[0].indices.tolist() == [2, 9]
    assert encoder.encoded == sum(len(each.indices) for each in planes)
    assert planes[0].read(1).shape == planes[0].embeddings.key.embedding_shape
    np.testing.assert_array_equal(planes[0].read(1).numpy(), planes[0].embeddings.read(9).astype(np.float32))
