"""Starts go on after one that was killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.config import Config
from tests.backend.data_folders import (
    assert_whole,
    fill,
    started,
)

pytestmark = pytest.mark.usefixtures("one_process")


def test_starts_go_on_after_one_that_was_killed_anywhere(
    filled: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for step in (
        "backend.state.raise_generation",
        "storage.identity.write_identity",
        "backend.services.tighten",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(step, killed)
            with pytest.raises(KeyboardInterrupt):
                started(filled)
    assert_whole(filled)


def test_a_first_start_that_was_killed_anywhere_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    steps = ("backend.state.raise_generation", "storage.identity.write_identity", "backend.services.tighten")
    for index, step in enumerate(steps):
        config = Config.for_home(tmp_path / str(index))
        with monkeypatch.context() as patch:
            patch.setattr(step, killed)
            with pytest.raises(KeyboardInterrupt):
                started(config)
        started(config, fill)
        assert_whole(config)
