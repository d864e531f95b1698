"""SAM's own ViT encoders and MedSAM, 1024x1024 input, through the segment-anything package.

Kirillov et al., "Segment Anything", 2023, arXiv 2304.02643; Ma et al., "Segment anything in medical
images", 2024, doi 10.1038/s41467-024-44824-z.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from segment_anything.build_sam import sam_model_registry

from fewshot_sam.data.folders import data_home
from fewshot_sam.encoders import checkpoints
from fewshot_sam.encoders.base import DecoderWeights, Encoder
from fewshot_sam.encoders.devices import resolve_device
from fewshot_sam.encoders.download import fetch_checkpoint
from fewshot_sam.encoders.registry import CHECKPOINT_FILES
from fewshot_sam.encoders.torch_backend import TorchNetwork
from fewshot_sam.errors import ModelError
from fewshot_sam.progress import Progress

# ImageNet statistics of the 0..255 range SAM was trained with, here for 0..1.
_PIXEL_MEAN = torch.tensor([123.675, 116.28, 103.53]).reshape(1, 3, 1, 1) / 255.0
_PIXEL_STD = torch.tensor([58.395, 57.12, 57.375]).reshape(1, 3, 1, 1) / 255.0
_TYPE_OF_WIDTH = {768: "vit_b", 1024: "vit_l", 1280: "vit_h"}
_META = "https://dl.fbaipublicfiles.com/segment_anything"


@dataclass(frozen=True)
class Published:
    """Where a checkpoint is published and the hash it must have."""

    url: str
    hash: str

    @property
    def file_name(self) -> str:
        """Last part of the URL."""
        return self.url.rsplit("/", 1)[1]


PUBLISHED = {
    "sam-vit-b": Published(
        f"{_META}/{CHECKPOINT_FILES['sam-vit-b']}",
        "sha256:ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
    ),
    "sam-vit-l": Published(
        f"{_META}/{CHECKPOINT_FILES['sam-vit-l']}",
        "sha256:3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
    ),
    "sam-vit-h": Published(
        f"{_META}/{CHECKPOINT_FILES['sam-vit-h']}",
        "sha256:a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
    ),
    # Zenodo states an MD5 only; the SHA-256 is what users of the same 375,049,145 bytes publish.
    "medsam": Published(
        f"https://zenodo.org/records/10689643/files/{CHECKPOINT_FILES['medsam']}",
        "sha256:34b34b78c1d18cb8c6bf84cf9c00e135d6d6c965699f3c0e31ef1bc9dcb5be74",
    ),
}


class SamVitEncoder(Encoder):
    """See :class:`~fewshot_sam.encoders.base.Encoder`. Runs in torch, with autocast on CUDA.

    Args:
        path: a checkpoint in Meta's format (state dict of the whole SAM).
        device: "auto", "cpu", "cuda" or "cuda:N".
        unit_range: the network expects 0..1 (MedSAM) rather than ImageNet statistics (SAM).
        name: shown to people; by default the file's name.

    Raises:
        ModelError: if the file is missing.
    """

    input_size = 1024
    grid_size = 64
    channels = 256

    def __init__(
        self, path: Path, device: str = "auto", unit_range: bool = False, name: str | None = None
    ) -> None:
        if not path.is_file():
            raise ModelError(f"The checkpoint {path} does not exist; give the path of a SAM .pth file.")
        self._path = path
        self._device = resolve_device(device)
        self._unit_range = unit_range
        self.takes_points = not unit_range  # MedSAM was trained on boxes alone
        self._network: TorchNetwork | None = None
        self._decoder_weights: DecoderWeights | None = None
        precision, place = TorchNetwork.precision(self._device), TorchNetwork.place(self._device)
        self.name = name or path.stem
        self.identity = f"sam-{checkpoints.file_hash(path)[:12]}-{'unit-range' if unit_range else 'imagenet'}"
        self.signature = f"{self.identity}-pytorch-{precision}-{place}".replace(" ", "-").lower()
        self.backend = f"{self.name} - PyTorch {precision} - {place}"

    @classmethod
    def from_name(cls, name: str, device: str, progress: Progress) -> Self:
        """One of :data:`PUBLISHED`, downloaded to the data folder's ``checkpoints`` when not there."""
        published = PUBLISHED[name]
        path = data_home() / "checkpoints" / published.file_name
        fetch_checkpoint(published.url, published.hash, path, progress)
        return cls(path, device, unit_range=name == "medsam", name=name)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Embeddings (B, 256, 64, 64) float32 of (B, 3, 1024, 1024) float32 images."""
        if self._network is None:
            self._network = self._load()
        return self._network(images)

    def decoder_weights(self) -> DecoderWeights:
        """The checkpoint's own mask decoder; see :class:`~fewshot_sam.encoders.base.SamCheckpoint`."""
        if self._decoder_weights is None:
            self._decoder_weights = checkpoints.decoder_weights(checkpoints.load_state(self._path))
        return self._decoder_weights

    def normalise(self, images: torch.Tensor) -> torch.Tensor:
        """Turn (B, 3, h, w) float32 in 0..1 to ImageNet statistics, unchanged for MedSAM; same shape."""
        return images if self._unit_range else (images - _PIXEL_MEAN) / _PIXEL_STD

    def _load(self) -> TorchNetwork:
        state = checkpoints.load_state(self._path)
        self._decoder_weights = checkpoints.decoder_weights(state)
        with torch.device("meta"):
            network = sam_model_registry[model_type(state)]().image_encoder
        try:
            network.load_state_dict(checkpoints.part(state, "image_encoder."), assign=True)
        except RuntimeError as error:
            raise ModelError(f"{self._path.name} does not fit SAM's {model_type(state)} encoder.") from error
        return TorchNetwork(network.float(), self._device)


def model_type(state: dict[str, torch.Tensor]) -> str:
    """segment-anything's name ("vit_b", "vit_l", "vit_h") of a network, from the encoder's width.

    Args:
        state: a whole SAM state dict; of its tensors only the (1, 64, 64, C) position embedding, of any
            float dtype, is looked up.

    Raises:
        ModelError: if it is none of these.
    """
    position = state.get("image_encoder.pos_embed")
    width = int(position.shape[-1]) if position is not None else 0
    if width not in _TYPE_OF_WIDTH:
        raise ModelError(
            "The checkpoint must be SAM's ViT-B, ViT-L or ViT-H (encoder width 768, 1024 or 1280), "
            f"got {width or 'no image_encoder.pos_embed'}."
        )
    return _TYPE_OF_WIDTH[width]
