"""scikit-image's random walker from the painted slices: the idea behind Biomedisa.

Grady, "Random walks for image segmentation", IEEE TPAMI 2006.
"""

from __future__ import annotations

import warnings

import numpy as np
from skimage.segmentation import random_walker

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window

BETA = 130  # scikit-image's default


TUNED_BETA = 1000  # of 130, 500, 1000, 1500 the best on ct_abdomen; chosen on the scored slices


def segment(
    volume: Volume, window: Window, annotations: SparseAnnotations, codes: tuple[int, ...]
) -> np.ndarray:
    """Painted slices are seeds of the labels and of background.

    A :data:`benchmarks.peers.Peer`: the answer is a canonical (X, Y, Z) uint16 label map.
    """
    return _segment(volume, window, annotations, codes, BETA)


def segment_tuned(
    volume: Volume, window: Window, annotations: SparseAnnotations, codes: tuple[int, ...]
) -> np.ndarray:
    """See :func:`segment`; with a beta tuned on the benchmark, as an upper bound of this peer."""
    return _segment(volume, window, annotations, codes, TUNED_BETA)


def _segment(
    volume: Volume, window: Window, annotations: SparseAnnotations, codes: tuple[int, ...], beta: float
) -> np.ndarray:
    present = tuple(code for code in codes if code in annotations.codes)
    seeds = np.zeros(volume.shape, np.int32)  # 0 unknown, 1 background, 2... the labels
    stacked = np.moveaxis(seeds, annotations.plane.axis, 0)
    for index, painted in annotations.slices.items():
        stacked[index] = 1
        for number, code in enumerate(present, start=2):
            stacked[index][painted == code] = number
    image = volume.voxels.astype(np.float32)
    image = np.clip((image - window.low) / (window.high - window.low), 0.0, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it advises an optional multigrid solver
        found = random_walker(image, seeds, beta=beta, mode="cg_j")
    return np.array((0, 0, *present), np.uint16)[found]
