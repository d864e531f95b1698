"""Models as files: the app and the command line give the same labels, and no name gets out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.config import Config
from backend.errors import InvalidRequestError
from backend.services import Services, build_services
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.model_file import ModelFile
from fewshot_sam.segmenter import FewShotSegmenter
from fewshot_sam.settings import Settings
from storage.models import ModelRow, RunRow
from tests.backend.conftest import OWNER
from tests.backend.toy_models import (
    CODES,
    FAST,
    NAMES,
    Desk,
    ToyToolbox,
    fit_there,
    model_file,
    toy_config,
    toy_volume,
)
from tests.fewshot_sam.toy_encoder import ToyEncoder, painted, truth, volume_of

METHODS = pytest.mark.parametrize("method", FAST)
CANARIES = ("Canary_Project", "canary_scan", "canary_owner")


@pytest.fixture
def services(config: Config) -> Iterator[Services]:
    services = build_services(toy_config(config))
    yield services
    services.close()


@pytest.fixture
def desk(services: Services) -> Desk:
    return Desk(services, CANARIES[0], NAMES, CODES)


def fit_here(desk: Desk, method: str = "triplanar") -> tuple[str, str]:
    """The id of a model of three labels, and of the volume that it learnt from."""
    volume_id = desk.add(name=CANARIES[1])
    desk.paint(volume_id, (1, 2, 3))
    run = desk.run(volume_id, "propagate", settings=FAST[method])
    assert (run.state, run.error) == ("done", None)
    return str(run.model_id), volume_id


def mapped(label_map: np.ndarray, to: dict[int, int]) -> np.ndarray:
    lookup = np.zeros(65536, np.uint16)
    for old, new in to.items():
        lookup[old] = new
    return lookup[label_map]


@METHODS
def test_a_model_of_the_app_labels_the_same_elsewhere(desk: Desk, tmp_path: Path, method: str) -> None:
    model_id, _ = fit_here(desk, method)
    other = desk.add(seed=9, name="other")
    run = desk.run(other, "predict", model_id=model_id)
    here = desk.values(str(run.mask_id))
    assert len(np.unique(here)) == 4
    path = model_file(desk.services, model_id, tmp_path)
    there = FewShotSegmenter.load(path, ToyEncoder(), "cpu", cache=EmbeddingCache(tmp_path / "cache"))
    assert there.codes == CODES
    found = there.predict(toy_volume(3, seed=9)).label_map
    np.testing.assert_array_equal(found, mapped(here, dict(zip((1, 2, 3), CODES, strict=True))))


@METHODS
def test_a_model_of_the_library_labels_the_same_in_the_app(
    services: Services, tmp_path: Path, method: str
) -> None:
    path = fit_there(tmp_path, method)
    there = FewShotSegmenter.load(path, ToyEncoder(), "cpu", cache=EmbeddingCache(tmp_path / "cache"))
    expected = there.predict(toy_volume(3, seed=9)).label_map
    desk = Desk(services, "Other", ("Kidney", "A first label"), (9, 3))
    imported = services.model_files.import_model(OWNER, desk.project_id, [path], names="new")
    values = {label.name: label.value for label in imported.model.labels}
    assert sorted(values) == ["Kidney", "Liver", "Spleen"]
    run = desk.run(desk.add(seed=9), "predict")
    assert (run.state, run.error, run.model_id) == ("done", None, imported.model.id)
    codes = dict(zip(CODES, NAMES, strict=True))
    to_values = {code: values[name] for code, name in codes.items()}
    np.testing.assert_array_equal(desk.values(str(run.mask_id)), mapped(expected, to_values))


@METHODS
def test_out_in_and_out_again_is_the_same_network(desk: Desk, tmp_path: Path, method: str) -> None:
    model_id, _ = fit_here(desk, method)
    first = model_file(desk.services, model_id, tmp_path, title="First", note="Of a phantom")
    other = Desk(desk.services, "Other", ("Kidney", "Liver"), (40, 700))
    imported = desk.services.model_files.import_model(OWNER, other.project_id, [first])
    second = model_file(desk.services, imported.model.id, tmp_path, title="Second")
    before, after = ModelFile.load(first), ModelFile.load(second)
    assert before.about["card"]["note"] == "Of a phantom"
    for part in ("codes", "method_state", "fit", "volumes", "settings", "encoder_identity"):
        assert before.about[part] == after.about[part]
    assert before.state.keys() == after.state.keys()
    for name, tensor in before.state.items():
        assert tensor.numpy().tobytes() == after.state[name].numpy().tobytes()


def test_no_name_and_no_voxel_gets_into_a_file(desk: Desk, tmp_path: Path) -> None:
    model_id, volume_id = fit_here(desk)
    with desk.services.database.write() as session:
        row = session.get_one(ModelRow, model_id)
        row.encoder_name = "/home/canary_owner/x.pth"
        row.sources = [{**each, "name": CANARIES[1]} for each in row.sources or []]
    path = model_file(desk.services, model_id, tmp_path)
    content = path.read_bytes()
    assert path.name == "model.fewshot.safetensors"
    for name in (*CANARIES, desk.project_id, volume_id, model_id, "toy.nii"):
        assert name.encode() not in content
    volume = toy_volume(3)
    for row_of in np.moveaxis(volume.voxels, 0, -1).reshape(-1, volume.shape[0]):
        assert np.ascontiguousarray(row_of[:6]).tobytes() not in content
        assert row_of[:6].astype(np.float32).tobytes() not in content
    card = ModelFile.load(path).about["card"]
    assert [label["name"] for label in card["labels"]] == ["Spleen", "Kidney", "Liver"]  # those are wanted


def test_what_a_file_will_hold_is_told_before(desk: Desk) -> None:
    model_id, _ = fit_here(desk)
    told = desk.services.model_files.describe(OWNER, model_id)
    assert [(label.code, label.name) for label in told.labels] == [
        (3, "Spleen"),
        (40, "Kidney"),
        (700, "Liver"),
    ]
    assert (told.method, told.encoder, told.plane, told.seed) == ("triplanar", "toy", "axial", 0)
    assert [source.slices for source in told.sources] == [3]
    assert told.contents.slice_vectors == 3
    assert told.file_bytes > told.contents.weights * 4
    assert (told.title, told.licence) == ("", "")


def test_labels_are_called_in_a_file_as_they_are_now(desk: Desk) -> None:
    model_id, _ = fit_here(desk)
    services = desk.services
    services.labels.change(OWNER, desk.labels[0].id, name="Hepar", code=5)
    services.labels.delete(OWNER, desk.labels[1].id, force=True)
    services.labels.create(OWNER, desk.project_id, "Another", None, 3)  # the code of the deleted one
    told = services.model_files.describe(OWNER, model_id)
    names = {label.name: label.code for label in told.labels}
    assert names == {"Hepar": 5, "Kidney": 40, "Spleen": 3}  # the new one is not the model's


def test_a_code_that_another_label_of_the_model_has_is_replaced(desk: Desk) -> None:
    model_id, _ = fit_here(desk)
    desk.services.labels.delete(OWNER, desk.labels[1].id, force=True)
    desk.services.labels.change(OWNER, desk.labels[2].id, code=3)
    told = desk.services.model_files.describe(OWNER, model_id)
    assert {label.name: label.code for label in told.labels} == {"Spleen": 1, "Kidney": 3, "Liver": 700}


def test_a_model_says_who_brought_it_and_what_the_file_says(services: Services, tmp_path: Path) -> None:
    path = fit_there(tmp_path)
    desk = Desk(services, "Other", (), ())
    checked = services.model_files.check(OWNER, desk.project_id, [path])
    services.model_files.import_model(OWNER, desk.project_id, [path])
    (model,) = services.runs.models(OWNER, desk.project_id)
    assert model.imported is not None
    assert (model.volume_id, model.sources) == (None, [])
    assert (model.imported.by, model.imported.sha256) == (OWNER.id, checked.sha256)
    assert (model.imported.title, model.imported.author) == ("Three organs", "A. Author")
    assert model.imported.licence == "CC0-1.0"
    assert path.name not in json.dumps(model.model_dump(mode="json"))


def test_a_mask_names_the_model_file_that_made_it(services: Services, tmp_path: Path) -> None:
    path = fit_there(tmp_path)
    desk = Desk(services, "Other", (), ())
    imported = services.model_files.import_model(OWNER, desk.project_id, [path])
    volume_id = desk.add(seed=9)
    desk.run(volume_id, "predict")
    (mask,) = services.annotations.provenance(OWNER, volume_id).masks
    assert mask.model_file == imported.model.imported
    report = services.project_reports.of_project(OWNER, desk.project_id).content.decode()
    assert f"Three organs\n        (SHA-256 {mask.model_file.sha256}, CC0-1.0)" in report
    assert mask.title.startswith(f"triplanar, toy, model {mask.model_file.sha256[:12]} Three organs")


def test_a_run_never_goes_on_from_a_model_that_came_as_a_file(services: Services, tmp_path: Path) -> None:
    desk = Desk(services, "Other", (), ())
    services.model_files.import_model(OWNER, desk.project_id, [fit_there(tmp_path)])
    volume_id = desk.add()
    desk.paint(volume_id, (1, 2, 3))
    run = desk.run(volume_id, "propagate", settings=FAST["triplanar"])
    assert (run.state, run.continued) == ("done", False)
    with services.database.read() as session:
        assert session.get_one(RunRow, run.id).warm_start_model_id is None


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        ({"encoder": "sam-vit-b"}, r"made with the encoder SAM ViT-B \(toy-0\), which is not installed here"),
        ({"encoder": "mine"}, r"copy that checkpoint, as mine\.pth, to the folder checkpoints"),
        ({"encoder": "../../etc/passwd"}, "which is not installed here, and works with no other"),
        ({"method": "telepathy"}, "'telepathy', which this version has not; update to use it"),
    ],
)
def test_what_cannot_be_used_here_is_said(
    services: Services, tmp_path: Path, about: dict[str, str], sentence: str
) -> None:
    path = fit_there(tmp_path)
    file = ModelFile.load(path)
    ModelFile(file.state, {**file.about, **about}).save(path)
    desk = Desk(services, "Other", (), ())
    for use in (services.model_files.check, services.model_files.import_model):
        with pytest.raises(ModelError, match=sentence):
            use(OWNER, desk.project_id, [path])
    assert services.runs.models(OWNER, desk.project_id) == []


def test_a_draft_is_no_model(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "draft.safetensors"
    segmenter = FewShotSegmenter(ToyEncoder(), "cpu", 0, Settings.for_method("draft"))
    label_map = truth(codes=(1, 2))
    segmenter.fit([(volume_of(label_map), painted(label_map))]).save(path)
    desk = Desk(services, "Other", (), ())
    with pytest.raises(ModelError, match="holds nothing that was learnt: the method draft only interpolates"):
        services.model_files.import_model(OWNER, desk.project_id, [path])


def test_another_encoder_under_the_same_name_fails_the_run_with_a_sentence(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(services, "Other", (), ())
    services.model_files.import_model(OWNER, desk.project_id, [fit_there(tmp_path)])
    monkeypatch.setattr(ToyToolbox, "encoder", ToyEncoder(seed=1))
    run = desk.run(desk.add(seed=9), "predict")
    assert run.state == "failed"
    assert "was made with the encoder toy, and cannot run with toy" in str(run.error)


def test_a_model_of_more_labels_than_a_project_can_hold(services: Services, tmp_path: Path) -> None:
    file = ModelFile.load(fit_there(tmp_path))
    networks, hidden, _ = file.state["out"].shape
    state = {
        **file.state,
        "out": torch.zeros(networks, hidden, 257),
        "out_bias": torch.zeros(networks, 1, 257),
    }
    codes = list(range(1, 257))
    scores = {"cross_validated_dice": [[code, None] for code in codes]}
    about = {"codes": codes, "card": {}, "method_state": {**file.about["method_state"], **scores}}
    path = tmp_path / "many.safetensors"
    ModelFile(state, {**file.about, **about}).save(path)
    desk = Desk(services, "Other", (), ())
    with pytest.raises(ModelError, match="knows 256 labels; a project can hold 255 at most"):
        services.model_files.check(OWNER, desk.project_id, [path])


@pytest.mark.parametrize("count", [0, 2])
def test_one_file_at_a_time(services: Services, tmp_path: Path, count: int) -> None:
    desk = Desk(services, "Other", (), ())
    with pytest.raises(InvalidRequestError, match=f"Choose one file of a model, .* got {count}"):
        services.model_files.check(OWNER, desk.project_id, [tmp_path / "a"] * count)
