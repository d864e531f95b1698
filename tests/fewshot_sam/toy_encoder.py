"""A tiny encoder with SAM's interfaces, and volumes it can tell apart: tests of the method in seconds."""

from __future__ import annotations

import numpy as np
import torch
from segment_anything.modeling import MaskDecoder, TwoWayTransformer

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.encoders import DecoderWeights, Encoder

CHANNELS = 16
SHAPE = (24, 20, 9)


def random_decoder_weights(channels: int = CHANNELS, seed: int = 0) -> DecoderWeights:
    """SAM's mask decoder in its own format, small and untrained."""
    generator = torch.Generator().manual_seed(seed)
    transformer = TwoWayTransformer(depth=2, embedding_dim=channels, num_heads=8, mlp_dim=32)
    decoder = MaskDecoder(transformer_dim=channels, transformer=transformer, iou_head_hidden_dim=channels)
    state = {
        name: tensor if tensor.dim() < 2 else torch.randn(tensor.shape, generator=generator) * 0.2
        for name, tensor in decoder.state_dict().items()
    }
    biases = {
        name: torch.zeros_like(tensor)
        for name, tensor in state.items()
        if tensor.dim() < 2 and name.endswith("bias")
    }
    return DecoderWeights(
        {name: tensor.detach() for name, tensor in {**state, **biases}.items()},
        torch.randn(2, channels // 2, generator=generator),
        torch.randn(channels, generator=generator) * 0.1,
        torch.randn(4, channels, generator=generator) * 0.1,
        torch.randn(channels, generator=generator) * 0.1,
    )


class ToyEncoder(Encoder):
    """Random features of each 4 x 4 block of a 32 x 32 image; counts the slices it was given."""

    input_size = 32
    grid_size = 8
    channels = CHANNELS

    def __init__(self, name: str = "toy", seed: int = 0) -> None:
        self.name = name
        self.identity = f"{name}-{seed}"
        self.signature = f"{name}-{seed}-numpy"
        self.backend = "Toy - NumPy - CPU"
        self.encoded = 0
        self._seed = seed
        random = np.random.default_rng(seed)
        self._features = random.normal(0, 1, (16, CHANNELS)).astype(np.float32)
        self._offsets = random.uniform(-1, 1, CHANNELS).astype(np.float32)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """(B, 16, 8, 8) float32 of (B, 3, 32, 32) float32."""
        assert images.shape[1:] == (3, 32, 32)
        assert images.dtype == np.float32
        self.encoded += len(images)
        blocks = images[:, 0].reshape(-1, 8, 4, 8, 4).transpose(0, 1, 3, 2, 4).reshape(-1, 8, 8, 16)
        return np.tanh(blocks @ self._features + self._offsets).transpose(0, 3, 1, 2).astype(np.float32)

    def decoder_weights(self) -> DecoderWeights:
        """Always the same random weights."""
        return random_decoder_weights(self.channels, self._seed)


def truth(shape: tuple[int, int, int] = SHAPE, codes: tuple[int, ...] = (1,)) -> np.ndarray:
    """Canonical label map: an ellipsoid, cut along its first axis into as many parts as there are codes."""
    x, y, z = ((index - (n - 1) / 2) / (0.38 * n) for index, n in zip(np.indices(shape), shape, strict=True))
    inside = x**2 + y**2 + z**2 <= 1
    part = np.clip(np.floor((x + 1) / 2 * len(codes)).astype(int), 0, len(codes) - 1)
    return np.where(inside, np.array(codes)[part], 0).astype(np.uint16)


def volume_of(
    label_map: np.ndarray, spacing_mm: tuple[float, float, float] = (1.5, 1.5, 3.0), seed: int = 0
) -> Volume:
    """A noisy CT in which each label has its own grey level, stored on the canonical grid."""
    levels = {code: -60 + 140 * (rank + 1) / 2 for rank, code in enumerate(np.unique(label_map)[1:].tolist())}
    image = np.random.default_rng(seed).normal(-100, 8, label_map.shape)
    for code, level in levels.items():
        image[label_map == code] += level + 100
    grid = SourceGrid((*label_map.shape,), np.diag([*spacing_mm, 1.0]))
    return Volume(image.astype(np.int16), grid, "CT")


def painted(
    label_map: np.ndarray, indices: tuple[int, ...] = (2, 4, 6), plane: Plane = Plane.AXIAL
) -> SparseAnnotations:
    """The label map on these slices, as if painted there."""
    slices = {index: np.take(label_map, index, axis=plane.axis) for index in indices}
    return SparseAnnotations(plane, slices)
