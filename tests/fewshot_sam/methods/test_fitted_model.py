"""A fitted model through a file: the same answers after it, and plain words where it does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.model_file import ModelFile
from fewshot_sam.methods.triplanar.settings import TriplanarSettings
from fewshot_sam.segmenter import FewShotSegmenter
from fewshot_sam.settings import Settings
from tests.fewshot_sam.toy_encoder import ToyEncoder, painted
from tests.fewshot_sam.toy_segmenter import FAST, LABELS, METHODS, VOLUME


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache")


@pytest.fixture
def saved(cache: EmbeddingCache, tmp_path: Path) -> Path:
    segmenter = FewShotSegmenter(ToyEncoder(), "cpu", settings=FAST, cache=cache)
    segmenter.fit([(VOLUME, painted(LABELS))]).save(tmp_path / "m.safetensors")
    return tmp_path / "m.safetensors"


def with_state(file: ModelFile, change: dict[str, Any]) -> dict[str, Any]:
    """What the file says of itself, with part of the method's state changed."""
    return file.about | {"method_state": file.about["method_state"] | change}


@METHODS
def test_a_saved_model_predicts_the_same(cache: EmbeddingCache, tmp_path: Path, settings: Settings) -> None:
    window = Window(-150, 250)
    case = (VOLUME, painted(LABELS, plane=Plane.CORONAL))
    segmenter = FewShotSegmenter(ToyEncoder(), "cpu", settings=settings, cache=cache)
    segmenter.fit([case], window=window).save(tmp_path / "model.safetensors")
    loaded = FewShotSegmenter.load(tmp_path / "model.safetensors", ToyEncoder(), "cpu", cache=cache)
    assert (loaded.codes, loaded.plane, loaded.settings) == ((3, 700), Plane.CORONAL, settings)
    assert loaded.fit_report == segmenter.fit_report
    annotations = painted(LABELS, (7,), Plane.CORONAL)
    for given in (None, annotations):
        first, second = segmenter.predict(VOLUME, given), loaded.predict(VOLUME, given)
        assert first.label_map.tobytes() == second.label_map.tobytes()
        assert first.report.get("quality") == second.report.get("quality")


@METHODS
def test_a_loaded_model_can_be_continued(cache: EmbeddingCache, tmp_path: Path, settings: Settings) -> None:
    case = (VOLUME, painted(LABELS))
    first = FewShotSegmenter(ToyEncoder(), "cpu", settings=settings, cache=cache).fit([case])
    first.save(tmp_path / "m.safetensors")
    loaded = FewShotSegmenter.load(tmp_path / "m.safetensors", ToyEncoder(), "cpu", cache=cache)
    again = FewShotSegmenter(ToyEncoder(), "cpu", settings=settings, cache=cache)
    again.fit([case], warm_start=loaded)
    assert 0 < again.fit_report["steps"] < first.fit_report["steps"]


def test_a_model_needs_its_encoder(cache: EmbeddingCache, saved: Path) -> None:
    other = ToyEncoder("other", seed=1)
    with pytest.raises(ModelError, match=r"m\.safetensors was made with the encoder toy, .* run with other"):
        FewShotSegmenter.load(saved, other, "cpu", cache=cache)


@pytest.mark.parametrize(
    "missing", ["method", "method_state", "codes", "volumes", "fit", "settings", "encoder"]
)
def test_a_file_of_an_earlier_version_is_named(cache: EmbeddingCache, saved: Path, missing: str) -> None:
    file = ModelFile.load(saved)
    about = {name: value for name, value in file.about.items() if name != missing}
    ModelFile(file.state, about).save(saved)
    with pytest.raises(ModelError, match=r"m\.safetensors was made by another version; fit the model again"):
        FewShotSegmenter.load(saved, ToyEncoder(), "cpu", cache=cache)


