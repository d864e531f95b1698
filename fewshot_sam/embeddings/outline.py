"""An outline of what is in a box, or under points, on one slice: SAM as it comes, nothing is fitted."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.encoders.base import Encoder, SamCheckpoint
from fewshot_sam.encoders.prompt_decoder import Prompt, PromptDecoder
from fewshot_sam.errors import ModelError

BOX, POINT = "box", "point"


def prompt_kinds(encoder: Encoder) -> tuple[str, ...]:
    """Which prompts an encoder's checkpoint answers: none, boxes, or boxes and points."""
    if not isinstance(encoder, SamCheckpoint):
        return ()
    return (BOX, POINT) if encoder.takes_points else (BOX,)


class Outliner:
    """Outlines on slices that an encoder has encoded. Safe for several threads.

    The mask decoder sees the square that it was trained on: cells of the slice's own embedding, zeros around
    them. So the cache serves, whatever shape a slice was encoded at (docs/method.md has the figures).

    Raises:
        ModelError: the encoder comes without SAM's mask decoder.
    """

    def __init__(self, encoder: Encoder) -> None:
        if not isinstance(encoder, SamCheckpoint):
            raise ModelError(
                f"The encoder {encoder.name} has no SAM mask decoder, which boxes and points need. "
                "Choose one that has, such as lite-medsam, or use another tool."
            )
        self._grid_size = encoder.grid_size
        self._decoder = PromptDecoder(encoder.decoder_weights(), encoder.input_size, encoder.grid_size)

    def outline(self, embedding: np.ndarray, framing: Framing, prompt: Prompt) -> np.ndarray:
        """The cells of a slice that a prompt means: (rows, columns) bool; see :meth:`logits`."""
        return self.logits(embedding, framing, prompt) > 0

    def logits(self, embedding: np.ndarray, framing: Framing, prompt: Prompt) -> np.ndarray:
        """How sure SAM is of each cell of a slice.

        Args:
            embedding: (C, h, w) of any float type, of the slice.
            framing: of the slice's plane.
            prompt: in pixels of the slice, display orientation.

        Returns:
            (rows, columns) float32, above 0 inside, display orientation.
        """
        (height, width), (rows, columns) = framing.input_size, framing.slice_size
        cells = torch.from_numpy(np.array(embedding, np.float32))
        around = (0, self._grid_size - cells.shape[2], 0, self._grid_size - cells.shape[1])
        scaled = prompt.scaled(width / columns, height / rows)
        logits = self._decoder.decode(F.pad(cells, around), scaled, framing.grid_size[0])
        valid = logits[None, None, :, : framing.mask_size[1]]
        resized = F.interpolate(valid, size=framing.slice_size, mode="bilinear", align_corners=False)
        return resized[0, 0].numpy()
