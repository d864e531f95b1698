"""The facade on stacks of unrelated pictures, with a toy encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.pictures import single_picture
from fewshot_sam.data.planes import Plane, from_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.pictures import count_encoded_pictures, encode_pictures
from fewshot_sam.errors import AnnotationError, ModelError
from fewshot_sam.io import load_volume
from fewshot_sam.segmenter import FewShotSegmenter
from fewshot_sam.settings import Settings
from tests.fewshot_sam.synthetic_pictures import SIZES, inside_pictures, write_pictures
from tests.fewshot_sam.toy_encoder import ToyEncoder
from tests.fewshot_sam.toy_segmenter import FAST, METHODS, make

PAINTED = (0, 2, 4)


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache")


def pictures(folder: Path, colour: bool = False) -> tuple[Volume, np.ndarray]:
    """A stack and the canonical label map of its discs."""
    masks = write_pictures(folder, colour=colour)
    stack = load_volume(folder, pictures=True)
    truth = np.zeros(stack.shape, np.uint16)
    for index, picture in enumerate(stack.pictures):
        whole = np.zeros((stack.shape[1], stack.shape[0]), np.uint16)
        picture.inside(whole)[...] = masks[picture.name]
        truth[:, :, index] = from_display(whole)
    return stack, truth


def painted(truth: np.ndarray, indices: tuple[int, ...] = PAINTED) -> SparseAnnotations:
    return SparseAnnotations(Plane.AXIAL, {index: truth[:, :, index] for index in indices})


@METHODS
@pytest.mark.parametrize("colour", [False, True])
def test_pictures_are_predicted_in_their_own_size(
    tmp_path: Path, cache: EmbeddingCache, settings: Settings, colour: bool
) -> None:
    stack, truth = pictures(tmp_path / "pictures", colour)
    segmenter = make(cache, settings=settings).fit([(stack, painted(truth))])
    found = segmenter.predict(stack, painted(truth))
    assert found.label_map.shape == stack.shape
    assert not found.label_map[~inside_pictures(stack.pictures, stack.shape)].any()
    for index in PAINTED:
        np.testing.assert_array_equal(found.label_map[:, :, index], truth[:, :, index])
    assert found.probabilities is not None
    assert found.report["pixels"] == {"1": int((found.label_map == 1).sum())}
    assert ("next_slices" in found.report) == (settings is FAST)  # the other one solves nothing
    assert all(each["slice_index"] not in PAINTED for each in found.report.get("next_slices", []))
    assert "domain_shift" not in found.report


def test_discs_are_found_on_the_other_pictures(tmp_path: Path, cache: EmbeddingCache) -> None:
    stack, truth = pictures(tmp_path / "pictures")
    segmenter = make(cache).fit([(stack, painted(truth))])
    found = segmenter.predict(stack, painted(truth))
    others = [index for index in range(len(SIZES)) if index not in PAINTED]
    mine, wanted = found.label_map[:, :, others] == 1, truth[:, :, others] == 1
    assert 2 * (mine & wanted).sum() / (mine.sum() + wanted.sum()) > 0.85
    quality = found.report["quality"]["1"]
    assert quality["expected_dice"] == quality["cross_validated_dice"] > 0.5


def test_a_picture_says_nothing_of_the_next(tmp_path: Path, cache: EmbeddingCache) -> None:
    stack, truth = pictures(tmp_path / "pictures")
    segmenter = make(cache).fit([(stack, painted(truth))])
    whole = segmenter.predict(stack)
    index = 3
    alone = segmenter.predict(single_picture(stack, index))
    picture = stack.pictures[index]
    part = whole.label_map[stack.shape[0] - picture.columns :, stack.shape[1] - picture.rows :, index]
    assert part.shape == alone.label_map.shape[:2]
    assert (part != alone.label_map[:, :, 0]).mean() < 0.02  # the padding's lowest value is the stack's


def test_a_saved_model_predicts_other_pictures(tmp_path: Path, cache: EmbeddingCache) -> None:
    stack, truth = pictures(tmp_path / "pictures")
    segmenter = make(cache).fit([(stack, painted(truth))])
    segmenter.save(tmp_path / "m.safetensors")
    loaded = FewShotSegmenter.load(tmp_path / "m.safetensors", ToyEncoder(), cache=cache)
    np.testing.assert_array_equal(loaded.predict(stack).label_map, segmenter.predict(stack).label_map)


def test_only_the_pictures_are_encoded(tmp_path: Path, cache: EmbeddingCache) -> None:
    stack, _ = pictures(tmp_path / "pictures")
    encoder = ToyEncoder()
    assert count_encoded_pictures(stack, encoder, cache) == (0, len(SIZES))
    told: list[tuple[float, dict[str, Any]]] = []
    note = lambda stage, fraction, **details: told.append((fraction, details))  # noqa: E731
    encode_pictures(stack, encoder, cache, wanted=[1, 3], progress=note)
    assert told == [(0.5, {"done": 1, "total": 2}), (1.0, {"done": 2, "total": 2})]
    assert count_encoded_pictures(stack, encoder, cache) == (2, len(SIZES))
    encode_pictures(stack, encoder, cache)
    assert encoder.encoded == len(SIZES)
    cache.remove_volume(stack.content_hash)
    assert count_encoded_pictures(stack, encoder, cache, [0, 1]) == (0, 2)


def test_colour_reaches_the_encoder() -> None:
    image = np.zeros((32, 32, 3), np.float32)
    image[..., 2] = 1.0
    prepared = ToyEncoder().prepare(image, (32, 32))
    assert [float(channel.mean()) for channel in prepared] == pytest.approx([0.0, 0.0, 1.0], abs=1e-3)


def test_what_pictures_cannot_do_is_said(tmp_path: Path, cache: EmbeddingCache) -> None:
    stack, truth = pictures(tmp_path / "pictures")
    with pytest.raises(ModelError, match="nothing between them"):
        make(cache, settings=Settings.for_method("draft")).fit([(stack, painted(truth))])
    sideways = SparseAnnotations(Plane.CORONAL, {3: truth[:, 3]})
    with pytest.raises(AnnotationError, match="axial slices"):
        make(cache, settings=FAST).fit([(stack, sideways)])
