"""Intensities and places of voxels, at full and reduced resolution."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, windowed_slice
from fewshot_sam.embeddings.resize import reduce
from fewshot_sam.methods.triplanar.features import COUNT, LocalFeatures

SHAPE = (11, 14, 9)
WINDOW = Window(-150, 250)


def scan(shape: tuple[int, int, int] = SHAPE) -> Volume:
    voxels = np.random.default_rng(0).integers(-300, 400, shape).astype(np.int16)
    return Volume(voxels, SourceGrid(shape, np.diag([1.5, 1.0, 3.0, 1.0])), "CT")


def whole(local: LocalFeatures, index: int) -> np.ndarray:
    rows, columns = (slice(0, length) for length in local.size)
    return local.read(index, rows, columns).numpy()


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("step", [1, 2, 4])
def test_as_many_features_as_told_on_displayed_slices(plane: Plane, step: int) -> None:
    volume = scan()
    local = LocalFeatures(volume, plane, WINDOW, step)
    rows, columns = to_display(take_slice(volume.voxels, plane, 0)).shape
    assert local.size == (-(-rows // step), -(-columns // step))
    features = whole(local, 3)
    assert (features.shape, features.dtype) == ((COUNT, *local.size), np.float32)
    assert np.isfinite(features).all()
    assert np.abs(features).max() < 10


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("step", [1, 2, 3])
def test_the_first_feature_is_the_displayed_slice_or_its_blocks(plane: Plane, step: int) -> None:
    volume = scan()
    local = LocalFeatures(volume, plane, WINDOW, step)
    for index in (0, 5, volume.slice_count(plane) - 1):
        shown = reduce(windowed_slice(volume, plane, index, WINDOW), step)
        np.testing.assert_allclose(whole(local, index)[0], (shown - 0.5) * 3.0, atol=2e-3)


def test_a_part_of_a_slice_is_the_same_part_of_the_whole() -> None:
    local = LocalFeatures(scan(), Plane.CORONAL, WINDOW, 2)
    part = local.read(4, slice(1, 4), slice(2, 5)).numpy()
    np.testing.assert_array_equal(part, whole(local, 4)[:, 1:4, 2:5])


@pytest.mark.parametrize("step", [1, 2, 3])
def test_coordinates_are_the_middles_of_blocks(step: int) -> None:
    rows, columns = LocalFeatures(scan(), Plane.AXIAL, WINDOW, step).coordinates(slice(0, 3), slice(1, 3))
    assert rows.tolist() == [np.arange(block * step, (block + 1) * step).mean() for block in range(3)]
    assert columns.tolist() == [np.arange(block * step, (block + 1) * step).mean() for block in (1, 2)]


def test_places_run_from_minus_one_to_one_and_do_not_depend_on_the_scan() -> None:
    first = whole(LocalFeatures(scan(), Plane.AXIAL, WINDOW, 1), 2)[-15:]
    flat = Volume(np.zeros(SHAPE, np.int16), scan().source, "CT")
    np.testing.assert_array_equal(whole(LocalFeatures(flat, Plane.AXIAL, WINDOW, 1), 2)[-15:], first)
    row, column, deep = first[0], first[1], first[9]
    assert len(np.unique(deep)) == 1
    assert deep[0, 0] == pytest.approx((2 + 0.5) / 9 * 2 - 1)
    assert -1 < row[0, 0] < row[-1, 0] < 1
    assert row[0, 0] == pytest.approx(-row[-1, 0])
    assert -1 < column[0, 0] < column[0, -1] < 1


def test_values_beyond_the_window_differ_in_the_wide_one() -> None:
    voxels = np.full(SHAPE, 100, np.int16)
    voxels[:5], voxels[5:8] = 900, 1900
    local = LocalFeatures(Volume(voxels, scan().source, "CT"), Plane.AXIAL, WINDOW, 1)
    narrow, wide = whole(local, 4)[0], whole(local, 4)[COUNT - 16]
    assert len(np.unique(narrow)) == 2
    assert len(np.unique(wide)) == 3


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 2)])
def test_flat_volumes(shape: tuple[int, int, int]) -> None:
    local = LocalFeatures(scan(shape), Plane.AXIAL, WINDOW, 1)
    assert np.isfinite(whole(local, 0)).all()
