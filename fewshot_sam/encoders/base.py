"""The interface every image encoder has, and how a slice becomes its input."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class DecoderWeights:
    """SAM's mask decoder of the same checkpoint as an encoder, where few-shot decoders start from.

    Attributes:
        mask_decoder: state dict of ``segment_anything.modeling.MaskDecoder``.
        position_frequencies: (2, C / 2) float32, SAM's random Fourier matrix of the positional encoding.
        no_mask_embedding: (C,) float32, SAM's dense embedding where no mask is given.
    """

    mask_decoder: dict[str, torch.Tensor]
    position_frequencies: torch.Tensor
    no_mask_embedding: torch.Tensor


class Encoder(ABC):
    """A frozen image encoder. Constructing one is cheap; weights load when first needed.

    Not thread-safe: one thread encodes at a time.

    Attributes:
        name: the name it is chosen by, such as "lite-medsam".
        identity: weights and preprocessing; few-shot models fit on one identity run on no other.
        signature: ``identity`` and the numerics; the part of cache keys that names the encoder.
        input_size: side of the square input in pixels.
        grid_size: side of the square embedding grid in cells.
        channels: length of an embedding vector.
        backend: what runs it, for people, such as "LiteMedSAM - OpenVINO bf16 - CPU".
    """

    name: str
    identity: str
    signature: str
    input_size: int
    grid_size: int
    channels: int
    backend: str

    @abstractmethod
    def encode(self, images: np.ndarray) -> np.ndarray:
        """Embeddings (B, C, h, w) float32 of (B, 3, S, S) float32 images from :meth:`prepare`."""

    @abstractmethod
    def decoder_weights(self) -> DecoderWeights:
        """The mask decoder's weights of the same checkpoint, on the CPU in float32."""

    def normalise(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 3, h, w) in 0..1 to the range the network was trained on; identity unless overridden."""
        return images

    def prepare(self, image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """One display-oriented slice as network input.

        Args:
            image: (rows, columns) float32 in 0..1, windowed.
            size: (height, width) in pixels to resize to; the longer one is ``input_size``.

        Returns:
            (3, S, S) float32, normalised, then padded with zeros at the bottom and right.
        """
        tensor = torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))[None, None]
        resized = F.interpolate(tensor, size=size, mode="bicubic", align_corners=False, antialias=True)
        normalised = self.normalise(resized.clamp(0.0, 1.0).expand(1, 3, -1, -1))
        padding = (0, self.input_size - size[1], 0, self.input_size - size[0])
        return F.pad(normalised, padding)[0].contiguous().numpy()
