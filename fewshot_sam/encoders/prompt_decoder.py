"""SAM's prompt encoder and mask decoder as they are: a box or points on an image give one mask.

After Kirillov et al., "Segment Anything", 2023, arXiv 2304.02643. The weights and what they compute are
those of ``segment_anything``. Written for one image and one prompt on a CPU, where what counts is how often a
map of all cells is copied: cells stay rows of a matrix, and the upscaling, in which no cell sees another, is
two products and covers only the rows that are asked for. That takes about half of the time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from segment_anything.modeling import MaskDecoder, TwoWayTransformer

from fewshot_sam.encoders.base import DecoderWeights
from fewshot_sam.errors import ModelError

_OUTSIDE, _INSIDE, _FIRST_CORNER, _LAST_CORNER = range(4)
"""Rows of :attr:`DecoderWeights.prompt_embeddings`."""


@dataclass(frozen=True)
class Prompt:
    """What to outline on an image: a box, or points. (0, 0) is the outer corner of the first pixel.

    Attributes:
        box: (left, top, right, bottom) in pixels.
        points: (column, row, inside) in pixels; read where there is no box.
    """

    box: tuple[float, float, float, float] | None = None
    points: tuple[tuple[float, float, bool], ...] = ()

    def scaled(self, across: float, down: float) -> Prompt:
        """The same prompt on an image of ``across`` times the columns and ``down`` times the rows."""
        if self.box is not None:
            left, top, right, bottom = self.box
            return Prompt(box=(left * across, top * down, right * across, bottom * down))
        return Prompt(points=tuple((x * across, y * down, inside) for x, y, inside in self.points))


class PromptDecoder:
    """One mask of an image embedding and a prompt. Safe for several threads: it keeps nothing.

    Args:
        weights: of the checkpoint that the embedding's encoder is of.
        input_size: side of the encoder's square input in pixels.
        grid_size: side of its embedding grid in cells.

    Raises:
        ModelError: if the checkpoint holds no prompt encoder.
    """

    def __init__(self, weights: DecoderWeights, input_size: int, grid_size: int) -> None:
        if weights.prompt_embeddings is None or weights.no_point_embedding is None:
            raise ModelError("The checkpoint has no prompt encoder; it must be a whole SAM checkpoint.")
        self._input_size = input_size
        self._frequencies = weights.position_frequencies
        self._no_mask = weights.no_mask_embedding
        self._prompts, self._no_point = weights.prompt_embeddings, weights.no_point_embedding
        channels = self._no_mask.shape[0]
        self._decoder: Any = build_mask_decoder(weights.mask_decoder, channels).requires_grad_(False).eval()
        centres = (torch.arange(grid_size) + 0.5) / grid_size
        rows, columns = torch.meshgrid(centres, centres, indexing="ij")
        self._cells = self._position(torch.stack([columns, rows], -1).reshape(-1, 2))

    @torch.inference_mode()
    def decode(self, embedding: torch.Tensor, prompt: Prompt, rows: int | None = None) -> torch.Tensor:
        """Logits of the mask, above 0 inside; of several points SAM's only mask, of one its best of three.

        Args:
            embedding: (C, grid, grid) float32 of the whole square.
            prompt: in pixels of the encoder's input.
            rows: only the first so many rows of cells; default all.

        Returns:
            (4 * rows, 4 * grid) float32.
        """
        grid = embedding.shape[1]
        image = (embedding + self._no_mask[:, None, None]).flatten(1).T.contiguous()
        heads = torch.cat([self._decoder.iou_token.weight, self._decoder.mask_tokens.weight])
        tokens, cells = self._transform(image, torch.cat([heads, self._tokens(prompt)]))
        best = self._best(tokens) if prompt.box is None and len(prompt.points) == 1 else 0
        vector = self._decoder.output_hypernetworks_mlps[best](tokens[1 + best])
        return self._upscale(cells[: (rows or grid) * grid], vector, grid)

    def _tokens(self, prompt: Prompt) -> torch.Tensor:
        """(tokens, C) of the prompt."""
        if prompt.box is not None:
            corners = torch.tensor(prompt.box, dtype=torch.float32).reshape(2, 2) / self._input_size
            return self._position(corners) + self._prompts[_FIRST_CORNER : _LAST_CORNER + 1]
        columns_and_rows = [point[:2] for point in prompt.points]
        places = torch.tensor(columns_and_rows, dtype=torch.float32) / self._input_size
        kinds = [_INSIDE if inside else _OUTSIDE for _, _, inside in prompt.points]
        return torch.cat([self._position(places) + self._prompts[kinds], self._no_point[None]])

    def _position(self, places: torch.Tensor) -> torch.Tensor:
        """(N, C) random Fourier features of (N, 2) places, x and y in 0..1."""
        angles = 2 * math.pi * ((2 * places - 1) @ self._frequencies)
        return torch.cat([angles.sin(), angles.cos()], -1)

    def _transform(self, image: torch.Tensor, prompts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """SAM's two-way transformer of (cells, C) and (tokens, C): tokens and cells as it leaves them."""
        transformer, tokens, cells = self._decoder.transformer, prompts, image
        for layer in transformer.layers:
            if layer.skip_first_layer_pe:
                tokens = _attend(layer.self_attn, tokens, tokens, tokens)
            else:
                placed = tokens + prompts
                tokens = tokens + _attend(layer.self_attn, placed, placed, tokens)
            tokens = layer.norm1(tokens)
            keys = cells + self._cells
            tokens = tokens + _attend(layer.cross_attn_token_to_image, tokens + prompts, keys, cells)
            tokens = layer.norm2(tokens)
            tokens = layer.norm3(tokens + layer.mlp(tokens))
            cells = cells + _attend(layer.cross_attn_image_to_token, keys, tokens + prompts, tokens)
            cells = layer.norm4(cells)
        last = transformer.final_attn_token_to_image
        tokens = tokens + _attend(last, tokens + prompts, cells + self._cells, cells)
        return transformer.norm_final_attn(tokens), cells

    def _best(self, tokens: torch.Tensor) -> int:
        """Which of the three masks for one point SAM scores highest."""
        scores = self._decoder.iou_prediction_head(tokens[:1])[0]
        return 1 + int(scores[1:].argmax())

    def _upscale(self, cells: torch.Tensor, vector: torch.Tensor, grid: int) -> torch.Tensor:
        """(4 * rows, 4 * grid) products of ``vector`` with the upscaled (rows * grid, C) cells."""
        first, norm, _, second, _ = self._decoder.output_upscaling
        maps = _spread(first, cells)
        maps = F.gelu(F.layer_norm(maps, maps.shape[-1:], norm.weight, norm.bias, norm.eps))
        logits = F.gelu(_spread(second, maps)) @ vector
        rows = cells.shape[0] // grid
        return logits.view(rows, grid, 2, 2, 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(4 * rows, 4 * grid)


def _spread(layer: Any, cells: torch.Tensor) -> torch.Tensor:
    """A transposed convolution of 2 x 2, stride 2: (N, C) cells to (4 N, D), each cell's four in a row."""
    channels, out = layer.weight.shape[:2]
    weight = layer.weight.permute(0, 2, 3, 1).reshape(channels, 4 * out)
    return torch.addmm(layer.bias.repeat(4), cells, weight).view(-1, out)


def _attend(attention: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """SAM's attention layer on (queries, C), (keys, C) and (keys, C): (queries, C)."""
    heads = attention.num_heads
    separate = [
        layer(given).view(given.shape[0], heads, -1).transpose(0, 1)
        for layer, given in ((attention.q_proj, query), (attention.k_proj, key), (attention.v_proj, value))
    ]
    found = F.scaled_dot_product_attention(*separate)
    answer: torch.Tensor = attention.out_proj(found.transpose(0, 1).reshape(query.shape[0], -1))
    return answer


def build_mask_decoder(state: dict[str, torch.Tensor], channels: int) -> MaskDecoder:
    """SAM's mask decoder with these weights; its size is read from them.

    Args:
        state: :attr:`~fewshot_sam.encoders.base.DecoderWeights.mask_decoder`, tensors of any shape, float32.
        channels: C of the image embedding.
    """
    layers = {key.split(".")[2] for key in state if key.startswith("transformer.layers.")}
    mlp_dim = state["transformer.layers.0.mlp.lin1.weight"].shape[0]
    transformer = TwoWayTransformer(depth=len(layers), embedding_dim=channels, num_heads=8, mlp_dim=mlp_dim)
    hidden = state["iou_prediction_head.layers.0.weight"].shape[0]
    decoder = MaskDecoder(
        transformer_dim=channels,
        transformer=transformer,
        num_multimask_outputs=state["mask_tokens.weight"].shape[0] - 1,
        iou_head_hidden_dim=hidden,
    )
    decoder.load_state_dict(state)
    return decoder
