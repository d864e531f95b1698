"""A linear classifier on embeddings: the first guess that the decoder corrects.

Fitted in about a second, it spares the decoder most of its training (benchmarks/RESULTS.md): a fresh
decoder must find out from nothing which tokens mean which label.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

_CONTEXT_CELLS = 5
_MAX_CELLS = 60_000
_POSITIONS = 9


class PixelProbe(nn.Module):
    """Class logits of each embedding cell from its embedding, its surroundings' mean and its position.

    Args:
        classes: labels and background.
        channels: length of an embedding.
        grid_size: side of the encoder's whole grid, which positions are relative to.
    """

    scale: torch.Tensor

    def __init__(self, classes: int, channels: int, grid_size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(classes, 2 * channels + _POSITIONS))
        self.bias = nn.Parameter(torch.zeros(classes))
        self.register_buffer("scale", torch.ones(()))
        self._grid_size = grid_size

    def forward(self, image_embeddings: torch.Tensor) -> torch.Tensor:
        """Logits (B, classes, h, w) of (B, C, h, w) embeddings, in float32 whatever autocast says."""
        with torch.autocast(image_embeddings.device.type, enabled=False):
            features = self.features(image_embeddings.float())
            return torch.einsum("kf,bfhw->bkhw", self.weight, features) + self.bias[:, None, None]

    def features(self, image_embeddings: torch.Tensor) -> torch.Tensor:
        """(B, 2C + positions, h, w) float32."""
        batch, _, height, width = image_embeddings.shape
        scaled = image_embeddings / self.scale
        padding = _CONTEXT_CELLS // 2
        context = F.avg_pool2d(scaled, _CONTEXT_CELLS, 1, padding, count_include_pad=False)
        position = self._position(height, width).to(scaled).expand(batch, -1, -1, -1)
        return torch.cat([scaled, context, position], dim=1)

    def _position(self, height: int, width: int) -> torch.Tensor:
        """(1, positions, h, w): low powers and waves of the row and column in -1..1."""
        row, column = torch.meshgrid(
            *((torch.arange(length) + 0.5) / self._grid_size * 2 - 1 for length in (height, width)),
            indexing="ij",
        )
        waves = [wave(3 * axis) for wave in (torch.sin, torch.cos) for axis in (row, column)]
        return torch.stack([row, column, row * column, row * row, column * column, *waves])[None]


def fit_probe(
    embeddings: list[torch.Tensor],
    targets: list[torch.Tensor],
    grid_size: int,
    weight_decay: float,
    iterations: int,
    generator: torch.Generator,
    tick: Callable[[], None] = lambda: None,
) -> PixelProbe:
    """Logistic regression on the cells of the painted slices; rare classes count more (root of area).

    Args:
        embeddings: of each painted slice (C, h, w) float.
        targets: of each painted slice (classes, H, W) float in 0..1, brought down to the grid here.
        tick: called at every evaluation of the loss; may raise to stop.
    """
    probe = PixelProbe(targets[0].shape[0], embeddings[0].shape[0], grid_size)
    probe.scale.fill_(float(torch.cat([item.float().flatten() for item in embeddings[:20]]).std()))
    cells, shares = _cells(probe, embeddings, targets, generator)
    area = shares.sum(0)
    balance = (area > 0) / area.clamp(min=1.0).sqrt()
    balance = balance / (balance * area).sum()
    optimiser = torch.optim.LBFGS(
        [probe.weight, probe.bias], max_iter=iterations, history_size=10, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        tick()
        optimiser.zero_grad()
        log_probabilities = F.log_softmax(cells @ probe.weight.T + probe.bias, dim=1)
        loss = -(log_probabilities * shares * balance).sum() + weight_decay * (probe.weight**2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return probe


def _cells(
    probe: PixelProbe,
    embeddings: list[torch.Tensor],
    targets: list[torch.Tensor],
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Features (cells, F) and class shares (cells, classes); of many slices, a random part of each."""
    total = sum(item.shape[1] * item.shape[2] for item in embeddings)
    features, shares = [], []
    for embedding, target in zip(embeddings, targets, strict=True):
        share = F.adaptive_avg_pool2d(target.float(), (embedding.shape[1], embedding.shape[2]))
        rows = probe.features(embedding.float()[None])[0].flatten(1).T
        kept = torch.arange(len(rows))
        if total > _MAX_CELLS:
            kept = torch.randperm(len(rows), generator=generator)[: len(rows) * _MAX_CELLS // total]
        features.append(rows[kept])
        shares.append(share.flatten(1).T[kept])
    return torch.cat(features), torch.cat(shares)
