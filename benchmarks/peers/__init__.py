"""What users would do today instead: one file a peer, all called alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.peers import morphological, noise_floor, random_walker, sam_prompts, signed_distance
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window

Peer = Callable[[Volume, Window, SparseAnnotations, tuple[int, ...]], np.ndarray]
"""(volume, window, annotations, label codes) to a canonical (X, Y, Z) uint16 label map.

The volume holds the scored slices alone, and the annotations count from its first. For an oracle the
annotations are the reference on every slice.
"""


@dataclass(frozen=True)
class PeerEntry:
    """A peer of the benchmark.

    Attributes:
        title: for tables.
        oracle: it is shown the reference of every slice, to take its prompts from.
        rival: one of the three whose best figure counts as "the best peer".
        needs: a module of benchmarks/requirements.txt it cannot run without.
    """

    title: str
    segment: Peer
    oracle: bool = False
    rival: bool = False
    needs: str = ""


PEERS = {
    "signed_distance": PeerEntry("Signed-distance interpolation", signed_distance.interpolate, rival=True),
    "signed_distance_extended": PeerEntry(
        "Signed distance, carried on beyond the ends", signed_distance.interpolate_and_extend
    ),
    "morphological": PeerEntry(
        "Morphological contour interpolation (ITK)", morphological.interpolate, rival=True, needs="itk"
    ),
    "random_walker": PeerEntry("Random walker (scikit-image)", random_walker.segment, rival=True),
    "random_walker_tuned": PeerEntry(
        "Random walker, beta tuned on the scored slices", random_walker.segment_tuned
    ),
    "sam_point": PeerEntry("SAM, oracle point on every slice", sam_prompts.point_every_slice, oracle=True),
    "sam_box": PeerEntry("SAM, oracle box on every slice", sam_prompts.box_every_slice, oracle=True),
    "noise_floor": PeerEntry("Noise floor: the reference smoothed", noise_floor.smooth, oracle=True),
}
