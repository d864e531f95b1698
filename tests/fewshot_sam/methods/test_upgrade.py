"""Settings and model descriptions of 43200cd in today's words."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from fewshot_sam.errors import ModelError
from fewshot_sam.methods.sam_decoder.settings import SamDecoderSettings
from fewshot_sam.methods.triplanar.settings import TriplanarSettings
from fewshot_sam.methods.upgrade import upgrade_method, upgrade_model, upgrade_settings
from fewshot_sam.settings import PredictSettings, Settings

OLD_FIT = {
    "method": "planes", "members": 1, "hidden": 64, "folds": 3, "head_steps": 200, "head_warm_steps": 60,
    "head_volume_steps": 80, "head_most_steps": 1000, "points": 1024, "head_learning_rate": 0.002,
    "head_weight_decay": 0.01, "plane_dropout": 0.2, "dropout": 0.1, "prototypes": 8, "probe_decay": 0.001,
    "probe_iterations": 60, "steps": 30, "warm_steps": 12, "batch_size": 4, "learning_rate": 0.001,
    "token_learning_rate": 0.001, "stop_loss": 0.05,
}  # fmt: skip
OLD_PREDICT = {
    "consistency": True, "score_weight": 1.0, "distance_weight": None, "prior_weight": 0.25,
    "edge_contrast": 100.0, "least_prior_weight": 0.0001, "most_edge_contrast": 1000.0, "iterations": 100,
    "least_island": 0.2, "batch_size": 4, "probabilities": False,
}  # fmt: skip


def test_the_defaults_then_are_the_defaults_now() -> None:
    old = {"fit": OLD_FIT, "predict": OLD_PREDICT}
    before = copy.deepcopy(old)
    assert Settings.from_json(old) == Settings()
    assert old == before


def test_the_decoder_s_settings_stay() -> None:
    old = {
        "fit": OLD_FIT | {"method": "decoder", "steps": 80, "prototypes": 4},
        "predict": OLD_PREDICT | {"consistency": False, "least_island": 0.5, "least_prior_weight": 0.01},
    }
    steps = ("small_components",)
    predict = PredictSettings(steps=steps, min_component_fraction=0.5, min_prior_weight=0.01)
    assert Settings.from_json(old) == Settings(SamDecoderSettings(steps=80, prototypes=4), predict)


def test_renamed_settings_are_taken_alone() -> None:
    old = {"fit": {"head_most_steps": 500}, "predict": {"most_edge_contrast": 300.0}}
    wanted = Settings(TriplanarSettings(head_max_steps=500), PredictSettings(max_edge_contrast=300.0))
    assert Settings.from_json(old) == wanted


@pytest.mark.parametrize(
    "values", [Settings().to_json(), Settings.for_method("sam_decoder", steps=()).to_json()]
)
def test_settings_of_today_pass_unchanged(values: dict[str, Any]) -> None:
    assert upgrade_settings(values) == values


@pytest.mark.parametrize("value", [10**400, "x", None, [1], float("nan")])
def test_a_setting_that_no_longer_counts_must_have_been_a_number(value: Any) -> None:
    with pytest.raises(ModelError, match=r"Unknown setting 'stop_loss'"):
        Settings.from_json({"fit": {"stop_loss": value}})


def test_method_names() -> None:
    names = ["planes", "decoder", "triplanar", "other"]
    assert [upgrade_method(name) for name in names] == ["triplanar", "sam_decoder", "triplanar", "other"]


@pytest.mark.parametrize(("answering", "method"), [(1, "triplanar"), (None, "sam_decoder")])
def test_a_model_of_before(answering: int | None, method: str) -> None:
    about = {
        "answering": answering, "folds": {"0/2": 0}, "left_out": [[3, 0.9]], "codes": [3],
        "settings": {"fit": {"method": "planes"}}, "fit": {"left_out_dice": {"3": 0.9}, "steps": 200},
    }  # fmt: skip
    upgraded = upgrade_model(about)
    state = {"members": 1, "folds": {"0/2": 0}, "cross_validated_dice": [[3, 0.9]]}
    assert upgraded["method"] == method
    assert upgraded["method_state"] == (state if answering else {})
    assert upgraded["fit"] == {"cross_validated_dice": {"3": 0.9}, "steps": 200}
    assert upgraded["settings"] == {"fit": {"method": "triplanar"}}
    assert not upgraded.keys() & {"answering", "folds", "left_out"}
    assert upgrade_model(upgraded) == upgraded
