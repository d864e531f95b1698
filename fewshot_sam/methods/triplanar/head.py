"""A small network from a voxel's embeddings in three planes, its intensities and its place to label scores.

It has several networks of the same shape, trained side by side in one pass. The first ones are the ensemble's
members: they see every painted slice, and their mean is the answer. Each of the others never sees the slices
of one fold, so what it says of those slices is what the method would have said had they not been painted:
that is how a fit tells its accuracy.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class TriplanarHead(nn.Module):
    """Class logits of points.

    Args:
        classes: labels and background.
        channels: length of an embedding.
        local: number of local features.
        members: networks of the ensemble, which see every painted slice.
        folds: networks that each leave one fold out.
        hidden: width of a network.
    """

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(
        self,
        classes: int,
        channels: int,
        local: int,
        members: int,
        folds: int,
        hidden: int,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.members, self.folds, self.hidden_size = members, folds, hidden
        networks = members + folds
        self.planes = _uniform((3, networks * hidden, channels), channels, generator)
        self.local = _uniform((networks * hidden, local), local, generator)
        self.bias = nn.Parameter(torch.zeros(networks * hidden))
        self.hidden = _uniform((networks, hidden, hidden), hidden, generator)
        self.hidden_bias = nn.Parameter(torch.zeros(networks, 1, hidden))
        self.out = _uniform((networks, hidden, classes), hidden, generator)
        self.out_bias = nn.Parameter(torch.zeros(networks, 1, classes))
        self.register_buffer("mean", torch.zeros(3, channels))
        self.register_buffer("scale", torch.ones(3))

    def forward(
        self, embeddings: torch.Tensor, local: torch.Tensor, kept: torch.Tensor, dropout: float
    ) -> torch.Tensor:
        """Logits (networks, N, classes) of N points, for training.

        Args:
            embeddings: (N, 3, C) float32, standardised.
            local: (N, F) float32.
            kept: (N, 3) float32, 0 where a plane's embedding is hidden, else what it is multiplied with.
        """
        first = torch.addmm(self.bias, local, self.local.T)
        for plane in range(3):
            first = first + (embeddings[:, plane] @ self.planes[plane].T) * kept[:, plane, None]
        members = first.view(len(local), -1, self.hidden_size).transpose(0, 1)
        return self._answer(members, slice(None), dropout)

    def standardise(self, embeddings: torch.Tensor) -> torch.Tensor:
        """(N, 3, C) float32 embeddings without the points' mean, divided by their scale."""
        return (embeddings - self.mean) / self.scale[:, None]

    def project(self, embeddings: torch.Tensor, plane: int, members: slice) -> torch.Tensor:
        """First layer's share of one plane: (h, w, D) of a slice's (C, h, w) float, D = members x hidden.

        Embeddings may be in float16, as the cache has them: centring in it rounds no more than the cache did.
        """
        weight = self.planes[plane].view(-1, self.hidden_size, self.planes.shape[2])[members].flatten(0, 1)
        weight = weight / self.scale[plane]
        channels, height, width = embeddings.shape
        centred = embeddings.reshape(channels, -1) - self.mean[plane].to(embeddings.dtype)[:, None]
        if not torch.is_autocast_enabled(centred.device.type):
            centred = centred.to(weight.dtype)
        return (centred.T @ weight.T).view(height, width, -1)

    def answer(self, projected: torch.Tensor, local: torch.Tensor, members: slice) -> torch.Tensor:
        """Mean log-probabilities (classes, h, w) float32 of the members.

        Args:
            projected: (h, w, D) float, sum of :meth:`project` over the planes, read at the points.
            local: (F, h, w) float32.
            members: of all networks, those that answer.
        """
        height, width = local.shape[1:]
        weight = self.local.view(-1, self.hidden_size, self.local.shape[1])[members].flatten(0, 1)
        bias = self.bias.view(-1, self.hidden_size)[members].flatten()
        first = projected.reshape(-1, len(bias)) + torch.addmm(
            bias, local.reshape(len(local), -1).T, weight.T
        )
        each = first.view(height * width, -1, self.hidden_size).transpose(0, 1)
        logits = self._answer(each, members, 0.0)
        return F.log_softmax(logits.float(), dim=2).mean(0).T.reshape(-1, height, width)

    def _answer(self, first: torch.Tensor, members: slice, dropout: float) -> torch.Tensor:
        """(members, N, classes) from the first layer's (members, N, hidden)."""
        seen = F.gelu(first) * self._mask(first, dropout)
        second = F.gelu(torch.baddbmm(self.hidden_bias[members], seen, self.hidden[members]))
        second = second * self._mask(second, dropout) + seen
        return torch.baddbmm(self.out_bias[members], second, self.out[members])

    def _mask(self, units: torch.Tensor, dropout: float) -> torch.Tensor | float:
        """Dropout of a point's hidden units, the same in all networks: drawing numbers takes time."""
        if not (self.training and dropout):
            return 1.0
        return F.dropout(torch.ones_like(units[0]), dropout)


def _uniform(shape: tuple[int, ...], fan_in: int, generator: torch.Generator | None) -> nn.Parameter:
    """As torch's own linear layers begin."""
    bound = fan_in**-0.5
    return nn.Parameter((torch.rand(shape, generator=generator) * 2 - 1) * bound)


def empty_head(state: dict[str, torch.Tensor], members: int) -> TriplanarHead:
    """A head of the size of a stored state.

    Args:
        state: float32 tensors of the shapes that :class:`TriplanarHead` states, such as "out" (members,
            hidden, classes).
        members: the ensemble members; the others belong to folds.
    """
    networks, hidden, classes = state["out"].shape
    local, channels = state["local"].shape[1], state["planes"].shape[2]
    return TriplanarHead(classes, channels, local, members, networks - members, hidden)


def copy_head(head: TriplanarHead) -> TriplanarHead:
    """The same head in memory of its own."""
    copy = empty_head(dict(head.state_dict()), head.members)
    copy.load_state_dict(head.state_dict())
    return copy
