"""What another engineer adds: a method, a volumetric step, an encoder that is no SAM."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.errors import ModelError
from fewshot_sam.evaluation.metrics import dice
from fewshot_sam.methods.registry import METHODS, MethodEntry
from fewshot_sam.segmenter import FewShotSegmenter
from fewshot_sam.settings import Settings
from fewshot_sam.volumetric.registry import DEFAULT_STEPS, STEPS
from tests.fewshot_sam.plugins.mean_encoder import MeanEncoder
from tests.fewshot_sam.toy_encoder import ToyEncoder, painted
from tests.fewshot_sam.toy_segmenter import FAST, LABELS, SAM_DECODER, VOLUME, fitted

PLUGINS = "tests.fewshot_sam.plugins"


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache")


def test_a_method_is_one_file_and_one_line(
    cache: EmbeddingCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"{PLUGINS}.prototype_method"
    entry = MethodEntry(f"{place}:PrototypeMethod", f"{place}:PrototypeSettings", "nearest prototype")
    monkeypatch.setitem(METHODS, "prototype", entry)
    settings = Settings.from_json({"fit": {"method": "prototype", "sharpness": 8.0}})
    with pytest.raises(ModelError, match=r"The setting fit\.sharpness must be from 0\.1 to 100, got 0"):
        Settings.from_json({"fit": {"method": "prototype", "sharpness": 0.0}})
    segmenter = FewShotSegmenter(ToyEncoder(), "cpu", settings=settings, cache=cache)
    prediction = segmenter.fit([(VOLUME, painted(LABELS))]).predict(VOLUME, painted(LABELS))
    assert dice(prediction.label_map[..., 3:6] != 0, LABELS[..., 3:6] != 0) > 0.7
    segmenter.save(tmp_path / "m.safetensors")
    loaded = FewShotSegmenter.load(tmp_path / "m.safetensors", ToyEncoder(), "cpu", cache=cache)
    assert loaded.settings == settings
    again = loaded.predict(VOLUME, painted(LABELS))
    np.testing.assert_array_equal(again.label_map, prediction.label_map)
    later = FewShotSegmenter(ToyEncoder(), "cpu", settings=FAST, cache=cache)
    later.fit([(VOLUME, painted(LABELS))], warm_start=loaded)  # another method begins anew
    assert later.fit_report["steps"] == 40


def test_a_volumetric_step_is_one_file_and_one_line(
    cache: EmbeddingCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STEPS, "only_painted", f"{PLUGINS}.shrink_step:OnlyPainted")
    segmenter = fitted(cache)
    steps = (*DEFAULT_STEPS, "only_painted")
    segmenter.settings = Settings(FAST.fit, replace(FAST.predict, steps=steps)).checked()
    found = segmenter.predict(VOLUME, painted(LABELS, (2, 6))).label_map
    assert np.flatnonzero(found.any(axis=(0, 1))).tolist() == [2, 6]


def test_triplanar_needs_no_sam(cache: EmbeddingCache, tmp_path: Path) -> None:
    segmenter = FewShotSegmenter(MeanEncoder(), "cpu", settings=FAST, cache=cache)
    prediction = segmenter.fit([(VOLUME, painted(LABELS))]).predict(VOLUME, painted(LABELS))
    assert dice(prediction.label_map[..., 3:6] != 0, LABELS[..., 3:6] != 0) > 0.7
    segmenter.save(tmp_path / "m.safetensors")
    loaded = FewShotSegmenter.load(tmp_path / "m.safetensors", MeanEncoder(), "cpu", cache=cache)
    np.testing.assert_array_equal(loaded.predict(VOLUME).label_map, segmenter.predict(VOLUME).label_map)


def test_sam_decoder_says_which_encoder_it_lacks(cache: EmbeddingCache) -> None:
    segmenter = FewShotSegmenter(MeanEncoder(), "cpu", settings=SAM_DECODER, cache=cache)
    with pytest.raises(ModelError, match="needs an encoder with SAM's mask decoder, and toy has none"):
        segmenter.fit([(VOLUME, painted(LABELS))])
