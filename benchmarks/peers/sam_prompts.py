"""SAM itself, prompted on every slice by an oracle that knows the reference.

A SAM's own encoder, prompt encoder and mask decoder, with nothing trained: what a user would get who clicks
points, or drags a tight box, for every label on every slice. The peers are LiteMedSAM.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import distance_transform_edt

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, windowed_slice
from fewshot_sam.embeddings.encode import encode_slice
from fewshot_sam.embeddings.outline import Outliner
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.lite_medsam import LiteMedSamEncoder
from fewshot_sam.encoders.prompt_decoder import Prompt

Prompter = Callable[[np.ndarray], Prompt]
"""From a (rows, columns) bool mask, which holds something, to the prompt that an oracle gives for it."""


class PaddedEncoder(LiteMedSamEncoder):
    """LiteMedSAM on the padded square it was trained on, as its users run it."""

    def padded_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Always the square."""
        return self.input_size, self.input_size


def point_every_slice(
    volume: Volume, window: Window, annotations: SparseAnnotations, codes: tuple[int, ...]
) -> np.ndarray:
    """One point a label and slice, where the mask is thickest.

    A :data:`benchmarks.peers.Peer`: the answer is a canonical (X, Y, Z) uint16 label map.

    Of SAM's three masks the one it scores highest counts, as in SAM's own predictor.
    """
    return _prompt_every_slice(volume, window, annotations, codes, inner_points)


def box_every_slice(
    volume: Volume, window: Window, annotations: SparseAnnotations, codes: tuple[int, ...]
) -> np.ndarray:
    """One tight box a label and slice; one mask, as MedSAM was trained.

    A :data:`benchmarks.peers.Peer`: the answer is a canonical (X, Y, Z) uint16 label map.
    """
    return _prompt_every_slice(volume, window, annotations, codes, tight_box)


def _prompt_every_slice(
    volume: Volume,
    window: Window,
    annotations: SparseAnnotations,
    codes: tuple[int, ...],
    prompt: Prompter,
) -> np.ndarray:
    encoder = PaddedEncoder("cpu")
    framing = Framing.of(volume, annotations.plane, encoder)

    def embed(index: int) -> np.ndarray:
        return encode_slice(windowed_slice(volume, annotations.plane, index, window), framing, encoder)

    return outline_every_slice(volume, annotations, codes, prompt, encoder, embed)


def outline_every_slice(
    volume: Volume,
    annotations: SparseAnnotations,
    codes: tuple[int, ...],
    prompt: Prompter,
    encoder: Encoder,
    embed: Callable[[int], np.ndarray],
) -> np.ndarray:
    """What SAM makes of a prompt for every label on every slice; where masks overlap the surest counts.

    Args:
        annotations: the reference, which the oracle sees.
        embed: from a canonical slice index to the encoder's (C, h, w) embedding of it, any float type.

    Returns:
        Canonical (X, Y, Z) uint16 label map.
    """
    outliner, framing = Outliner(encoder), Framing.of(volume, annotations.plane, encoder)
    label_map = np.zeros(volume.shape, np.uint16)
    stacked = np.moveaxis(label_map, annotations.plane.axis, 0)
    for index, painted in annotations.slices.items():
        here = [code for code in codes if (painted == code).any()]
        if not here:
            continue
        embedding = embed(index)
        prompts = [prompt(to_display(painted == code)) for code in here]
        logits = np.stack([outliner.logits(embedding, framing, each) for each in prompts])
        # The view writes through: to_display flips and transposes the canonical slice.
        best = np.array(here, np.uint16)[logits.argmax(0)]
        to_display(stacked[index])[:] = np.where(logits.max(0) > 0, best, 0)
    return label_map


def inner_points(mask: np.ndarray, count: int = 1) -> Prompt:
    """Centres of pixels inside a (rows, columns) bool mask, all of them positive points.

    The first is the pixel farthest from the mask's border. Each further one is farthest from the border and
    from all points before it, the nearest of these counted. A mask of fewer pixels has fewer points.
    """
    free = np.pad(mask, 1)
    points: list[tuple[float, float, bool]] = []
    for _ in range(min(count, int(mask.sum()))):
        depth = distance_transform_edt(free)[1:-1, 1:-1]
        row, column = np.unravel_index(depth.argmax(), depth.shape)
        points.append((float(column) + 0.5, float(row) + 0.5, True))
        free[row + 1, column + 1] = False
    return Prompt(points=tuple(points))


def tight_box(mask: np.ndarray) -> Prompt:
    """From the outer edge of the first pixel of a (rows, columns) bool mask to that of its last."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return Prompt(box=(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)))
