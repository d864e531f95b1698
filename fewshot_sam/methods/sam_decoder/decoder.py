"""SAM's mask decoder, reformulated: few-shot embeddings are its prompts, all labels share one pass.

After Xie et al., WACV 2024, arXiv 2407.04651. The token sequence holds one mask token for each label
and for background, and every label's prototypes (embeddings of painted pixels) in place of clicks. A
learnt tag, added to a label's mask token and to its prototypes, says which belong together. The masks
are corrections to a linear probe's first guess and compete in one softmax; there is no score and no
ranking.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from segment_anything.modeling.prompt_encoder import PositionEmbeddingRandom
from torch import nn

from fewshot_sam.embeddings.resize import MASK_PIXELS_PER_CELL
from fewshot_sam.encoders.base import DecoderWeights
from fewshot_sam.encoders.prompt_decoder import build_mask_decoder
from fewshot_sam.methods.sam_decoder.linear_probe import PixelProbe


class FewShotDecoder(nn.Module):
    """Masks of all labels from an image embedding and the labels' prototypes.

    Args:
        weights: SAM's mask decoder to start from.
        prototypes: (1 + labels, prototypes, C) float32 few-shot embeddings, background first.
        probe: fitted on the same slices; kept as it is while the decoder learns.
        grid_size: side of the encoder's whole embedding grid, for the positional encoding.
        generator: draws the initial tags.
    """

    no_mask_embedding: torch.Tensor
    position: torch.Tensor

    def __init__(
        self,
        weights: DecoderWeights,
        prototypes: torch.Tensor,
        probe: PixelProbe,
        grid_size: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        classes, _, channels = prototypes.shape
        sam = build_mask_decoder(weights.mask_decoder, channels)
        self.transformer = sam.transformer
        self.output_upscaling = sam.output_upscaling
        self.hypernetwork = sam.output_hypernetworks_mlps[0]
        mask_token = weights.mask_decoder["mask_tokens.weight"][0]
        self.mask_tokens = nn.Parameter(mask_token.expand(classes, channels).clone())
        self.prototypes = nn.Parameter(prototypes.clone())
        tags = torch.randn(classes, channels, generator=generator) * mask_token.std()
        self.tags = nn.Parameter(tags)
        self.bias = nn.Parameter(torch.zeros(classes))
        self.probe = probe.requires_grad_(False)
        self.register_buffer("no_mask_embedding", weights.no_mask_embedding)
        position = PositionEmbeddingRandom(channels // 2)
        position.positional_encoding_gaussian_matrix = weights.position_frequencies
        self.register_buffer("position", position((grid_size, grid_size)), persistent=False)

    def forward(self, image_embeddings: torch.Tensor) -> torch.Tensor:
        """Logits (B, 1 + labels, 4h, 4w) float, background first, of (B, C, h, w) float image embeddings."""
        batch, channels, height, width = image_embeddings.shape
        source = image_embeddings + self.no_mask_embedding[:, None, None]
        position = self.position[:, :height, :width].expand(batch, -1, -1, -1)
        tokens, keys = self.transformer(source, position, self._tokens().expand(batch, -1, -1))
        classes = self.mask_tokens.shape[0]
        upscaled = self.output_upscaling(keys.transpose(1, 2).reshape(batch, channels, height, width))
        hyper = self.hypernetwork(tokens[:, :classes])
        correction = torch.einsum("bkc,bchw->bkhw", hyper, upscaled) + self.bias[:, None, None]
        guess = F.interpolate(
            self.probe(image_embeddings),
            scale_factor=MASK_PIXELS_PER_CELL,
            mode="bilinear",
            align_corners=False,
        )
        return guess + correction.float()

    def _tokens(self) -> torch.Tensor:
        """(1, classes + classes * prototypes, C): the mask tokens, then the prompts."""
        prompts = (self.prototypes + self.tags[:, None]).flatten(0, 1)
        return torch.cat([self.mask_tokens + self.tags, prompts])[None]
