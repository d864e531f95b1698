"""Running an encoder network with PyTorch: on CUDA with autocast, on the CPU in float32."""

from __future__ import annotations

import contextlib

import numpy as np
import torch

from fewshot_sam.encoders.devices import cuda_autocast_dtype


class TorchNetwork:
    """A torch network on a device, called with and answering numpy arrays."""

    def __init__(self, network: torch.nn.Module, device: torch.device) -> None:
        self._network = network.eval().to(device)
        self._device = device

    @staticmethod
    def precision(device: torch.device) -> str:
        """The number format products are computed in: "f32", "bf16" or "f16"."""
        if device.type != "cuda":
            return "f32"
        return "bf16" if cuda_autocast_dtype(device) == torch.bfloat16 else "f16"

    @staticmethod
    def place(device: torch.device) -> str:
        """The device's name for people."""
        return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"

    @torch.inference_mode()
    def __call__(self, images: np.ndarray) -> np.ndarray:
        """(B, 3, H, W) float32 to (B, C, h, w) float32."""
        autocast: contextlib.AbstractContextManager = contextlib.nullcontext()
        if self._device.type == "cuda":
            autocast = torch.autocast("cuda", dtype=cuda_autocast_dtype(self._device))
        with autocast:
            embeddings = self._network(torch.from_numpy(images).to(self._device))
        return embeddings.float().cpu().numpy()
