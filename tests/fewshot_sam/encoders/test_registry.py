"""Encoders by name; one without SAM's mask decoder is a file and a line in the registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from fewshot_sam.data.planes import Plane
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_volume
from fewshot_sam.encoders import ENCODER_NAMES, ENCODERS, Encoder, SamCheckpoint, load_encoder
from fewshot_sam.encoders.registry import encoder_class
from fewshot_sam.errors import ModelError
from tests.fewshot_sam.toy_encoder import ToyEncoder, truth, volume_of


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Encoder:
    """The plug-in, registered for one test."""
    monkeypatch.setitem(ENCODERS, "toy", "tests.fewshot_sam.plugins.mean_encoder:MeanEncoder")
    return load_encoder("toy", "cpu")


def test_an_encoder_is_one_file_and_one_line(toy: Encoder, tmp_path: Path) -> None:
    assert (toy.name, getattr(toy, "device", None)) == ("toy", "cpu")
    assert "toy" in ENCODER_NAMES
    volume = volume_of(truth())
    embeddings = encode_volume(volume, Plane.AXIAL, toy, EmbeddingCache(tmp_path))
    assert embeddings.read(4).shape == (3, 7, 8)


def test_the_plug_in_is_not_there_without_its_line() -> None:
    with pytest.raises(ModelError, match=r"must be one of lite-medsam, .* got 'toy'"):
        load_encoder("toy", "cpu")


def test_a_mask_decoder_is_what_some_encoders_have(toy: Encoder) -> None:
    assert isinstance(ToyEncoder(), SamCheckpoint)
    assert not isinstance(toy, SamCheckpoint)


@pytest.mark.parametrize("name", ENCODER_NAMES)
def test_every_line_names_an_encoder_with_sams_decoder(name: str) -> None:
    found = encoder_class(name)
    assert issubclass(found, Encoder)
    assert issubclass(found, SamCheckpoint)
