"""Model files as they go from one program to another: codes change, answers do not; nothing odd is read."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.model_card import ModelCard
from fewshot_sam.methods.model_file import ModelFile
from fewshot_sam.methods.registry import METHODS as ALL_METHODS
from fewshot_sam.methods.shared_model import SharedModel
from fewshot_sam.segmenter import FewShotSegmenter
from fewshot_sam.settings import Settings
from tests.fewshot_sam.toy_encoder import ToyEncoder, painted, truth, volume_of
from tests.fewshot_sam.toy_segmenter import FAST, METHODS, SAM_DECODER

CODES = (3, 40, 700, 701)
LABELS = truth(codes=CODES)
VOLUME = volume_of(LABELS)
OTHER = volume_of(LABELS, seed=5)
ORDERS = [(1, 2, 3, 4), (4, 3, 2, 1), (2, 65535, 1, 77), (255, 9, 254, 10)]


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache")


def fit_and_save(cache: EmbeddingCache, path: Path, settings: Settings, **fit: Any) -> FewShotSegmenter:
    segmenter = FewShotSegmenter(ToyEncoder(), "cpu", 7, settings, cache)
    segmenter.fit([(VOLUME, painted(LABELS))], **fit)
    segmenter.save(path)
    return segmenter


def load(cache: EmbeddingCache, path: Path) -> FewShotSegmenter:
    return FewShotSegmenter.load(path, ToyEncoder(), "cpu", cache=cache)


@METHODS
def test_other_codes_give_the_same_mask(cache: EmbeddingCache, tmp_path: Path, settings: Settings) -> None:
    original = fit_and_save(cache, tmp_path / "m.safetensors", settings)
    expected = original.predict(OTHER).label_map
    beside_paint = original.predict(OTHER, painted(LABELS)).label_map
    assert len(np.unique(expected)) > 2
    shared = SharedModel.read(tmp_path / "m.safetensors")
    for number, order in enumerate(ORDERS):
        path, codes = tmp_path / f"{number}.safetensors", dict(zip(CODES, order, strict=True))
        shared.recoded(codes).save(path)
        loaded = load(cache, path)
        assert loaded.codes == order
        lookup, renamed = np.zeros(65536, np.uint16), np.zeros(65536, np.uint16)
        lookup[list(order)], renamed[list(CODES)] = CODES, order
        np.testing.assert_array_equal(lookup[loaded.predict(OTHER).label_map], expected)
        found = loaded.predict(OTHER, painted(renamed[LABELS])).label_map
        np.testing.assert_array_equal(lookup[found], beside_paint)
        for old, new in codes.items():
            dice = original.fit_report["cross_validated_dice"].get(str(old))
            assert loaded.fit_report["cross_validated_dice"].get(str(new)) == dice


@METHODS
def test_there_and_back_is_the_same_file(cache: EmbeddingCache, tmp_path: Path, settings: Settings) -> None:
    fit_and_save(cache, tmp_path / "m.safetensors", settings)
    shared = SharedModel.read(tmp_path / "m.safetensors")
    for order in ORDERS:
        codes = dict(zip(CODES, order, strict=True))
        back = shared.recoded(codes).recoded({new: old for old, new in codes.items()})
        assert back.about == shared.about
        for name, tensor in shared.tensors.items():
            np.testing.assert_array_equal(back.tensors[name], tensor)


@pytest.mark.parametrize("settings", [FAST, SAM_DECODER, Settings.for_method("draft")])
def test_every_tensor_that_grows_with_the_labels_has_its_axis_named(
    cache: EmbeddingCache, tmp_path: Path, settings: Settings
) -> None:
    shapes = []
    for codes in ((1, 2), (1, 2, 3)):
        labels, path = truth(codes=codes), tmp_path / f"{len(codes)}.safetensors"
        segmenter = FewShotSegmenter(ToyEncoder(), "cpu", 0, settings, cache)
        segmenter.fit([(volume_of(labels), painted(labels))]).save(path)
        tensors = SharedModel.read(path).tensors
        shapes.append({n: t.shape for n, t in tensors.items() if not n.startswith("slice_vectors.")})
    two, three = shapes
    grown = {
        name: [axis for axis, length in enumerate(two[name]) if length != three[name][axis]] for name in two
    }
    axes = ALL_METHODS[settings.method].class_axes
    assert {name: found for name, found in grown.items() if found} == {n: [a] for n, a in axes.items()}


def test_all_methods_are_tested_here() -> None:
    assert set(ALL_METHODS) == {FAST.method, SAM_DECODER.method, "draft"}


def test_the_description_of_a_shared_model(cache: EmbeddingCache, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    fit_and_save(cache, path, FAST, window=Window(-150, 250))
    shared = SharedModel.read(path)
    names = {3: ("left\x1b half", "#ff0000"), 700: ("x" * 500, None)}
    card = shared.about.card.named(names).signed("Halves\n of", "A. Author", "CC-BY-4.0", "One\r\ntwo\x00")
    shared.with_card(card).save(path)
    found = SharedModel.read(path).description()
    assert found["labels"] == [
        {"code": 3, "name": "left half", "color": "#ff0000"},
        {"code": 700, "name": "x" * 200, "color": None},
    ]
    assert (found["title"], found["author"], found["licence"]) == ("Halves of", "A. Author", "CC-BY-4.0")
    assert (found["note"], found["seed"], found["input_size"]) == ("One\ntwo", 7, 32)
    assert (found["plane"], found["window"], found["encoder"]) == ("axial", [-150.0, 250.0], "toy")
    assert found["sources"] == [{"sha256": VOLUME.content_hash, "slices": 3}]
    contents = found["contents"]
    assert (contents["averages"], contents["slice_vectors"], contents["vector_length"]) == (3, 3, 16)
    assert contents["weights"] > 1000


def with_about(path: Path, **changes: Any) -> Path:
    file = ModelFile.load(path)
    ModelFile(file.state, {**file.about, **changes}).save(path)
    return path


def with_card(path: Path, **changes: Any) -> Path:
    return with_about(path, card={**ModelFile.load(path).about["card"], **changes})


def with_tensors(path: Path, **changes: torch.Tensor) -> Path:
    file = ModelFile.load(path)
    ModelFile({**file.state, **changes}, file.about).save(path)
    return path


def with_header(path: Path, length: int, header: bytes = b"") -> Path:
    path.write_bytes(struct.pack("<Q", length) + (header or path.read_bytes()[8:]))
    return path


def declaring(path: Path, **tensor: Any) -> Path:
    header = json.dumps({"out": tensor, "__metadata__": {"format": "fewshot-sam-1"}}).encode()
    return with_header(path, len(header), header + b"\0" * 64)


HUGE = 10 * 1024**3
DAMAGE: dict[str, tuple[Any, str]] = {
    "a name of 1 MB": (
        lambda path: with_card(path, labels=[{"code": 3, "name": "x" * 2**20}]),
        r"card\.labels\.0\.name is not what .* at most 200 characters",
    ),
    "a note of 1 MB": (lambda path: with_card(path, note="x" * 2**20), r"card\.note .* at most 2000"),
    "a name that is a number": (
        lambda path: with_card(path, labels=[{"code": 3, "name": 5}]), r"card\.labels\.0\.name is not"
    ),
    "a colour of its own": (
        lambda path: with_card(path, labels=[{"code": 3, "name": "a", "color": "url(//x)"}]),
        r"card\.labels\.0\.color is not",
    ),
    "half a letter": (
        lambda path: with_card(path, labels=[{"code": 3, "name": "\ud800"}]), r"card\.labels\.0\.name is not"
    ),
    "a header of 10 GB": (lambda path: with_header(path, HUGE), "not a safetensors file, or it is damaged"),
    "a header of half a file": (lambda path: with_header(path, 40), "not a safetensors file"),
    "a tensor of 10 GB": (
        lambda path: declaring(path, dtype="F32", shape=[HUGE // 4], data_offsets=[0, HUGE]),
        "not a safetensors file",
    ),
    "a shape of 10 GB": (
        lambda path: declaring(path, dtype="F32", shape=[HUGE // 4], data_offsets=[0, 64]),
        "not a safetensors file",
    ),
    "bfloat16": (
        lambda path: declaring(path, dtype="BF16", shape=[32], data_offsets=[0, 64]),
        "not a safetensors file|must be floats",
    ),
    "whole numbers": (
        lambda path: declaring(path, dtype="I64", shape=[8], data_offsets=[0, 64]), "floats, got int64"
    ),
    "no numbers": (
        lambda path: with_tensors(path, bias=torch.full_like(ModelFile.load(path).state["bias"], torch.nan)),
        "'bias' holds values that are no finite numbers",
    ),
    "a class too many": (
        lambda path: with_tensors(path, out=torch.zeros(3, 64, 6)), "'out' must have 5 classes"
    ),
    "an axis too few": (lambda path: with_tensors(path, out=torch.zeros(5)), "'out' must have 5 classes"),
    "an empty tensor": (lambda path: with_tensors(path, more=torch.zeros(0, 9)), "a tensor of it is empty"),
    "codes twice": (lambda path: with_about(path, codes=[3, 3, 40, 700]), r"codes is not .* are the same"),
    "a window upside down": (lambda path: with_about(path, window=[5, -5]), "window is not .* comes first"),
    "scores of other labels": (
        lambda path: with_about(path, method_state={"cross_validated_dice": [[1, 0.5]]}),
        "there must be an accuracy",
    ),
    "an unknown method": (
        lambda path: with_about(path, method="telepathy"), "'telepathy', which this version has not; update"
    ),
    "unknown settings": (
        lambda path: with_about(path, settings={"fit": {"magic": 1}}), "settings that this version does not"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("whole")
    fit_and_save(EmbeddingCache(folder / "cache"), folder / "m.safetensors", FAST)
    return (folder / "m.safetensors").read_bytes()


@pytest.mark.parametrize("what", DAMAGE)
def test_a_file_made_by_hand_is_told_in_a_sentence(tmp_path: Path, whole: bytes, what: str) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(whole)
    break_it, sentence = DAMAGE[what]
    break_it(path)
    with pytest.raises(ModelError, match=rf"m\.safetensors.*({sentence})") as caught:
        SharedModel.read(path)
    assert len(str(caught.value)) < 600


def test_a_file_of_a_later_version(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(whole.replace(b"fewshot-sam-1", b"fewshot-sam-2", 1))
    with pytest.raises(ModelError, match=r"made by a later version of this program .* Update to use it"):
        SharedModel.read(path)


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 9, 200, 0.5, -1])
def test_a_file_that_was_cut_off(tmp_path: Path, whole: bytes, cut: float) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(whole[: int(cut * len(whole)) if 0 < cut < 1 else int(cut)])
    with pytest.raises(ModelError, match="not a safetensors file, or it is damaged"):
        SharedModel.read(path)


def test_a_model_without_a_card_is_read(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(whole)
    file = ModelFile.load(path)
    ModelFile(file.state, {name: value for name, value in file.about.items() if name != "card"}).save(path)
    assert SharedModel.read(path).about.card == ModelCard()


def test_a_file_names_no_folder(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(whole)
    for stated in ("/home/doe_jane/sam.pth", r"C:\Users\doe_jane\sam.pth"):
        SharedModel.read(with_about(path, encoder=stated, extra="doe_jane")).save(path)
        assert b"doe_jane" not in path.read_bytes()
        assert SharedModel.read(path).about.encoder == "sam.pth"


def test_no_voxels_are_in_a_file(whole: bytes) -> None:
    rows = [
        np.ascontiguousarray(np.moveaxis(array, axis, 0)).reshape(-1, 8)
        for array in (VOLUME.voxels[:, :16, :8], LABELS[:, :16, :8])
        for axis in range(3)
    ]
    varied = [row for row in np.concatenate(rows) if len(np.unique(row)) > 2]
    assert len(varied) > 500
    for row in varied:
        for stored in (row, row.astype(np.uint8), row.astype(np.float32)):
            assert stored.tobytes() not in whole
