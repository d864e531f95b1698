"""A supervised 3D U-Net (monai), trained on fully labelled volumes: what far more labelling would buy.

Çiçek et al., "3D U-Net", MICCAI 2016; here monai's residual variant, small enough to train on a CPU.
Dice plus cross-entropy, random patches, flips in no axis (left is not right), scaling and intensity
augmentation, sliding-window prediction; in the spirit of nnU-Net, not its size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from monai.inferers import sliding_window_inference
from monai.losses import DiceCELoss
from monai.networks.nets import UNet
from scipy.ndimage import zoom

from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import default_window

_CHANNELS = (16, 32, 64, 128)
_LEARNING_RATE = 2e-3


@dataclass(frozen=True)
class UnetSettings:
    """How the network is trained.

    Attributes:
        spacing_mm: isotropic voxels everything is resampled to.
        patch: voxels of a training patch along each axis, a multiple of 8.
    """

    spacing_mm: float = 1.0
    patch: tuple[int, int, int] = (40, 56, 40)
    steps: int = 400
    batch_size: int = 4


class SupervisedUnet:
    """Fit on fully labelled volumes, then predict others.

    Args:
        codes: the labels; background is added.
    """

    def __init__(self, codes: tuple[int, ...], settings: UnetSettings, seed: int = 0) -> None:
        self._codes, self._settings = codes, settings
        self._generator = np.random.default_rng(seed)
        torch.manual_seed(seed)
        self._network = UNet(
            spatial_dims=3,
            in_channels=1,
            out_channels=1 + len(codes),
            channels=_CHANNELS,
            strides=(2,) * (len(_CHANNELS) - 1),
            num_res_units=2,
        )

    def fit(self, cases: list[tuple[Volume, np.ndarray]]) -> SupervisedUnet:
        """Train on volumes with their label maps, canonical (X, Y, Z) integers."""
        prepared = [(self._image(volume), self._classes(volume, labels)) for volume, labels in cases]
        loss_of = DiceCELoss(softmax=True, to_onehot_y=True, include_background=False)
        optimiser = torch.optim.AdamW(self._network.parameters(), _LEARNING_RATE, weight_decay=1e-3)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _LEARNING_RATE, self._settings.steps)
        self._network.train()
        for _ in range(self._settings.steps):
            images, targets = self._batch(prepared)
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
        image = torch.from_numpy(self._image(volume))[None, None]
        scores = sliding_window_inference(image, self._settings.patch, 2, self._network, 0.5, "gaussian")
        resized = F.interpolate(torch.as_tensor(scores), volume.shape, mode="trilinear", align_corners=False)
        classes = resized[0].argmax(0).numpy()
        return np.array((0, *self._codes), np.uint16)[classes]

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

    def _batch(self, prepared: list[tuple[np.ndarray, np.ndarray]]) -> tuple[torch.Tensor, torch.Tensor]:
        chosen = self._generator.integers(0, len(prepared), self._settings.batch_size)
        pairs = [self._patch(*prepared[index]) for index in chosen]
        images, targets = (torch.from_numpy(np.stack(items)[:, None]) for items in zip(*pairs, strict=True))
        return images, targets

    def _patch(self, image: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One random patch, scaled and with its intensities changed; what sticks out is padded."""
        draw = self._generator
        scale = draw.uniform(0.85, 1.15, 3)
        wanted = np.maximum(np.rint(np.array(self._settings.patch) / scale), 1).astype(int)
        missing = np.maximum(wanted - image.shape, 0)
        padding = [(int(m) // 2, int(m) - int(m) // 2) for m in missing]
        image, classes = np.pad(image, padding, mode="edge"), np.pad(classes, padding)
        start = draw.integers(0, np.array(image.shape) - wanted + 1)
        box = tuple(slice(s, s + w) for s, w in zip(start, wanted, strict=True))
        factors = np.array(self._settings.patch) / wanted
        patch = zoom(image[box], factors, order=1, grid_mode=True, mode="nearest")
        target = zoom(classes[box], factors, order=0, grid_mode=True, mode="nearest")
        noise = draw.normal(0, draw.uniform(0, 0.15), patch.shape)
        patch = patch * draw.uniform(0.8, 1.2) + draw.uniform(-0.2, 0.2) + noise
        return patch.astype(np.float32), target
