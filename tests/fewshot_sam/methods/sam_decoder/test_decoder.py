"""The few-shot decoder: what goes in and out, and what learns."""

from __future__ import annotations

import pytest
import torch

from fewshot_sam.methods.sam_decoder.decoder import FewShotDecoder
from fewshot_sam.methods.sam_decoder.linear_probe import PixelProbe
from tests.fewshot_sam.toy_encoder import CHANNELS, random_decoder_weights


def make(
    classes: int = 3, prototypes: int = 2, channels: int = CHANNELS, grid_size: int = 8
) -> FewShotDecoder:
    generator = torch.Generator().manual_seed(0)
    return FewShotDecoder(
        random_decoder_weights(channels),
        torch.randn(classes, prototypes, channels, generator=generator),
        PixelProbe(classes, channels, grid_size),
        grid_size,
        generator,
    )


def embeddings(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("height", "width"), [(8, 8), (5, 8), (8, 1)])
@pytest.mark.parametrize("classes", [2, 7])
def test_logits_of_all_classes_at_four_pixels_a_cell(classes: int, height: int, width: int) -> None:
    with torch.inference_mode():
        logits = make(classes)(embeddings(2, CHANNELS, height, width))
    assert logits.shape == (2, classes, 4 * height, 4 * width)
    assert torch.isfinite(logits).all()


def test_slices_do_not_see_each_other() -> None:
    decoder, both = make().eval(), embeddings(2, CHANNELS, 8, 8)
    with torch.inference_mode():
        torch.testing.assert_close(decoder(both)[:1], decoder(both[:1]), rtol=1e-4, atol=1e-4)


def test_the_size_is_read_from_the_weights() -> None:
    with torch.inference_mode():
        assert make(channels=32)(embeddings(1, 32, 4, 4)).shape == (1, 3, 16, 16)


def test_everything_but_the_probe_learns() -> None:
    decoder = make()
    decoder(embeddings(1, CHANNELS, 8, 8)).square().mean().backward()
    still = {name for name, parameter in decoder.named_parameters() if not parameter.requires_grad}
    assert still == {name for name, _ in decoder.named_parameters() if name.startswith("probe.")}
    assert decoder.prototypes.grad is not None and decoder.prototypes.grad.abs().sum() > 0
    assert decoder.mask_tokens.grad is not None and decoder.mask_tokens.grad.abs().sum() > 0


def test_the_state_is_the_whole_decoder() -> None:
    first, second = make().eval(), make().eval()
    with torch.no_grad():
        for tensor in first.state_dict().values():
            tensor.add_(torch.randn(tensor.shape, generator=torch.Generator().manual_seed(2)) * 0.1)
    image = embeddings(1, CHANNELS, 8, 8)
    with torch.inference_mode():
        assert not torch.equal(first(image), second(image))
        second.load_state_dict(first.state_dict())
        assert torch.equal(first(image), second(image))
