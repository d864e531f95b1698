"""In which number format the decoder computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from fewshot_sam.encoders.devices import cuda_autocast_dtype


def autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where the hardware multiplies it (measured 4 times faster on AVX512-BF16), else float32."""
    if device.type == "cuda":
        return torch.autocast("cuda", dtype=cuda_autocast_dtype(device))
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=_cpu_has_bfloat16())


def _cpu_has_bfloat16() -> bool:
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_threads(
    work: Callable[[_Item], _Result], items: Iterable[_Item], max_workers: int | None = None
) -> Iterator[_Result]:
    """``work`` of each item in order, several at once, each on one processor; at most ``max_workers``.

    Many small slices finish sooner this way than with all processors inside every one of them.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    pool = ThreadPoolExecutor(
        max(1, min(before, os.cpu_count() or 1, max_workers or before)),
        initializer=torch.set_num_threads,
        initargs=(1,),
    )
    try:
        yield from pool.map(work, items)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)
