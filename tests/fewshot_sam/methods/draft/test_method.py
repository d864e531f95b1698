"""The draft: painted slices alone, and no embedding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane, take_slice
from fewshot_sam.data.windowing import default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.methods.base import ScoreTask
from fewshot_sam.methods.draft.method import DraftScores
from fewshot_sam.segmenter import FewShotSegmenter
from fewshot_sam.settings import Settings
from tests.fewshot_sam.toy_encoder import ToyEncoder, truth, volume_of

LABELS = truth((40, 36, 30), (1, 2))
VOLUME = volume_of(LABELS)
SHOWN = (8, 15, 22)


def painted(plane: Plane = Plane.AXIAL) -> SparseAnnotations:
    return SparseAnnotations(plane, {index: take_slice(LABELS, plane, index).copy() for index in SHOWN})


def segmenter(folder: Path) -> FewShotSegmenter:
    return FewShotSegmenter(
        ToyEncoder(), "cpu", settings=Settings.for_method("draft"), cache=EmbeddingCache(folder)
    )


@pytest.mark.parametrize("plane", Plane)
def test_slices_between_the_painted_ones_are_filled_without_the_encoder(tmp_path: Path, plane: Plane) -> None:
    drafting = segmenter(tmp_path).fit([(VOLUME, painted(plane))])
    found = drafting.predict(VOLUME, painted(plane)).label_map
    assert isinstance(drafting.encoder, ToyEncoder)
    assert drafting.encoder.encoded == 0
    between = [index for index in range(SHOWN[0], SHOWN[-1]) if index not in SHOWN]
    for code in (1, 2):
        ours, wanted = (
            np.stack([take_slice(array, plane, index) == code for index in between])
            for array in (found, LABELS)
        )
        assert 2 * (ours & wanted).sum() / (ours.sum() + wanted.sum()) > 0.85
    for index in SHOWN:
        assert (take_slice(found, plane, index) == take_slice(LABELS, plane, index)).all()


def test_it_can_be_saved_and_loaded(tmp_path: Path) -> None:
    drafting = segmenter(tmp_path / "cache").fit([(VOLUME, painted())])
    drafting.save(tmp_path / "draft.safetensors")
    loaded = FewShotSegmenter.load(tmp_path / "draft.safetensors", ToyEncoder(), "cpu")
    wanted, found = (each.predict(VOLUME, painted()).label_map for each in (drafting, loaded))
    assert (found == wanted).all()


def test_a_volume_without_paint_stays_empty(tmp_path: Path) -> None:
    drafting = segmenter(tmp_path).fit([(VOLUME, painted())])
    assert not drafting.predict(VOLUME).label_map.any()


def scores(label_maps: dict[int, np.ndarray]) -> DraftScores:
    task = ScoreTask(VOLUME, Plane.AXIAL, default_window(VOLUME), {}, 4, label_maps)
    return DraftScores(task, labels=2)


def test_labels_are_looked_for_around_the_paint() -> None:
    image = np.zeros((36, 40), np.uint16)
    image[20:22, 10:12] = 1
    likely = scores({15: image}).likely()
    slices, rows, columns = likely.nonzero()
    spacing = VOLUME.spacing_mm
    assert slices.min() <= 15 - 20 / spacing[2] < slices.min() + 1
    assert slices.max() >= 15 + 20 / spacing[2] > slices.max() - 1
    assert rows.min() <= 20 - 20 / spacing[1] < rows.min() + 2
    assert columns.max() >= 11 + 20 / spacing[0] > columns.max() - 2
    assert not scores({15: np.zeros_like(image)}).likely().any()


def test_all_classes_are_alike_at_any_resolution() -> None:
    found = scores({}).log_probabilities(3, slice(0, 36), slice(8, 40), 2)
    assert found.shape == (3, 18, 16)
    assert found.exp().sum(0).allclose(found.new_ones(18, 16))
