"""Outlines of boxes and points on slices, from the embeddings that the cache holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.windowing import default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_volume
from fewshot_sam.embeddings.outline import Outliner, prompt_kinds
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.encoders.lite_medsam import LiteMedSamEncoder
from fewshot_sam.encoders.prompt_decoder import Prompt
from fewshot_sam.encoders.sam_vit import SamVitEncoder
from fewshot_sam.errors import ModelError
from fewshot_sam.io import load_label_map, load_volume
from tests.fewshot_sam.plugins.mean_encoder import MeanEncoder
from tests.fewshot_sam.toy_encoder import ToyEncoder, truth, volume_of

BOX = Prompt(box=(2.0, 3.0, 12.0, 15.0))


@pytest.mark.parametrize("plane", list(Plane))
def test_cells_of_the_slice_of_a_toy(plane: Plane, tmp_path: Path) -> None:
    volume, encoder = volume_of(truth()), ToyEncoder()
    embeddings = encode_volume(volume, plane, encoder, EmbeddingCache(tmp_path), slices=[4])
    outliner, framing = Outliner(encoder), Framing.of(volume, plane, encoder)
    found = outliner.outline(embeddings.read(4), framing, BOX)
    assert found.dtype == bool
    assert found.shape == to_display(take_slice(volume.voxels, plane, 4)).shape
    other = outliner.logits(embeddings.read(4), framing, Prompt(points=((5.0, 5.0, True),)))
    assert not np.array_equal(other > 0, found) or not np.allclose(
        other, outliner.logits(embeddings.read(4), framing, BOX)
    )


def test_which_prompts_an_encoder_answers(tmp_path: Path) -> None:
    assert prompt_kinds(MeanEncoder("cpu")) == ()
    assert prompt_kinds(ToyEncoder()) == prompt_kinds(LiteMedSamEncoder("cpu")) == ("box",)
    (tmp_path / "sam.pth").write_bytes(b"not read before it is needed")
    assert prompt_kinds(SamVitEncoder(tmp_path / "sam.pth", "cpu")) == ("box", "point")
    assert prompt_kinds(SamVitEncoder(tmp_path / "sam.pth", "cpu", unit_range=True)) == ("box",)


def test_an_encoder_without_a_decoder_is_refused_in_words() -> None:
    with pytest.raises(ModelError, match=r"has no SAM mask decoder, which boxes and points need\. Choose"):
        Outliner(MeanEncoder("cpu"))


def test_a_tight_box_outlines_organs(data_dir: Path, embeddings_folder: Path) -> None:
    case = data_dir / "ct_abdomen"
    volume = load_volume(case / "image.nii.gz")
    labels = load_label_map(case / "labels.nii.gz", volume)
    encoder = LiteMedSamEncoder("cpu", compiled_folder=embeddings_folder / "openvino")
    cache = EmbeddingCache(embeddings_folder / "embeddings")
    window = default_window(volume)
    embeddings = encode_volume(volume, Plane.AXIAL, encoder, cache, window=window, slices=[94])
    outliner, framing = Outliner(encoder), Framing.of(volume, Plane.AXIAL, encoder)
    for code in (1, 5):  # spleen, liver
        organ = to_display(take_slice(labels, Plane.AXIAL, 94) == code)
        rows, columns = np.flatnonzero(organ.any(1)), np.flatnonzero(organ.any(0))
        box = (columns[0], rows[0], columns[-1] + 1.0, rows[-1] + 1.0)
        found = outliner.outline(embeddings.read(94), framing, Prompt(box=box))
        assert 2 * (found & organ).sum() / (found.sum() + organ.sum()) > 0.85