def test_networks_of_another_version_are_named(cache: EmbeddingCache, saved: Path) -> None:
    file = ModelFile.load(saved)
    state = {name: tensor for name, tensor in file.state.items() if name != "hidden_bias"}
    ModelFile(state, file.about).save(saved)
    with pytest.raises(ModelError, match=r"m\.safetensors does not fit this version's networks"):
        FewShotSegmenter.load(saved, ToyEncoder(), "cpu", cache=cache)


def test_the_ensemble_is_the_networks_and_not_the_settings(
    cache: EmbeddingCache, saved: Path, tmp_path: Path
) -> None:
    others = Settings(TriplanarSettings(members=3))
    loaded = FewShotSegmenter.load(saved, ToyEncoder(), "cpu", settings=others, cache=cache)
    loaded.save(tmp_path / "again.safetensors")
    again = FewShotSegmenter.load(tmp_path / "again.safetensors", ToyEncoder(), "cpu", cache=cache)
    first, second = loaded.predict(VOLUME), again.predict(VOLUME)
    assert first.label_map.tobytes() == second.label_map.tobytes()


@pytest.mark.parametrize(
    ("fit", "sentence"),
    [
        ({"head_steps": 10**9}, r"The setting fit\.head_steps must be from 1 to 10000, got 1000000000"),
        ({"batch": 1}, "Unknown setting 'batch'"),
    ],
)
def test_settings_of_a_file_are_checked(
    cache: EmbeddingCache, saved: Path, fit: dict[str, Any], sentence: str
) -> None:
    file = ModelFile.load(saved)
    ModelFile(file.state, file.about | {"settings": {"fit": fit}}).save(saved)
    with pytest.raises(ModelError, match=rf"m\.safetensors holds settings .* not take\. {sentence}"):
        FewShotSegmenter.load(saved, ToyEncoder(), "cpu", cache=cache)


def test_a_segmenter_takes_only_settings_that_its_file_may_hold() -> None:
    with pytest.raises(ModelError, match=r"fit\.members must be from 1 to 16, got 17"):
        FewShotSegmenter(ToyEncoder(), "cpu", settings=Settings(TriplanarSettings(members=17)))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("method_state", []), ("plane", "oblique"), ("codes", 5), ("codes", [0]),
        ("codes", ["1"]), ("window", [1]), ("window", [0, float("nan")]), ("volumes", {"a": 1}),
        ("volumes", [["a", "1"]]), ("encoder", None), ("method", 5),
        ("fit", []),
    ],
)  # fmt: skip
def test_a_file_that_describes_itself_wrongly_is_damaged(
    cache: EmbeddingCache, saved: Path, key: str, value: Any
) -> None:
    file = ModelFile.load(saved)
    ModelFile(file.state, file.about | {key: value}).save(saved)
    with pytest.raises(
        ModelError, match=rf"m\.safetensors is damaged: {key}.* is not what a few-shot model has"
    ):
        FewShotSegmenter.load(saved, ToyEncoder(), "cpu", cache=cache)


@pytest.mark.parametrize(
    ("key", "value"),
    [("members", "1"), ("members", 0), ("folds", {"0/1": -1}), ("cross_validated_dice", [["1", 0.5]])],
)
def test_a_method_state_of_other_types_is_damaged(
    cache: EmbeddingCache, saved: Path, key: str, value: Any
) -> None:
    file = ModelFile.load(saved)
    ModelFile(file.state, with_state(file, {key: value})).save(saved)
    with pytest.raises(ModelError, match=rf"m\.safetensors is damaged: {key}.* is not what a few-shot model"):
        FewShotSegmenter.load(saved, ToyEncoder(), "cpu", cache=cache)


def test_a_method_this_version_does_not_have(cache: EmbeddingCache, saved: Path) -> None:
    file = ModelFile.load(saved)
    ModelFile(file.state, file.about | {"method": "telepathy"}).save(saved)
    with pytest.raises(ModelError, match="made by the method 'telepathy', which this version has not"):
        FewShotSegmenter.load(saved, ToyEncoder(), "cpu", cache=cache)


