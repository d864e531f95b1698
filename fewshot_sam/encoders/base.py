"""The interface every image encoder has, what only SAM's have, and how a slice becomes an input."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

import numpy as np
import torch
import torch.nn.functional as F

from fewshot_sam.progress import Progress


@dataclass(frozen=True)
class DecoderWeights:
    """SAM's mask decoder of the same checkpoint as an encoder, where few-shot decoders start from.

    Attributes:
        mask_decoder: state dict of ``segment_anything.modeling.MaskDecoder``.
        position_frequencies: (2, C / 2) float32, SAM's random Fourier matrix of the positional encoding.
        no_mask_embedding: (C,) float32, SAM's dense embedding where no mask is given.
        prompt_embeddings: (4, C) float32, added to the places of points outside and inside, and of the first
            and the last corner of a box; None where the checkpoint holds none.
        no_point_embedding: (C,) float32, SAM's token that ends a list of points; None likewise.
    """

    mask_decoder: dict[str, torch.Tensor]
    position_frequencies: torch.Tensor
    no_mask_embedding: torch.Tensor
    prompt_embeddings: torch.Tensor | None = None
    no_point_embedding: torch.Tensor | None = None


@runtime_checkable
class SamCheckpoint(Protocol):
    """What an encoder can do beyond encoding if its checkpoint is a whole SAM.

    Methods that continue from SAM's mask decoder ask with ``isinstance(encoder, SamCheckpoint)``.
    """

    def decoder_weights(self) -> DecoderWeights:
        """The mask decoder's weights of the same checkpoint as float32 tensors on the CPU."""


class Encoder(ABC):
    """A frozen image encoder. Constructing one is cheap; weights load when first needed.

    Not thread-safe: one thread encodes at a time. A subclass sets the attributes below and overrides
    :meth:`encode`; :meth:`from_name` too if its constructor takes more than a device.

    Attributes:
        name: the name it is chosen by, such as "lite-medsam".
        identity: weights and preprocessing; few-shot models fit on one identity run on no other.
        signature: ``identity`` and the numerics; the part of cache keys that names the encoder.
        input_size: side of the square input in pixels.
        grid_size: side of the square embedding grid in cells.
        channels: length of an embedding vector.
        backend: what runs it, for people, such as "LiteMedSAM - OpenVINO bf16 - CPU".
        takes_points: its checkpoint is a SAM that was trained on points as prompts, not on boxes alone.
    """

    name: str
    identity: str
    signature: str
    input_size: int
    grid_size: int
    channels: int
    backend: str
    takes_points: bool = False

    @classmethod
    def from_name(cls, name: str, device: str, progress: Progress) -> Self:
        """The encoder registered under ``name``.

        Args:
            name: a key of :data:`fewshot_sam.encoders.registry.ENCODERS`; one class may have several.
            device: "auto", "cpu", "cuda" or "cuda:N".
            progress: told while weights download.

        Raises:
            ModelError: if the weights are missing, damaged or unreachable.
            DeviceError: if the device is not on this machine.
        """
        return cls(device)  # type: ignore[call-arg]  # the constructor is the subclass's

    @property
    def cell_pixels(self) -> int:
        """Pixels of the input along an embedding cell."""
        return self.input_size // self.grid_size

    def padded_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """The input's (height, width) in pixels for a slice resized to ``size``.

        The square the network was trained on, unless overridden: a network without absolute positions takes
        less padding, and less time.
        """
        return self.input_size, self.input_size

    @abstractmethod
    def encode(self, images: np.ndarray) -> np.ndarray:
        """Embed a batch of slices.

        Args:
            images: (B, 3, H, W) float32 from :meth:`prepare`, H and W being what :meth:`padded_size` says.

        Returns:
            (B, C, h, w) float32, C being ``channels``; as many cells as :attr:`cell_pixels` fit into H and W.
        """

    def normalise(self, images: torch.Tensor) -> torch.Tensor:
        """Turn (B, 3, h, w) float32 in 0..1 to the range the network was trained on, same shape and dtype.

        The identity unless overridden.
        """
        return images

    def prepare(self, image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """One display-oriented slice as network input.

        Args:
            image: (rows, columns) float32 in 0..1, windowed; or (rows, columns, 3) in colour.
            size: (height, width) in pixels to resize to; the longer one is ``input_size``.

        Returns:
            (3, H, W) float32, normalised, then padded with zeros at the bottom and right to
            :meth:`padded_size`.
        """
        channels = image[..., None] if image.ndim == 2 else image
        tensor = torch.from_numpy(np.ascontiguousarray(channels.transpose(2, 0, 1), dtype=np.float32))[None]
        resized = F.interpolate(tensor, size=size, mode="bicubic", align_corners=False, antialias=True)
        normalised = self.normalise(resized.clamp(0.0, 1.0).expand(1, 3, -1, -1))
        height, width = self.padded_size(size)
        padding = (0, width - size[1], 0, height - size[0])
        return F.pad(normalised, padding)[0].contiguous().numpy()
