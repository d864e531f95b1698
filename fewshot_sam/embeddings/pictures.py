"""Embeddings of unrelated pictures: each is encoded alone, as large as the encoder takes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fewshot_sam.data.pictures import single_picture
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.windowing import Window, default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import cache_key, encode_volume
from fewshot_sam.embeddings.plan import nearest_first
from fewshot_sam.progress import Progress, counted_on, no_progress

if TYPE_CHECKING:
    from fewshot_sam.data.volume import Volume
    from fewshot_sam.encoders.base import Encoder


def encode_pictures(
    stack: Volume,
    encoder: Encoder,
    cache: EmbeddingCache,
    *,
    window: Window | None = None,
    progress: Progress = no_progress,
    first: int | None = None,
    wanted: Iterable[int] | None = None,
) -> None:
    """Embed the pictures of a stack that the cache does not hold yet, nearest to ``first`` first.

    Args:
        window: intensities shown to the encoder; default each picture's own.
        progress: called with ``done`` and ``total`` after each.
        wanted: indices of pictures; default all.

    Raises:
        UserError: if the disk is full.
    """
    indices = sorted(set(wanted)) if wanted is not None else list(range(len(stack.pictures)))
    centre = len(stack.pictures) // 2 if first is None else first
    for done, index in enumerate(nearest_first(indices, centre)):
        here = counted_on(progress, done, len(indices))
        encode_volume(single_picture(stack, index), Plane.AXIAL, encoder, cache, window=window, progress=here)


def count_encoded_pictures(
    stack: Volume, encoder: Encoder, cache: EmbeddingCache, wanted: Iterable[int] | None = None
) -> tuple[int, int]:
    """How many of the pictures the cache holds, and how many there are; ``wanted`` as above."""
    indices = list(wanted) if wanted is not None else list(range(len(stack.pictures)))
    pictures = (single_picture(stack, index) for index in indices)  # one in memory at a time
    keys = [cache_key(each, Plane.AXIAL, encoder, default_window(each)) for each in pictures]
    return sum(int(cache.open(key).done[0]) for key in keys), len(indices)
