"""Running the encoder over a volume's slices, into the cache."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.windowing import Window, default_window, shown_slice
from fewshot_sam.embeddings.cache import CacheKey, EmbeddingCache, Embeddings
from fewshot_sam.embeddings.painted_region import NOTHING_PAINTED, PaintedRegion
from fewshot_sam.embeddings.plan import coarse_to_fine, nearest_first, slices_to_encode
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.progress import Progress, Stage, counted_on, no_progress

if TYPE_CHECKING:
    from fewshot_sam.data.volume import Volume
    from fewshot_sam.encoders.base import Encoder

_PREPARATION_VERSION = 1


@dataclass(frozen=True, eq=False)
class PlaneEmbeddings:
    """A plane's encoded slices.

    Attributes:
        indices: (slices,) int64 canonical slice indices that are encoded, ascending.
    """

    plane: Plane
    indices: np.ndarray
    embeddings: Embeddings

    def read(self, number: int) -> torch.Tensor:
        """(C, h, w) float16 of the slice ``indices[number]``, display orientation."""
        return torch.from_numpy(np.array(self.embeddings.read(int(self.indices[number]))))


def encode_volume(
    volume: Volume,
    plane: Plane,
    encoder: Encoder,
    cache: EmbeddingCache,
    *,
    window: Window | None = None,
    progress: Progress = no_progress,
    first_slice: int | None = None,
    slices: Iterable[int] | None = None,
) -> Embeddings:
    """Embed the slices of a plane that the cache does not hold yet, nearest to ``first_slice`` first.

    One slice is in memory at a time. Stopping at any moment (OperationCancelled from ``progress``, a
    killed process) loses at most that slice.

    Args:
        window: intensities shown to the encoder; default :func:`fewshot_sam.data.windowing.default_window`.
        progress: called after each slice with ``done``, ``total`` and, from the second on, ``slices_per_s``:
            the first may wait for the encoder to be compiled for its shape.
        first_slice: canonical index; default the middle.
        slices: only these canonical indices; default all.

    Returns:
        The cache entry, with at least the wanted slices done.

    Raises:
        UserError: if the disk is full.
    """
    window = window or default_window(volume)
    framing = Framing.of(volume, plane, encoder)
    embeddings = cache.open(cache_key(volume, plane, encoder, window))
    wanted = sorted(set(slices)) if slices is not None else list(range(volume.slice_count(plane)))
    centre = len(embeddings) // 2 if first_slice is None else first_slice
    done = embeddings.done
    missing = nearest_first([index for index in wanted if not done[index]], centre)
    total, first_done_at = len(wanted), 0.0
    if not missing:
        progress(Stage.ENCODE, 1.0, done=total, total=total)
    for count, index in enumerate(missing, start=1):
        if not embeddings.done[index]:  # another process may have come first
            image = shown_slice(volume, plane, index, window)
            embeddings.write(index, encode_slice(image, framing, encoder))
        finished = total - len(missing) + count
        first_done_at = first_done_at or time.monotonic()
        rate = (count - 1) / max(time.monotonic() - first_done_at, 1e-9)
        details = {"slices_per_s": rate} if rate else {}
        progress(Stage.ENCODE, finished / total, done=finished, total=total, **details)
    return embeddings


def encode_planes(
    volume: Volume,
    plane: Plane,
    encoder: Encoder,
    cache: EmbeddingCache,
    window: Window | None,
    progress: Progress,
    painted: PaintedRegion = NOTHING_PAINTED,
    whole: bool = True,
    first_slice: int | None = None,
    orthogonal: bool = True,
) -> list[PlaneEmbeddings]:
    """Embed what :func:`~fewshot_sam.embeddings.plan.slices_to_encode` names and the cache does not hold yet.

    Args:
        window: see :func:`encode_volume`.
        progress: as in :func:`encode_volume`, over all planes together.
        painted, whole, orthogonal: see :func:`~fewshot_sam.embeddings.plan.slices_to_encode`.
        first_slice: canonical index in the annotation plane where to begin; default the middle.

    Returns:
        The planes' slices, the annotation plane first.
    """
    wanted = slices_to_encode(volume, plane, encoder, painted, whole, orthogonal)
    total, done = sum(map(len, wanted.values())), 0
    embeddings: dict[Plane, Embeddings] = {}
    for each, slices in coarse_to_fine(wanted):
        embeddings[each] = encode_volume(
            volume,
            each,
            encoder,
            cache,
            window=window,
            slices=slices,
            progress=counted_on(progress, done, total),
            first_slice=first_slice if each == plane else None,
        )
        done += len(slices)
    return [PlaneEmbeddings(each, np.array(slices), embeddings[each]) for each, slices in wanted.items()]


def count_encoded(
    volume: Volume,
    plane: Plane,
    encoder: Encoder,
    cache: EmbeddingCache,
    painted: PaintedRegion = NOTHING_PAINTED,
    whole: bool = True,
) -> tuple[int, int]:
    """How many of the slices that :func:`encode_planes` embeds the cache holds, and how many it embeds."""
    wanted = slices_to_encode(volume, plane, encoder, painted, whole)
    window = default_window(volume)
    done = sum(
        int(cache.open(cache_key(volume, each, encoder, window)).done[slices].sum())
        for each, slices in wanted.items()
    )
    return done, sum(map(len, wanted.values()))


def cache_key(volume: Volume, plane: Plane, encoder: Encoder, window: Window) -> CacheKey:
    """The cache key of a volume's slices."""
    framing = Framing.of(volume, plane, encoder)
    preparation = f"v{_PREPARATION_VERSION} window {window.low:g} {window.high:g} input {framing.input_size}"
    padded = encoder.padded_size(framing.input_size)
    if padded != (encoder.input_size, encoder.input_size):  # entries of the padded square keep their names
        preparation += f" padded {padded}"
    shape = (encoder.channels, *framing.grid_size)
    return CacheKey(
        volume.content_hash, str(plane), encoder.signature, preparation, volume.slice_count(plane), shape
    )


def encode_slice(image: np.ndarray, framing: Framing, encoder: Encoder) -> np.ndarray:
    """The embedding of a slice, without the cells that see only padding.

    Args:
        image: (rows, columns) or (rows, columns, 3) float32 in 0..1, display orientation.

    Returns:
        (C, h, w) float32.
    """
    prepared = encoder.prepare(image, framing.input_size)
    height, width = framing.grid_size
    return encoder.encode(prepared[None])[0, :, :height, :width]
