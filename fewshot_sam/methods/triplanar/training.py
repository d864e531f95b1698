"""Training the triplanar head on points of painted slices; the encoder is never called."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from fewshot_sam.encoders.numerics import autocast
from fewshot_sam.methods.triplanar.head import TriplanarHead
from fewshot_sam.methods.triplanar.sampler import TrainingPoints
from fewshot_sam.methods.triplanar.settings import TriplanarSettings
from fewshot_sam.progress import Progress, Stage

_WARM_UP = 0.1


def start_head(
    points: TrainingPoints, classes: int, folds: int, settings: TriplanarSettings, generator: torch.Generator
) -> TriplanarHead:
    """An untrained head, with the points' mean and scale."""
    head = TriplanarHead(
        classes,
        points.embeddings.shape[2],
        points.local.shape[1],
        settings.members,
        folds,
        settings.hidden,
        generator,
    )
    sample = points.embeddings[:: max(1, len(points.embeddings) // 20_000)].float()
    head.mean.copy_(sample.mean(0))
    head.scale.copy_((sample - head.mean).std(dim=(0, 2)).clamp(min=1e-6))
    absent = head.scale <= 1e-6  # unrelated pictures have no other planes: what these say never counts
    head.scale[absent] = 1.0
    with torch.no_grad():
        head.planes[absent] = 0.0
    return head


def train_head(
    head: TriplanarHead,
    points: TrainingPoints,
    settings: TriplanarSettings,
    steps: int,
    generator: torch.Generator,
    progress: Progress,
) -> list[float]:
    """Train the head in place; ``progress`` gets ``loss`` and ``step``.

    Points are drawn by the inverse root of their class's area, and each member learns from all points but
    those of its fold.

    Returns:
        The loss of each step.

    Raises:
        OperationCancelled: from ``progress``, called at every step.
    """
    optimiser = torch.optim.AdamW(
        head.parameters(), settings.head_learning_rate, weight_decay=settings.head_weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.head_learning_rate, max(2, steps), pct_start=max(_WARM_UP, 1.5 / max(2, steps))
    )
    area = torch.bincount(points.classes).clamp(min=1).float()
    chance = area.rsqrt()[points.classes]
    losses: list[float] = []
    head.train()
    torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
    for step in range(steps):
        drawn = torch.multinomial(chance, settings.points, replacement=True, generator=generator)
        loss = _loss(head, points, drawn, settings, generator)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()) / (head.members + head.folds))
        progress(Stage.FIT, (step + 1) / steps, loss=losses[-1], step=step + 1)
    head.eval()
    return losses


def _loss(
    head: TriplanarHead,
    points: TrainingPoints,
    drawn: torch.Tensor,
    settings: TriplanarSettings,
    generator: torch.Generator,
) -> torch.Tensor:
    """Cross-entropy of the points of (n,) int64 indices, summed over the members, each without its fold."""
    device = head.bias.device
    kept = (torch.rand(len(drawn), 3, generator=generator) >= settings.plane_dropout).float()
    kept = kept / (1.0 - settings.plane_dropout)
    embeddings = head.standardise(points.embeddings[drawn].to(device).float())
    local, classes = points.local[drawn].to(device), points.classes[drawn].to(device)
    with autocast(device):
        logits = head(embeddings, local, kept.to(device), settings.dropout)
    flat, repeated = logits.float().flatten(0, 1), classes.repeat(len(logits))
    each = F.cross_entropy(flat, repeated, reduction="none").view(len(logits), -1)
    member_fold = torch.arange(head.members + head.folds) - head.members  # negative: sees all
    shown = (points.folds[drawn][None] != member_fold[:, None]).to(each)
    return ((each * shown).sum(1) / shown.sum(1).clamp(min=1)).sum()
