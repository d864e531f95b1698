"""Few-shot embeddings: the embeddings under each label's mask, reduced to prototypes."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy.cluster.vq import kmeans2


def label_prototypes(
    embeddings: list[torch.Tensor],
    targets: list[torch.Tensor],
    count: int,
    seed: int,
    max_pixels: int = 8000,
) -> torch.Tensor:
    """K-means centres of the embeddings under each label's mask.

    Args:
        embeddings: of each painted slice (C, h, w) float.
        targets: of each painted slice (classes, H, W) float32 in 0..1, see
            :func:`fewshot_sam.embeddings.resize.one_hot_at`; brought down to the embedding grid here.
        count: prototypes a class.
        max_pixels: classes with more cells than this are thinned at random.

    Returns:
        (classes, count, C) float32.
    """
    generator = np.random.default_rng(seed)
    pixels = torch.cat([embedding.flatten(1) for embedding in embeddings], dim=1).T.numpy()
    cells = [
        F.adaptive_avg_pool2d(t, (e.shape[1], e.shape[2])) for e, t in zip(embeddings, targets, strict=True)
    ]
    share = torch.cat([cell.flatten(1) for cell in cells], dim=1).numpy()
    return torch.from_numpy(np.stack([_centres(pixels, row, count, generator, max_pixels) for row in share]))


def _centres(
    pixels: np.ndarray, share: np.ndarray, count: int, generator: np.random.Generator, max_pixels: int
) -> np.ndarray:
    """(count, C) centres of the pixels that a class covers by half, or of those it covers most."""
    chosen = np.flatnonzero(share >= 0.5)
    if len(chosen) < count:
        chosen = np.argsort(-share, kind="stable")[:count]
        chosen = chosen[share[chosen] > 0.05] if share.max() > 0.05 else chosen[:1]
    if len(chosen) > max_pixels:
        chosen = generator.choice(chosen, max_pixels, replace=False)
    data = pixels[chosen].astype(np.float64)
    distinct = np.unique(data, axis=0)
    if len(distinct) <= count:
        return np.resize(distinct, (count, data.shape[1])).astype(np.float32)
    centres, _ = kmeans2(data, count, minit="++", iter=15, rng=generator, missing="warn")
    return centres.astype(np.float32)
