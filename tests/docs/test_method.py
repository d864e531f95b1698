"""The settings that docs/method.md names exist."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from fewshot_sam.methods.registry import METHODS, settings_class
from fewshot_sam.settings import PredictSettings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "method.md"


def test_named_settings_exist() -> None:
    kinds = [PredictSettings, *(settings_class(name) for name in METHODS)]
    known = {setting.name for kind in kinds for setting in fields(kind)}
    named = set(re.findall(r"`([a-z_]+)`", PAGE.read_text()))
    assert named & known
    assert named - known <= set(METHODS)
