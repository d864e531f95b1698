"""How far a scan is from those a model was fitted on, told from the embeddings of their slices.

Each painted slice of the fitted volumes leaves one vector: the mean embedding of its cells. The slices of a
new scan on which the model finds something are compared with the nearest of these by the cosine distance;
the median is the scan's distance. What is far was measured on unseen patients, other scanners and scans with
their contrast changed (benchmarks/RESULTS.md): mean embeddings tell another look of the same anatomy, and
other anatomy, but not an inverted contrast; there the model itself is unsure, or finds nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from fewshot_sam.embeddings.cache import Embeddings

MAX_VECTORS = 64
"""Of one volume; more say little new and would make model files large."""
PROPOSED_SLICES = 2
USUAL_DISTANCE = 0.02
"""Of an unseen patient to one fitted volume of the same kind: the median over 39 pairs."""
_MIN_USUAL_DISTANCE = 0.008
_FAR = 2.5
"""Times the usual distance: unseen patients came to 2.3 at most, another CT to 4.2, other anatomy to 9."""
_MIN_VOLUMES = 3
"""From here on the fitted volumes' own distances to each other say what is usual."""
_UNSURE_BELOW = 0.65
"""Mean confidence of the voxels that were given a label."""


class ShiftReason(StrEnum):
    """Why a scan is said to differ."""

    LOOKS = "looks"  # its slices are far from all that was learnt
    UNSURE = "unsure"  # the model is unsure of most of what it found
    NOTHING = "nothing"  # it found nothing


@dataclass(frozen=True)
class DomainShift:
    """What is said of a scan that the model was not fitted on.

    Attributes:
        distance: median cosine distance of its slices to the nearest fitted ones, 0..2; None where nothing
            was found or no slice is encoded.
        usual_distance: what is usual for a scan like the fitted ones.
        reasons: why it differs; empty if it does not.
        slices: two canonical slices of the annotation plane to paint there, ascending; empty if it does not
            differ.
    """

    distance: float | None
    usual_distance: float
    reasons: tuple[ShiftReason, ...]
    slices: tuple[int, ...] = ()

    @property
    def sentence(self) -> str | None:
        """What is said to people; None if the scan does not differ."""
        return describe(self.reasons, self.distance, self.usual_distance)

    def to_json(self) -> dict[str, Any]:
        """Plain values, the sentence with them."""
        reasons = [each.value for each in self.reasons]
        return {**asdict(self), "reasons": reasons, "slices": list(self.slices), "sentence": self.sentence}


def describe(
    reasons: Collection[str],
    distance: float | None,
    usual: float,
    modalities: tuple[str, str] | None = None,
) -> str | None:
    """How a scan differs, in a sentence; None if it does not.

    Args:
        reasons, distance, usual: see :class:`DomainShift`.
        modalities: of the scan and of what was learnt from, if they are known and not the same; it is said
            first, and instead of how far the looks are.
    """
    said = []
    if modalities is not None:
        said.append("it is {} while the model learnt from {}".format(*modalities))
    elif ShiftReason.LOOKS in reasons and distance is not None:
        times = f"{distance / usual:.1f} times the usual distance"
        said.append(f"it looks unlike those the model learnt from ({times})")
    if ShiftReason.NOTHING in reasons:
        said.append("the model found nothing in it")
    if ShiftReason.UNSURE in reasons:
        said.append("the model is unsure of most of what it found")
    if not said:
        return None
    if said == ["the model found nothing in it"]:
        return "The model found nothing in this scan."
    return f"This scan differs: {', and '.join(said)}."


def slice_vectors(embeddings: Embeddings, slices: Sequence[int]) -> np.ndarray:
    """(n, C) float32 mean embeddings, each of length 1, of the slices that are encoded.

    Of more than MAX_VECTORS some are taken, evenly.
    """
    done = embeddings.done
    found = [index for index in slices if done[index]]
    kept = [
        found[n] for n in np.linspace(0, len(found) - 1, min(len(found), MAX_VECTORS)).round().astype(int)
    ]
    if not kept:
        return np.zeros((0, embeddings.key.embedding_shape[0]), np.float32)
    means = np.stack([embeddings.read(index).mean(axis=(1, 2), dtype=np.float32) for index in kept])
    return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)


def usual_distance(fitted: Sequence[np.ndarray]) -> float:
    """The distance of a scan like the fitted ones: of three or more, the median of each to all others.

    Args:
        fitted: by volume, see :func:`slice_vectors`.
    """
    if len(fitted) < _MIN_VOLUMES:
        return USUAL_DISTANCE
    others = [np.concatenate([*fitted[:n], *fitted[n + 1 :]]) for n in range(len(fitted))]
    between = [np.median(_nearest(one, rest)) for one, rest in zip(fitted, others, strict=True)]
    return max(_MIN_USUAL_DISTANCE, float(np.median(between)))


def domain_shift(
    fitted: Mapping[str, np.ndarray],
    embeddings: Embeddings,
    held: Sequence[int],
    confidence: float | None,
    suggested: Sequence[int],
) -> DomainShift:
    """Tell whether a scan differs from the fitted ones.

    Args:
        fitted: content hash to :func:`slice_vectors` of its painted slices; none may be empty.
        embeddings: of the scan, in the annotation plane.
        held: slices on which the model found something, ascending.
        confidence: mean over the voxels that were given a label, 0..1; None if there are none, or where the
            method cannot tell.
        suggested: slices that are worth painting, the best first.
    """
    sources = list(fitted.values())
    usual, all_fitted = usual_distance(sources), np.concatenate(sources)
    vectors = slice_vectors(embeddings, held)
    distance = float(np.median(_nearest(vectors, all_fitted))) if len(vectors) else None
    reasons = []
    if distance is not None and distance > _FAR * usual:
        reasons.append(ShiftReason.LOOKS)
    if not held:
        reasons.append(ShiftReason.NOTHING)
    elif confidence is not None and confidence < _UNSURE_BELOW:
        reasons.append(ShiftReason.UNSURE)
    slices = _proposed(embeddings, all_fitted, held, suggested) if reasons else ()
    return DomainShift(distance, usual, tuple(reasons), slices)


def _nearest(vectors: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """(n,) cosine distance of each vector to the nearest of ``fitted``; all of length 1."""
    return 1.0 - (vectors @ fitted.T).max(axis=1)


def _proposed(
    embeddings: Embeddings, fitted: np.ndarray, held: Sequence[int], suggested: Sequence[int]
) -> tuple[int, ...]:
    """What is worth painting by the result; where it found too little, the slices most like painted ones."""
    if len(held) >= PROPOSED_SLICES and len(suggested) >= PROPOSED_SLICES:
        return tuple(sorted(suggested[:PROPOSED_SLICES]))
    chosen = _evenly(np.flatnonzero(embeddings.done).tolist())
    if len(chosen) <= PROPOSED_SLICES:
        return tuple(chosen)
    order = np.argsort(_nearest(slice_vectors(embeddings, chosen), fitted), kind="stable")
    likeliest = [chosen[n] for n in order]
    apart = max(1, len(embeddings) // 10)
    first = likeliest[0]
    second = next((index for index in likeliest[1:] if abs(index - first) >= apart), likeliest[1])
    return tuple(sorted((first, second)))


def _evenly(slices: list[int]) -> list[int]:
    """MAX_VECTORS of them at most, from the first to the last."""
    places = np.linspace(0, len(slices) - 1, min(len(slices), MAX_VECTORS)).round()
    return [slices[int(place)] for place in places]
