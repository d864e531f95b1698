"""The process of a call, with the toy encoder: seconds instead of minutes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from backend.calls import program
from fewshot_sam.encoders import registry
from fewshot_sam.settings import Settings
from tests.fewshot_sam.toy_encoder import ToyEncoder


class NamedToy(ToyEncoder):
    """Made by its name, as those of the registry."""

    @classmethod
    def from_name(cls, name: str, *_: Any) -> NamedToy:
        return cls(name)


def quick(name: str) -> Settings:
    """Settings of a method that learns for a moment."""
    return Settings.from_json({"fit": {"head_steps": 30, "head_warm_steps": 10}})


if __name__ == "__main__":
    setattr(Settings, "for_method", staticmethod(quick))  # noqa: B010 - mypy allows no other way
    registry.ENCODERS["toy"] = "tests.backend.toy_calls:NamedToy"
    sys.exit(program.main(Path(sys.argv[1])))
