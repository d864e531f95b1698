"""Few-shot models on disk, whole and damaged."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fewshot_sam.errors import ModelError
from fewshot_sam.methods import model_file
from fewshot_sam.methods.model_file import ModelFile


def example() -> ModelFile:
    state = {"weight": torch.arange(6.0).reshape(2, 3).T, "bias": torch.tensor(1.5)}
    return ModelFile(state, {"codes": [1, 300], "plane": "axial", "window": None, "name": "Leber ä"})


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    example().save(path)
    loaded = ModelFile.load(path)
    assert loaded.about == example().about
    assert sorted(loaded.state) == ["bias", "weight"]
    for name, tensor in example().state.items():
        torch.testing.assert_close(loaded.state[name], tensor, rtol=0, atol=0)
    assert [file.name for file in tmp_path.iterdir()] == ["m.safetensors"]


def test_a_failed_save_keeps_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.safetensors"
    example().save(path)
    before = path.read_bytes()

    def fail(tensors: object, draft: Path, metadata: object) -> None:
        draft.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(model_file, "save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        example().save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["m.safetensors"]


def test_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(ModelError, match="does not exist"):
            ModelFile.load(path)


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_cut_short(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "m.safetensors"
    example().save(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ModelError, match=r"m\.safetensors is not a safetensors file, or it is damaged"):
        ModelFile.load(path)


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(pickle.dumps({"weight": [1, 2, 3]}))
    with pytest.raises(ModelError, match="is not a safetensors file"):
        ModelFile.load(path)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}])
def test_safetensors_of_others(tmp_path: Path, metadata: dict[str, str] | None) -> None:
    path = tmp_path / "m.safetensors"
    save_file({"weight": torch.zeros(2)}, path, metadata)
    with pytest.raises(ModelError, match="must be a few-shot model of format fewshot-sam-1, got "):
        ModelFile.load(path)


@pytest.mark.parametrize("about", [None, "", "[]", "{", "[" * 100_000])
def test_a_description_that_is_no_object(tmp_path: Path, about: str | None) -> None:
    path = tmp_path / "m.safetensors"
    save_file(
        {"w": torch.zeros(2)}, path, {"format": "fewshot-sam-1"} | ({} if about is None else {"about": about})
    )
    with pytest.raises(ModelError, match=r"m\.safetensors must be a JSON object; it is damaged"):
        ModelFile.load(path)


def test_a_file_too_large_for_a_model_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.safetensors"
    example().save(path)
    monkeypatch.setattr(model_file, "MAX_BYTES", 100)
    with pytest.raises(ModelError, match=r"must be at most 100 bytes, m\.safetensors has \d+"):
        ModelFile.load(path)
