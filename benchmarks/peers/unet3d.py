"""A supervised 3D U-Net (monai), trained on fully labelled volumes: what far more labelling would buy.

Çiçek et al., "3D U-Net", MICCAI 2016. Two sizes: monai's residual variant, small enough to train on a CPU,
and nnU-Net's own network (monai's DynUNet) for a GPU. Dice plus cross-entropy, random patches, mild or
nnU-Net's augmentations but no flips (left is not right), sliding-window prediction; one network, no ensemble.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from monai.inferers import sliding_window_inference
from monai.losses import DiceCELoss
from monai.networks.nets import DynUNet, UNet
from scipy.ndimage import zoom

from benchmarks.peers.augment3d import AUGMENTATIONS, Patch, PatchSampler
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import default_window

_SMALL_CHANNELS, _CHANNELS = (16, 32, 64, 128), (32, 64, 128, 256)
_LEARNING_RATE = 2e-3


@dataclass(frozen=True)
class UnetSettings:
    """How the network is trained.

    Attributes:
        spacing_mm: isotropic voxels everything is resampled to.
        patch: voxels of a training patch along each axis, a multiple of 8.
        network: "small" is monai's residual U-Net, whose finest features have two voxels' spacing; "nnunet"
            is nnU-Net's network for the hippocampus, of full resolution and three poolings.
        augmentation: of :data:`~benchmarks.peers.augment3d.AUGMENTATIONS`; nnU-Net's take more steps to pay.
    """

    spacing_mm: float = 1.0
    patch: tuple[int, int, int] = (40, 56, 40)
    steps: int = 400
    batch_size: int = 4
    network: Literal["small", "nnunet"] = "small"
    augmentation: Literal["mild", "nnunet"] = "mild"


class SupervisedUnet:
    """Fit on fully labelled volumes, then predict others.

    Args:
        codes: the labels; background is added.
        device: where it is trained and predicts.
    """

    def __init__(
        self,
        codes: tuple[int, ...],
        settings: UnetSettings,
        seed: int = 0,
        device: torch.device | None = None,
    ) -> None:
        self._codes, self._settings, self._seed = codes, settings, seed
        self._device = device or torch.device("cpu")
        torch.manual_seed(seed)
        self._network = _build(settings.network, 1 + len(codes)).to(self._device)

    def fit(self, cases: list[tuple[Volume, np.ndarray]]) -> SupervisedUnet:
        """Train on volumes with their label maps, canonical (X, Y, Z) integers."""
        prepared = [self._prepare(volume, labels) for volume, labels in cases]
        changes = AUGMENTATIONS[self._settings.augmentation]
        sampler = PatchSampler(self._settings.patch, self._device, self._seed, changes)
        loss_of = DiceCELoss(softmax=True, to_onehot_y=True, include_background=False)
        optimiser = torch.optim.AdamW(self._network.parameters(), _LEARNING_RATE, weight_decay=1e-3)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _LEARNING_RATE, self._settings.steps)
        self._network.train()
        for _ in range(self._settings.steps):
            images, targets = sampler.batch(prepared, self._settings.batch_size)
            loss = loss_of(self._network(images), targets)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
        return self

    @torch.inference_mode()
    def predict(self, volume: Volume) -> np.ndarray:
        """Canonical (X, Y, Z) uint16 label map."""
        self._network.eval()
        image = torch.from_numpy(self._image(volume))[None, None].to(self._device)
        scores = sliding_window_inference(image, self._settings.patch, 2, self._network, 0.5, "gaussian")
        resized = F.interpolate(torch.as_tensor(scores), volume.shape, mode="trilinear", align_corners=False)
        classes = resized[0].argmax(0).cpu().numpy()
        return np.array((0, *self._codes), np.uint16)[classes]

    def _prepare(self, volume: Volume, labels: np.ndarray) -> Patch:
        """A whole volume as the sampler wants it."""
        image, classes = self._image(volume), self._classes(volume, labels)
        return torch.from_numpy(image)[None].to(self._device), torch.from_numpy(classes)[None].to(
            self._device
        )

    def _image(self, volume: Volume) -> np.ndarray:
        """Resampled float32 with mean 0 and standard deviation 1, windowed first."""
        window = default_window(volume)
        image = np.clip(volume.voxels.astype(np.float32), window.low, window.high)
        image = zoom(image, self._factors(volume), order=1, grid_mode=True, mode="nearest")
        return ((image - image.mean()) / max(float(image.std()), 1e-6)).astype(np.float32)

    def _classes(self, volume: Volume, label_map: np.ndarray) -> np.ndarray:
        """Resampled int64 class numbers, 0 background."""
        classes = np.zeros(volume.shape, np.int64)
        for number, code in enumerate(self._codes, start=1):
            classes[label_map == code] = number
        return zoom(classes, self._factors(volume), order=0, grid_mode=True, mode="nearest")

    def _factors(self, volume: Volume) -> list[float]:
        return [mm / self._settings.spacing_mm for mm in volume.spacing_mm]


def _build(network: str, classes: int) -> torch.nn.Module:
    if network == "nnunet":
        return DynUNet(
            spatial_dims=3,
            in_channels=1,
            out_channels=classes,
            kernel_size=(3,) * len(_CHANNELS),
            strides=(1, *(2,) * (len(_CHANNELS) - 1)),
            upsample_kernel_size=(2,) * (len(_CHANNELS) - 1),
            filters=_CHANNELS,
        )
    return UNet(
        spatial_dims=3,
        in_channels=1,
        out_channels=classes,
        channels=_SMALL_CHANNELS,
        strides=(2,) * (len(_SMALL_CHANNELS) - 1),
        num_res_units=2,
    )
