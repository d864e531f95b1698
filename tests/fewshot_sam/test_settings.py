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
from fewshot_sam.methods.sam_decoder.settings import SamDecoderSettings
from fewshot_sam.methods.triplanar.settings import TriplanarSettings
from fewshot_sam.settings import PredictSettings, Settings

KINDS = (TriplanarSettings, SamDecoderSettings, PredictSettings)
NAMES = [(kind, field.name) for kind in KINDS for field in dataclasses.fields(kind)]
TRIPLANAR = ", ".join(sorted(field.name for field in dataclasses.fields(TriplanarSettings)))
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["triplanar", "decoder", 10**9, 10**400, -1, 64, 0.5, 1e-9])
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def test_settings_survive_json() -> None:
    settings = Settings(SamDecoderSettings(steps=3, learning_rate=0.02), PredictSettings(steps=()))
    assert Settings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


def test_what_is_missing_keeps_its_default() -> None:
    assert Settings.from_json({}) == Settings()
    assert Settings.from_json({"fit": {"hidden": 32}}) == Settings(TriplanarSettings(hidden=32))


@pytest.mark.parametrize("part", ["fit", "predict"])
def test_unknown_settings_are_named(part: str) -> None:
    with pytest.raises(ModelError, match=r"Unknown setting 'stepps'; known are .*steps"):
        Settings.from_json({part: {"stepps": 1}})


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().predict.iterations = 1  # type: ignore[misc]


def test_the_paper_s_method_is_a_setting() -> None:
    assert Settings().method == "triplanar"
    paper = Settings.for_method("sam_decoder", steps=())
    assert (paper.method, paper.predict.score_weight, paper.predict.steps) == ("sam_decoder", 2.0, ())
    assert Settings.from_json(json.loads(json.dumps(paper.to_json()))) == paper


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_every_setting_says_its_type_its_range_and_its_meaning(kind: type, name: str) -> None:
    said = TypeAdapter(kind).json_schema()["properties"][name]
    one = said.get("anyOf", [said])[0]
    assert said["description"]
    assert one["type"] in ("boolean", "array") or {"minimum", "maximum"} <= one.keys()


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
        ({"fit": {"method": "decoder", "steps": 10**5000}}, "1500, got a whole number of 16610 bits."),
        ({"fit": {"hidden": True}}, "fit.hidden must be a whole number from 8 to 512, got true."),
        ({"fit": {"hidden": "5"}}, "fit.hidden must be a whole number from 8 to 512, got '5'."),
        ({"fit": {"hidden": 64.0}}, "fit.hidden must be a whole number from 8 to 512, got 64.0."),
        ({"fit": {"hidden": None}}, "fit.hidden must be a whole number from 8 to 512, got null."),
        ({"fit": {"dropout": float("nan")}}, "fit.dropout must be from 0 to 0.9, got nan."),
        ({"fit": {"method": "decoder", "stop_loss": float("inf")}}, "must be from 0 to 1000, got inf."),
        ({"fit": {"stop_loss": float("inf")}}, "Unknown setting 'stop_loss'; known are " + TRIPLANAR + "."),
        ({"fit": {"method": "pickle"}}, "must be one of triplanar, sam_decoder, draft, got 'pickle'."),
        ({"predict": {"probabilities": 1}}, "predict.probabilities must be true or false, got 1."),
        ({"predict": {"steps": "none"}}, "predict.steps must be a list of names, got 'none'."),
        ({"predict": {"steps": ["x"]}}, "name interpolation, random_walker, small_components, got 'x'."),
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
        ({"head_max_steps": 10000, "points": 8192}, r"fit\.head_max_steps x fit\.points"),
        ({"method": "sam_decoder", "steps": 1500, "batch_size": 16}, r"fit\.steps x fit\.batch_size"),
    ],
)
def test_settings_that_are_too_much_together_are_refused(fit: dict[str, Any], product: str) -> None:
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
    if isinstance(settings.fit, TriplanarSettings):
        assert settings.fit.networks * settings.fit.hidden <= 1024
