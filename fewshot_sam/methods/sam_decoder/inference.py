"""From the decoder's low resolution logits of each slice to probabilities on the slice's pixels."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from fewshot_sam.embeddings.cache import Embeddings
from fewshot_sam.embeddings.resize import Framing, reduce
from fewshot_sam.encoders.numerics import autocast
from fewshot_sam.methods.sam_decoder.decoder import FewShotDecoder
from fewshot_sam.progress import Progress, Stage


@torch.inference_mode()
def slice_logits(
    decoder: FewShotDecoder, embeddings: Embeddings, batch_size: int, progress: Progress
) -> np.ndarray:
    """Logits of every slice: (slices, classes, 4h, 4w) float16, background first."""
    device = decoder.mask_tokens.device
    parts: list[np.ndarray] = []
    count = len(embeddings)
    for start in range(0, count, batch_size):
        progress(Stage.SCORE, start / count)
        indices = range(start, min(start + batch_size, count))
        batch = torch.from_numpy(np.stack([embeddings.read(index) for index in indices])).float().to(device)
        with autocast(device):
            logits = decoder(batch)
        parts.append(logits.half().cpu().numpy())
    progress(Stage.SCORE, 1.0)
    return np.concatenate(parts)


def log_probabilities(logits: np.ndarray, framing: Framing) -> torch.Tensor:
    """Log-softmax on a slice's pixels.

    Args:
        logits: (classes, 4h, 4w) float16 of one slice.

    Returns:
        (classes, rows, columns) float32.
    """
    scaled = F.interpolate(
        torch.from_numpy(logits).float()[None], framing.slice_size, mode="bilinear", align_corners=False
    )
    return F.log_softmax(scaled, dim=1)[0]


class SamDecoderScores:
    """Slice scores of the decoder's low resolution logits, see :class:`fewshot_sam.methods.base.SliceScores`.

    Args:
        logits: (slices, classes, 4h, 4w) float16, background first.
    """

    def __init__(self, logits: np.ndarray, framing: Framing) -> None:
        self._logits, self._framing = logits, framing

    def likely(self) -> np.ndarray:
        """(slices, 4h, 4w) float32: probability of any label."""
        return np.stack(
            [1.0 - F.softmax(torch.from_numpy(item).float(), dim=0)[0].numpy() for item in self._logits]
        )

    def prepare(self, step: int) -> None:
        """Nothing to make."""

    def log_probabilities(self, index: int, rows: slice, columns: slice, step: int) -> torch.Tensor:
        """(classes, rows / step, columns / step) float32 of a slice, background first."""
        whole = log_probabilities(self._logits[index], self._framing)[:, rows, columns]
        return torch.from_numpy(np.stack([reduce(image, step) for image in whole.numpy()]))
