"""How much memory reading takes, for the tests of limits."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from fewshot_sam.io.limits import ReadLimits

MIB = 2**20
SMALL = ReadLimits(
    max_voxels=1000,
    max_slices=20,
    max_unpacked_bytes=4 * MIB,
    unpacked_ratio=3,
    always_unpacked_bytes=2 * MIB,
)


@contextmanager
def memory_below(most_bytes: int) -> Iterator[None]:
    """Fail if Python and numpy take more memory at a time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most_bytes
    finally:
        tracemalloc.stop()
