"""Settings as JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fewshot_sam.errors import ModelError
from fewshot_sam.settings import FitSettings, PredictSettings, Settings

PARTS = {"fit": FitSettings, "predict": PredictSettings}
NAMES = [(part, field.name) for part, kind in PARTS.items() for field in dataclasses.fields(kind)]
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["planes", "decoder", 10**9, 10**400, -1, 64, 0.5, 1e-9])
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def test_settings_survive_json() -> None:
    settings = Settings(FitSettings(steps=3, learning_rate=0.02), PredictSettings(consistency=False))
    assert Settings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


def test_what_is_missing_keeps_its_default() -> None:
    assert Settings.from_json({}) == Settings()
    assert Settings.from_json({"fit": {"steps": 7}}) == Settings(fit=FitSettings(steps=7))


@pytest.mark.parametrize("part", ["fit", "predict"])
def test_unknown_settings_are_named(part: str) -> None:
    with pytest.raises(ModelError, match=r"Unknown setting 'stepps'; known are .*batch_size"):
        Settings.from_json({part: {"stepps": 1}})


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().fit.steps = 1  # type: ignore[misc]


def test_the_papers_decoder_is_a_setting() -> None:
    assert Settings().fit.method == "planes"
    assert Settings.decoder().fit.method == "decoder"
    assert Settings.decoder().predict.consistency
    assert not Settings.decoder(consistency=False).predict.consistency
    assert Settings.from_json(json.loads(json.dumps(Settings.decoder().to_json()))) == Settings.decoder()


@pytest.mark.parametrize(("part", "name"), NAMES)
def test_every_setting_says_its_type_its_range_and_its_meaning(part: str, name: str) -> None:
    said = TypeAdapter(PARTS[part]).json_schema()["properties"][name]
    one = said.get("anyOf", [said])[0]
    assert said["description"]
    assert one["type"] == "boolean" or "enum" in one or {"minimum", "maximum"} <= one.keys()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([], "The settings must be an object, got a list."),
        (None, "The settings must be an object, got null."),
        ({"fit": []}, "The settings fit must be an object, got a list."),
        ({"predict": None}, "The settings predict must be an object, got null."),
        ({"foo": 1}, "Unknown setting 'foo'; known are fit, predict."),
        ({"warm_start_model_id": "x"}, "Unknown setting 'warm_start_model_id'; known are fit, predict."),
        ({"fit": {"hidden": 40000}}, "The setting fit.hidden must be from 8 to 512, got 40000."),
        ({"fit": {"head_steps": 10**9}}, "fit.head_steps must be from 1 to 10000, got 1000000000."),
        ({"fit": {"points": 3000000}}, "The setting fit.points must be from 16 to 16384, got 3000000."),
        ({"fit": {"steps": 10**5000}}, "fit.steps must be from 1 to 1500, got a whole number of 16610 bits."),
        ({"fit": {"hidden": True}}, "fit.hidden must be a whole number from 8 to 512, got true."),
        ({"fit": {"hidden": "5"}}, "fit.hidden must be a whole number from 8 to 512, got '5'."),
        ({"fit": {"hidden": 64.0}}, "fit.hidden must be a whole number from 8 to 512, got 64.0."),
        ({"fit": {"hidden": None}}, "fit.hidden must be a whole number from 8 to 512, got null."),
        ({"fit": {"dropout": float("nan")}}, "fit.dropout must be from 0 to 0.9, got nan."),
        ({"fit": {"stop_loss": float("inf")}}, "fit.stop_loss must be from 0 to 1000, got inf."),
        ({"fit": {"method": "pickle"}}, "The setting fit.method must be planes or decoder, got 'pickle'."),
        ({"predict": {"consistency": 1}}, "predict.consistency must be true or false, got 1."),
        ({"predict": {"distance_weight": {}}}, "must be a number from 0 to 100 or null, got an object."),
    ],
)  # fmt: skip
def test_what_is_no_setting_is_refused_in_one_sentence(values: Any, sentence: str) -> None:
    with pytest.raises(ModelError) as refused:
        Settings.from_json(values)
    assert str(refused.value).endswith(sentence)


@pytest.mark.parametrize(
    ("fit", "product"),
    [
        ({"hidden": 512}, r"\(fit\.members \+ fit\.folds\) x fit\.hidden must be at most 1024,"),
        ({"points": 16384, "folds": 16, "hidden": 8}, r"fit\.points x \(fit\.members \+ fit\.folds\) must"),
        (
            {"points": 16384, "hidden": 256},
            r"fit\.points x \(fit\.members \+ fit\.folds\) x fit\.hidden must",
        ),
        ({"head_most_steps": 10000, "points": 8192}, r"fit\.head_most_steps x fit\.points"),
        ({"steps": 1500, "batch_size": 16}, r"fit\.steps x fit\.batch_size"),
    ],
)
def test_settings_that_are_too_much_together_are_refused(fit: dict[str, int], product: str) -> None:
    with pytest.raises(
        ModelError, match=rf"The product {product}.* times the defaults', got \d+\. Lower one"
    ):
        Settings.from_json({"fit": fit})


@pytest.mark.parametrize(
    "values",
    [
        {
            "fit": {"steps": 80, "warm_steps": 25, "batch_size": 6},
            "predict": {"iterations": 40, "prior_weight": 0.5},
        },
        {"predict": {"distance_weight": 0.5, "least_prior_weight": 0.003, "score_weight": 2.0}},
        {"fit": {"hidden": 128, "members": 3, "points": 2048, "head_steps": 400}},
    ],
)
def test_defaults_of_earlier_versions_and_moderate_wishes_are_taken(values: dict[str, Any]) -> None:
    assert Settings.from_json(values).to_json() | values != Settings().to_json()


def test_whole_numbers_are_numbers_and_only_the_distance_weight_may_be_none() -> None:
    settings = Settings.from_json({"predict": {"score_weight": 2, "distance_weight": None}})
    assert (settings.predict.score_weight, settings.predict.distance_weight) == (2.0, None)


@given(
    ANYTHING
    | st.dictionaries(
        st.sampled_from(["fit", "predict", "foo"]),
        st.dictionaries(st.sampled_from([name for _, name in NAMES]), SCALARS, max_size=4) | ANYTHING,
    )
)
def test_any_json_gives_settings_within_bounds_or_one_error(values: Any) -> None:
    try:
        settings = Settings.from_json(values)
    except ModelError as refused:
        assert len(str(refused)) < 1000
        return
    assert settings.checked() == settings
    assert (settings.fit.members + settings.fit.folds) * settings.fit.hidden <= 1024
