"""The voxels of one of the volumes in a file, I fastest, read without the others."""

from __future__ import annotations

import math

import numpy as np

from fewshot_sam.io.halving import read_halved
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.inflate import InflatingReader
from fewshot_sam.io.parsing.several import FilePart


def bytes_up_to(shape: tuple[int, ...], dtype: np.dtype, part: FilePart) -> int:
    """Bytes from the first voxel of the file's first volume to the last one of the part."""
    return (part.frame + 1) * math.prod(shape) * part.channels * dtype.itemsize


def read_part(
    reader: InflatingReader,
    shape: tuple[int, int, int],
    dtype: np.dtype,
    part: FilePart,
    half: ReadLimits | None = None,
) -> np.ndarray:
    """Read one part of a file slice by slice.

    Args:
        reader: at the first voxel of the file's first volume.
        shape: (I, J, K) of each volume.
        dtype: of each number, any integer or float type.
        part: which one; the numbers of a voxel lie side by side.
        half: read at half resolution, as these limits say.

    Returns:
        (I, J, K) in ``dtype``, in Fortran order; of half the length along each axis where ``half`` is given.

    Raises:
        DamagedStreamError: there are fewer bytes, or they cannot be inflated.
    """
    reader.skip(part.frame * bytes_up_to(shape, dtype, FilePart(weights=part.weights)))
    if part.channels == 1 and half is None:
        return reader.read_array(dtype, math.prod(shape)).reshape(shape, order="F")
    columns, rows, slices = shape

    def next_slice() -> np.ndarray:
        numbers = reader.read_array(dtype, part.channels * columns * rows)
        return part.of(numbers.reshape((part.channels, columns, rows), order="F"))

    if half is not None:
        return read_halved(shape, dtype, half, next_slice)
    array = np.empty(shape, dtype, order="F")
    for k in range(slices):
        array[:, :, k] = next_slice()
    return array