@pytest.mark.parametrize(
    "change",
    [
        {"out": torch.zeros(10**6, 10**6, 0)},  # sizes that cost the file nothing
        {"planes": torch.zeros(3, 8, 10**7, 0)},
        {"out": torch.zeros(4, 65, 3)},
        {"hidden": torch.zeros(0)},
        {"prototypes": torch.zeros(10**6, 0, 256)},
    ],
)
def test_sizes_in_a_file_allocate_no_more_than_the_file(
    cache: EmbeddingCache, saved: Path, change: dict[str, torch.Tensor]
) -> None:
    file = ModelFile.load(saved)
    ModelFile(file.state | change, file.about).save(saved)
    with pytest.raises(ModelError, match=r"m\.safetensors does not fit this version's networks"):
        FewShotSegmenter.load(saved, ToyEncoder(), "cpu", cache=cache)


def test_more_members_than_there_are_networks(cache: EmbeddingCache, saved: Path) -> None:
    file = ModelFile.load(saved)
    ModelFile(file.state, with_state(file, {"members": 10**9})).save(saved)
    with pytest.raises(ModelError, match=r"m\.safetensors does not fit this version's networks"):
        FewShotSegmenter.load(saved, ToyEncoder(), "cpu", cache=cache)


def test_a_file_names_no_path_to_open(cache: EmbeddingCache, saved: Path) -> None:
    file = ModelFile.load(saved)
    ModelFile(file.state, file.about | {"encoder": str(saved)}).save(saved)
    with pytest.raises(ModelError, match=r"was made with the checkpoint .*; give that checkpoint's path"):
        FewShotSegmenter.load(saved, device="cpu", cache=cache)


def test_what_the_painted_slices_look_like_comes_back(cache: EmbeddingCache, saved: Path) -> None:
    segmenter = FewShotSegmenter(ToyEncoder(), "cpu", settings=FAST, cache=cache)
    expected = segmenter.fit([(VOLUME, painted(LABELS))])._fitted().slice_vectors
    loaded = FewShotSegmenter.load(saved, ToyEncoder(), "cpu", cache=cache)._fitted().slice_vectors
    assert list(loaded) == list(expected) == [VOLUME.content_hash]
    assert loaded[VOLUME.content_hash].tobytes() == expected[VOLUME.content_hash].tobytes()


@pytest.mark.parametrize(
    "vectors",
    [
        {f"slice_vectors.{VOLUME.content_hash}": torch.zeros(3)},
        {f"slice_vectors.{VOLUME.content_hash}": torch.zeros(3, 5)},
        {f"slice_vectors.{VOLUME.content_hash}": torch.full((3, 16), torch.nan)},
        {"slice_vectors.another": torch.zeros(3, 16)},
    ],
    ids=["flat", "channels", "nan", "volume"],
)
def test_vectors_that_do_not_fit_are_damage(
    cache: EmbeddingCache, saved: Path, vectors: dict[str, torch.Tensor]
) -> None:
    file = ModelFile.load(saved)
    ModelFile({**file.state, **vectors}, file.about).save(saved)
    with pytest.raises(ModelError, match=r"m\.safetensors is damaged: slice_vectors is not"):
        FewShotSegmenter.load(saved, ToyEncoder(), "cpu", cache=cache)


def test_a_model_of_an_earlier_version_has_no_vectors(cache: EmbeddingCache, saved: Path) -> None:
    file = ModelFile.load(saved)
    state = {name: each for name, each in file.state.items() if not name.startswith("slice_vectors.")}
    ModelFile(state, file.about).save(saved)
    loaded = FewShotSegmenter.load(saved, ToyEncoder(), "cpu", cache=cache)
    assert loaded._fitted().slice_vectors == {}
    assert "domain_shift" not in loaded.predict(VOLUME).report
