"""Method, encoder and seed: what there is to choose from, what may be asked for, what a run does with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.choices import ENCODER_TITLES, METHOD_CHOICES, Encoders
from backend.choices import RunChoice as Choice
from backend.config import Config
from backend.jobs.toolbox import Toolbox
from backend.services import Services
from backend.services.choices import AskedChoice, Choices
from fewshot_sam.encoders.registry import CHECKPOINT_FILES, DEFAULT_ENCODER, ENCODER_NAMES
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.registry import DEFAULT_METHOD, METHODS
from fewshot_sam.settings import Settings
from storage.models import ModelRow, RunRow
from tests.backend.data_folders import OWNER
from tests.backend.job_helpers import paint
from tests.backend.test_run_warm_start import OpeningToolbox, execute, toolbox

__all__ = ["toolbox"]

DECODER = AskedChoice(method="sam_decoder", seed=3)


@pytest.fixture
def checkpoints(config: Config) -> Path:
    """The folder of checkpoints, with a published one, another one and something else."""
    folder = config.checkpoints_folder
    folder.mkdir(parents=True)
    for name in ("sam_vit_b_01ec64.pth", "tuned.pth", "notes.txt"):
        (folder / name).write_bytes(b"x")
    return folder


def test_each_choice_is_one_of_the_librarys() -> None:
    assert METHOD_CHOICES.keys() == METHODS.keys() - {"draft"}
    assert next(iter(METHOD_CHOICES)) == DEFAULT_METHOD
    assert ENCODER_TITLES.keys() == ENCODER_NAMES
    assert next(iter(ENCODER_TITLES)) == DEFAULT_ENCODER


def test_downloaded_checkpoints_have_the_names_that_the_library_gives_them() -> None:
    from fewshot_sam.encoders.sam_vit import PUBLISHED

    assert {name: published.file_name for name, published in PUBLISHED.items()} == CHECKPOINT_FILES


def test_encoders_that_are_installed(config: Config, checkpoints: Path) -> None:
    assert Encoders(config).installed() == {
        "lite-medsam": "LiteMedSAM", "sam-vit-b": "SAM ViT-B", "tuned.pth": "tuned",
    }  # fmt: skip
    assert next(iter(Encoders(replace(config, encoder="sam-vit-b")).installed())) == "sam-vit-b"
    elsewhere = Encoders(replace(config, encoder="/models/big.pth"))
    assert next(iter(elsewhere.installed().items())) == ("big.pth", "big")
    assert elsewhere.source("big.pth") == "/models/big.pth"


def test_where_an_encoder_is_loaded_from(config: Config, checkpoints: Path, tmp_path: Path) -> None:
    encoders = Encoders(config)
    assert encoders.source("lite-medsam") == "lite-medsam"
    assert encoders.source("sam-vit-b") == "sam-vit-b"
    assert encoders.source("tuned.pth") == str(checkpoints / "tuned.pth")
    (tmp_path / "own.pth").write_bytes(b"x")
    assert encoders.source(str(tmp_path / "own.pth")) == str(tmp_path / "own.pth")
    missing = ("sam-vit-h", "gone.pth", str(tmp_path / "none.pth"), f"/{'x' * 990}.pth", "~nobody-here/a.pth")
    for name in (*missing, "notes.txt", "/etc/passwd", "..", "/", "a\0.pth"):
        assert encoders.source(name) is None, name


def test_no_folder_of_checkpoints_is_needed(config: Config) -> None:
    assert Encoders(config).installed() == {"lite-medsam": "LiteMedSAM"}


def test_what_can_be_chosen_is_told(client: TestClient, checkpoints: Path) -> None:
    system = client.get("/api/system").json()
    assert [method["name"] for method in system["methods"]] == list(METHOD_CHOICES)
    assert {"name": "tuned.pth", "title": "tuned"} in system["encoders"]


def test_a_method_brings_the_settings_that_measured_best_for_it(config: Config) -> None:
    choice, settings = Choices(config).of(DECODER, {"predict": {"iterations": 7}})
    assert choice == Choice("sam_decoder", "lite-medsam", 3)
    assert Settings.from_json(settings) == Settings.for_method("sam_decoder", iterations=7)
    assert Choices(config).of(AskedChoice(), {}) == (Choice(encoder="lite-medsam"), {})
    given: dict[str, Any] = {"fit": {"method": "decoder"}}  # its name in earlier versions
    assert Choices(config).of(AskedChoice(), given) == (Choice("sam_decoder", "lite-medsam"), given)


@pytest.mark.parametrize(
    ("asked", "settings", "sentence"),
    [
        (AskedChoice(method="draft"), {}, r"The method must be one of triplanar, sam_decoder, got 'draft'\."),
        (DECODER, {"fit": {"method": "triplanar"}}, r"fit\.method and the method must be the same"),
        (
            AskedChoice(encoder="none"),
            {},
            r"one of lite-medsam, or the path of a SAM .* got 'none'",
        ),
        (AskedChoice(encoder="/etc/passwd"), {}, r"got '/etc/passwd'\."),
    ],
)
def test_what_is_not_offered_is_refused(
    config: Config, asked: AskedChoice, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        Choices(config).of(asked, settings)


def test_of_several_users_nobody_names_a_file(config: Config, checkpoints: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.pth"
    own.write_bytes(b"x")
    asked = AskedChoice(encoder=str(own))
    assert Choices(config).of(asked, {})[0].encoder == str(own)
    several = Choices(replace(config, multi_user=True))
    in_folder = str(checkpoints / "tuned.pth")
    for name in (str(own), in_folder, f"{checkpoints}/../checkpoints/tuned.pth", "~/own.pth"):
        with pytest.raises(ModelError, match=r"must be one of lite-medsam, sam-vit-b, tuned\.pth, got"):
            several.of(AskedChoice(encoder=name), {})
    assert several.of(AskedChoice(encoder="tuned.pth"), {})[0].encoder == "tuned.pth"


def test_a_run_keeps_its_choice_and_shows_it(client: TestClient, volume_id: str, services: Services) -> None:
    services.labels.create(OWNER, services.volumes.get(OWNER, volume_id).project_id, "liver")
    paint(services, volume_id, 1)
    body = {"kind": "propagate", "method": "sam_decoder", "seed": 3}
    answer = client.post(f"/api/volumes/{volume_id}/runs", json=body)
    assert answer.status_code == 201
    made = {"method": "sam_decoder", "encoder": "lite-medsam", "encoder_title": "LiteMedSAM", "seed": 3}
    assert (answer.json()["choice"], answer.json()["slices"]) == (made, 1)
    refused = client.post(f"/api/volumes/{volume_id}/runs", json={**body, "encoder": "none"})
    assert refused.status_code == 422 and "The encoder must be one of" in refused.json()["error"]["message"]
    for wrong in ({"seed": -1}, {"seed": 2**31}, {"seed": "1"}, {"encoder": ""}, {"method": 7}):
        assert client.post(f"/api/volumes/{volume_id}/runs", json=body | wrong).status_code == 400


def test_a_run_goes_on_from_the_last_one_that_was_made_so(
    services: Services, toolbox: OpeningToolbox, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)

    def propagate(asked: AskedChoice) -> tuple[str | None, str | None]:
        """The model that a run goes on from, and its own."""
        run = services.runs.create(OWNER, volume_id, "propagate", asked=asked)
        with services.database.read() as session:
            warm_start = session.get_one(RunRow, run.id).warm_start_model_id
        done = execute(services, toolbox)
        assert done.choice == run.choice
        assert services.masks.get(OWNER, str(done.mask_id)).choice == run.choice
        return warm_start, done.model_id

    none, first = propagate(AskedChoice())
    assert (none, propagate(AskedChoice())[0]) == (None, first)
    other_start, other = propagate(DECODER)
    assert other_start is None
    assert propagate(DECODER)[0] == other
    assert propagate(DECODER._replace(seed=4))[0] is None
    assert propagate(AskedChoice())[0] not in (None, other)
    with services.database.read() as session:
        model = session.get_one(ModelRow, other)
        assert (model.method, model.encoder_name, model.seed) == ("sam_decoder", "lite-medsam", 3)


def test_a_prediction_has_its_models_choice(
    services: Services, toolbox: OpeningToolbox, client: TestClient, volume_id: str, label_value: int
) -> None:
    paint(services, volume_id, label_value)
    services.runs.create(OWNER, volume_id, "propagate", asked=DECODER)
    made = execute(services, toolbox).choice
    refused = client.post(f"/api/volumes/{volume_id}/runs", json={"kind": "predict", "seed": 1})
    assert refused.status_code == 400 and "leave them out" in refused.json()["error"]["message"]
    assert services.runs.create(OWNER, volume_id, "predict").choice == made


def test_runs_and_models_of_earlier_versions(services: Services, volume_id: str, label_value: int) -> None:
    paint(services, volume_id, label_value)
    run_id = services.runs.create(OWNER, volume_id, "propagate").id
    with services.database.write() as session:
        run = session.get_one(RunRow, run_id)
        run.encoder, run.seed, run.settings, run.state = None, None, {"fit": {"method": "decoder"}}, "done"
        project_id = services.volumes.get(OWNER, volume_id).project_id
        key = services.blobs.put("safetensors", lambda file: file.write(b"\x01"))
        labels = [{"value": label_value}]
        model = ModelRow(
            project_id=project_id, volume_id=volume_id, plane="axial", encoder="", labels=labels, blob=key
        )
        session.add(model)
        session.flush()
        assert Choice.of_run(run) == Choice("sam_decoder")
    choice = services.runs.get(OWNER, run_id).choice
    assert (choice.method, choice.encoder, choice.encoder_title, choice.seed) == (
        "sam_decoder",
        None,
        None,
        0,
    )
    again = services.runs.create(OWNER, volume_id, "propagate").id
    with services.database.read() as session:
        assert session.get_one(RunRow, again).warm_start_model_id == model.id


class FakeEncoder:
    """Counts what it encodes."""

    def __init__(self, source: str) -> None:
        self.identity = source
        self.encode = lambda images: images


def test_the_worker_keeps_the_configured_encoder_and_one_other(
    config: Config, checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fewshot_sam.encoders

    loaded: list[str] = []
    monkeypatch.setattr(
        fewshot_sam.encoders, "load_encoder", lambda source, _: loaded.append(source) or FakeEncoder(source)
    )
    toolbox = Toolbox(config)
    for name in (None, "lite-medsam", "tuned.pth", "tuned.pth", None, "sam-vit-b", "tuned.pth"):
        toolbox.encoder_of(Choice(encoder=name))
    tuned = str(checkpoints / "tuned.pth")
    assert loaded == ["lite-medsam", tuned, "sam-vit-b", tuned]
    assert toolbox.encoder_identity(Choice(encoder="tuned.pth")) == tuned
    assert [toolbox.is_configured(name) for name in (None, "lite-medsam", "tuned.pth")] == [True, True, False]
    (checkpoints / "sam_vit_b_01ec64.pth").unlink()
    with pytest.raises(ModelError, match="The encoder SAM ViT-B is not installed here any more"):
        toolbox.encoder_of(Choice(encoder="sam-vit-b"))
