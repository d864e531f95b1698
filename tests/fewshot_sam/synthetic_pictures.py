"""Unrelated pictures with bright discs, in files and in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from fewshot_sam.data.pictures import Picture, place_of

SIZES = ((40, 56), (48, 40), (36, 36), (56, 52), (44, 48), (40, 40))
"""(rows, columns) of pictures that are unlike."""


def disc_picture(size: tuple[int, int], seed: int, colour: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """A picture, (rows, columns[, 3]) uint8, and the (rows, columns) uint8 mask of its bright disc."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]]
    centre = random.uniform(0.35, 0.65, 2) * size
    mask = (np.hypot(rows - centre[0], columns - centre[1]) < 0.2 * min(size)).astype(np.uint8)
    grey = 60.0 + 120.0 * mask + random.normal(0, 6, size)
    if not colour:
        return np.clip(grey, 0, 255).astype(np.uint8), mask
    other = np.where(mask == 1, 40.0, 160.0)  # not to be told by brightness alone
    return np.clip(np.stack([grey, 0.5 * (grey + other), other], axis=2), 0, 255).astype(np.uint8), mask


def write_pictures(
    folder: Path, sizes: Sequence[tuple[int, int]] = SIZES, colour: bool = False, suffix: str = ".png"
) -> dict[str, np.ndarray]:
    """Write one picture of each size; their masks by the files' names."""
    folder.mkdir(parents=True, exist_ok=True)
    masks = {}
    for number, size in enumerate(sizes, start=1):
        image, mask = disc_picture(size, number, colour)
        Image.fromarray(image).save(folder / f"picture {number}{suffix}")
        masks[f"picture {number}{suffix}"] = mask
    return masks


def inside_pictures(pictures: Sequence[Picture], shape: tuple[int, int, int]) -> np.ndarray:
    """Where a stack's canonical array holds pictures, not padding: (X, Y, Z) bool."""
    inside = np.zeros(shape, bool)
    for index in range(len(pictures)):
        inside[place_of(pictures, index, shape)] = True
    return inside
