"""SAM's prompts: the same logits as segment_anything gives, for boxes and points."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from segment_anything.modeling import PromptEncoder

from fewshot_sam.encoders.base import DecoderWeights
from fewshot_sam.encoders.prompt_decoder import Prompt, PromptDecoder, build_mask_decoder
from fewshot_sam.errors import ModelError
from tests.fewshot_sam.toy_encoder import CHANNELS, random_decoder_weights

INPUT, GRID = 32, 8
BOX = Prompt(box=(3.5, 4.0, 20.0, 27.5))
POINTS = Prompt(points=((6.5, 7.5, True), (20.0, 3.0, False)))
ONE_POINT = Prompt(points=((6.5, 7.5, True),))


@pytest.fixture
def weights() -> DecoderWeights:
    return random_decoder_weights()


def reference(weights: DecoderWeights, embedding: torch.Tensor, prompt: Prompt) -> torch.Tensor:
    """(32, 32) logits of segment_anything's own modules."""
    encoder = PromptEncoder(CHANNELS, (GRID, GRID), (INPUT, INPUT), mask_in_chans=4)
    state = {
        "pe_layer.positional_encoding_gaussian_matrix": weights.position_frequencies,
        "no_mask_embed.weight": weights.no_mask_embedding[None],
        "not_a_point_embed.weight": weights.no_point_embedding[None],
        **{f"point_embeddings.{n}.weight": weights.prompt_embeddings[n][None] for n in range(4)},
    }
    encoder.load_state_dict(state, strict=False)
    points = boxes = None
    if prompt.box is not None:
        boxes = torch.tensor([prompt.box]) - 0.5  # SAM counts from the centre of the first pixel
    else:
        places = torch.tensor([[(x, y) for x, y, _ in prompt.points]]) - 0.5
        points = (places, torch.tensor([[int(inside) for _, _, inside in prompt.points]]))
    sparse, dense = encoder(points=points, boxes=boxes, masks=None)
    masks, scores = build_mask_decoder(weights.mask_decoder, CHANNELS).eval()(
        image_embeddings=embedding[None],
        image_pe=encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse,
        dense_prompt_embeddings=dense,
        multimask_output=prompt == ONE_POINT,
    )
    return masks[0, int(scores[0].argmax())]


@pytest.mark.parametrize("prompt", [BOX, POINTS, ONE_POINT])
def test_it_answers_as_segment_anything(weights: DecoderWeights, prompt: Prompt) -> None:
    embedding = torch.randn(CHANNELS, GRID, GRID, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        wanted = reference(weights, embedding, prompt)
    decoder = PromptDecoder(weights, INPUT, GRID)
    torch.testing.assert_close(decoder.decode(embedding, prompt), wanted, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(decoder.decode(embedding, prompt, rows=5), wanted[:20], rtol=1e-4, atol=1e-4)


def test_a_prompt_follows_the_size_of_its_image() -> None:
    assert BOX.scaled(2, 0.5) == Prompt(box=(7.0, 2.0, 40.0, 13.75))
    assert ONE_POINT.scaled(2, 10) == Prompt(points=((13.0, 75.0, True),))


def test_a_checkpoint_without_a_prompt_encoder_is_refused(weights: DecoderWeights) -> None:
    with pytest.raises(ModelError, match="no prompt encoder; it must be a whole SAM checkpoint"):
        PromptDecoder(replace(weights, prompt_embeddings=None), INPUT, GRID)
