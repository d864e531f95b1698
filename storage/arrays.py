"""How arrays become bytes: voxels, masks and painted slices; lossless, without pickle."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from storage.blobs import BlobStore

VOXELS_KIND = "npy"
COLOUR_KIND = "rgb.npy"
MASK_KIND = "u8.gz"
HEADERS_KIND = "dicom.z"
PIECE_BYTES = 1024 * 1024


def put_voxels(blobs: BlobStore, voxels: np.ndarray) -> str:
    """Store voxels as .npy with X fastest, so that browsers get the file's bytes.

    Args:
        voxels: canonical (X, Y, Z) int16 or float32.
    """
    little_endian = voxels.astype(voxels.dtype.newbyteorder("<"), copy=False)
    array = np.asfortranarray(little_endian)
    return blobs.put(VOXELS_KIND, lambda file: np.lib.format.write_array(file, array, allow_pickle=False))


def put_voxel_blocks(
    blobs: BlobStore, dtype: np.dtype, shape: tuple[int, int, int], blocks: Iterable[np.ndarray]
) -> str:
    """Like :func:`put_voxels`, for voxels that come block by block; the blob is the same.

    Args:
        dtype: of the voxels, int16 or float32, little endian.
        shape: (X, Y, Z).
        blocks: 1D arrays of that type, X fastest; together every voxel.

    Raises:
        ValueError: the blocks do not fill the shape; nothing is stored.
    """
    # With one long axis both orders are the same, and numpy then states C.
    fortran_order = sum(length > 1 for length in shape) > 1
    header = {"descr": dtype.newbyteorder("<").str, "fortran_order": fortran_order, "shape": shape}
    return _put_blocks(blobs, VOXELS_KIND, header, dtype, blocks, "voxels")


def put_colour_blocks(blobs: BlobStore, shape: tuple[int, int, int], blocks: Iterable[np.ndarray]) -> str:
    """Store the colours of pictures as .npy, (slices, rows, columns, 3) uint8 in C order.

    Args:
        shape: (slices, rows, columns).
        blocks: 1D uint8 arrays, together all values.

    Raises:
        ValueError: the blocks do not fill the shape; nothing is stored.
    """
    header = {"descr": np.dtype(np.uint8).str, "fortran_order": False, "shape": (*shape, 3)}
    return _put_blocks(blobs, COLOUR_KIND, header, np.dtype(np.uint8), blocks, "colour values")


def _put_blocks(
    blobs: BlobStore,
    kind: str,
    header: dict[str, Any],
    dtype: np.dtype,
    blocks: Iterable[np.ndarray],
    what: str,
) -> str:
    """Store the values of 1D blocks, called ``what``, as .npy under a header whose shape they must fill."""
    values = math.prod(header["shape"])

    def write(file: BinaryIO) -> None:
        np.lib.format.write_array_header_1_0(file, header)
        left = values
        for block in blocks:
            left -= block.size
            file.write(np.ascontiguousarray(block, dtype).data)
        if left:
            raise ValueError(f"The blocks must hold {values} {what}, {left} are missing.")

    return blobs.put(kind, write)


def put_headers(blobs: BlobStore, packed: bytes) -> str:
    """Store the headers of DICOM files as they were packed."""
    return blobs.put(HEADERS_KIND, lambda file: file.write(packed))


def open_colour(blobs: BlobStore, key: str) -> np.ndarray:
    """Stored colours as a read-only memory map, (slices, rows, columns, 3) uint8.

    Raises:
        BlobError: they are missing or damaged.
    """
    return np.load(blobs.verified_path(key), mmap_mode="r", allow_pickle=False)


def open_voxels(blobs: BlobStore, key: str) -> np.ndarray:
    """The stored voxels as a read-only memory map, (X, Y, Z) int16 or float32, Fortran order.

    Raises:
        BlobError: they are missing or damaged.
    """
    return np.load(blobs.verified_path(key), mmap_mode="r", allow_pickle=False)


def voxels_offset(path: Path) -> int:
    """Bytes before the first voxel in a stored .npy file."""
    return int(np.load(path, mmap_mode="r", allow_pickle=False).offset)


def put_mask(blobs: BlobStore, mask: np.ndarray) -> str:
    """Store a canonical uint8 (X, Y, Z) mask or confidence: gzip, X fastest, as browsers take it."""
    if mask.dtype != np.uint8:
        raise ValueError(f"A stored mask must be uint8, got {mask.dtype}.")
    # mtime=0: equal masks must be equal blobs
    compressed = gzip.compress(mask.tobytes(order="F"), compresslevel=1, mtime=0)
    return blobs.put(MASK_KIND, lambda file: file.write(compressed))


def load_mask(blobs: BlobStore, key: str, shape: tuple[int, int, int]) -> np.ndarray:
    """A stored mask or confidence, uint8 (X, Y, Z), Fortran order; takes no more memory than its own size.

    Raises:
        BlobError: it is missing or damaged.
        ValueError: it has another size.
    """
    voxels = np.empty(math.prod(shape), np.uint8)
    filled = 0
    with gzip.open(blobs.verified_path(key), "rb") as file:
        while piece := file.read(PIECE_BYTES):
            voxels[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
            filled += len(piece)
    if filled != voxels.size:
        raise ValueError(f"The stored mask {key} must hold {voxels.size} voxels, got {filled}.")
    return voxels.reshape(shape, order="F")


def load_mask_slice(
    blobs: BlobStore, key: str, shape: tuple[int, int, int], axis: int, index: int
) -> np.ndarray:
    """One slice of a stored mask, uint8, the two other axes in their order; needs memory for no more.

    Raises:
        BlobError: it is missing or damaged.
        ValueError: it has another size.
    """
    columns, rows, layers = shape
    kept = []
    with gzip.open(blobs.verified_path(key), "rb") as file:
        for layer in range(layers):
            piece = file.read(columns * rows)
            if len(piece) != columns * rows:
                raise ValueError(f"The stored mask {key} must hold {math.prod(shape)} voxels, got fewer.")
            flat = np.frombuffer(piece, np.uint8).reshape((columns, rows), order="F")
            if axis == 2 and layer == index:
                return flat
            if axis != 2:
                kept.append(flat[index].copy() if axis == 0 else flat[:, index].copy())
    return np.stack(kept, axis=1)


def pack_slice(label_map: np.ndarray) -> bytes:
    """A uint8 (rows, columns) label map as zlib bytes."""
    return zlib.compress(np.ascontiguousarray(label_map, np.uint8).tobytes(), 6)


def unpack_slice(data: bytes, rows: int, columns: int) -> np.ndarray:
    """Inverse of :func:`pack_slice`."""
    return np.frombuffer(zlib.decompress(data), np.uint8).reshape(rows, columns)
