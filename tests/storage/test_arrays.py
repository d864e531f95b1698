"""Arrays as bytes and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from storage import arrays
from storage.blobs import BlobStore


@pytest.mark.parametrize("dtype", ["<i2", ">i2", "<f4"])
def test_voxels_are_stored_little_endian_with_x_fastest(tmp_path: Path, dtype: str) -> None:
    blobs = BlobStore(tmp_path)
    voxels = np.arange(24).reshape(2, 3, 4).astype(dtype)
    key = arrays.put_voxels(blobs, voxels)
    stored = blobs.path(key).read_bytes()[arrays.voxels_offset(blobs.path(key)) :]
    expected = voxels.astype(voxels.dtype.newbyteorder("<")).tobytes(order="F")
    assert stored == expected
    assert np.array_equal(arrays.open_voxels(blobs, key), voxels)


@pytest.mark.parametrize("shape", [(2, 3, 4), (1, 1, 7), (1, 3, 4), (5, 1, 1), (1, 1, 1)])
@pytest.mark.parametrize("dtype", ["<i2", "<f4"])
def test_voxels_in_blocks_are_the_same_blob(tmp_path: Path, shape: tuple[int, int, int], dtype: str) -> None:
    blobs = BlobStore(tmp_path)
    voxels = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    flat = voxels.ravel(order="F")
    key = arrays.put_voxel_blocks(
        blobs, voxels.dtype, shape, (flat[i : i + 5] for i in range(0, flat.size, 5))
    )
    assert key == arrays.put_voxels(blobs, voxels)


@pytest.mark.parametrize("count", [23, 25])
def test_blocks_that_do_not_fill_the_shape_store_nothing(tmp_path: Path, count: int) -> None:
    blobs = BlobStore(tmp_path)
    with pytest.raises(ValueError, match="must hold 24 voxels"):
        arrays.put_voxel_blocks(blobs, np.dtype("<i2"), (2, 3, 4), [np.zeros(count, np.int16)])
    assert blobs.keys() == []


def test_voxels_cannot_be_written_through_the_map(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    voxels = arrays.open_voxels(blobs, arrays.put_voxels(blobs, np.zeros((2, 2, 2), np.int16)))
    with pytest.raises(ValueError, match="read-only"):
        voxels[0, 0, 0] = 1


def test_equal_masks_are_one_blob(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    mask = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    key = arrays.put_mask(blobs, mask)
    assert arrays.put_mask(blobs, np.asfortranarray(mask)) == key
    assert np.array_equal(arrays.load_mask(blobs, key, (2, 3, 4)), mask)


def test_a_mask_must_be_uint8(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be uint8, got int64"):
        arrays.put_mask(BlobStore(tmp_path), np.zeros((1, 1, 1), np.int64))


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_slices_round_trip(label_map: np.ndarray) -> None:
    rows, columns = label_map.shape
    assert np.array_equal(arrays.unpack_slice(arrays.pack_slice(label_map), rows, columns), label_map)
