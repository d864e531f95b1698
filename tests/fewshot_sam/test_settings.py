"""Settings as JSON."""

from __future__ import annotations

import dataclasses
import json

import pytest

from fewshot_sam.errors import ModelError
from fewshot_sam.settings import FitSettings, PredictSettings, Settings


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
