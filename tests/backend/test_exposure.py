"""Who may reach a server: this machine, people who log in, or everyone where somebody said so."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import pytest

import app
from backend.config import Config
from backend.errors import StartError
from backend.http.exposure import require_consent


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.9", "LOCALHOST"])
def test_this_machine_needs_no_consent(config: Config, host: str) -> None:
    require_consent(dataclasses.replace(config, host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "workstation", "", "127.0.0.1.example.org"])
def test_a_network_needs_logins_or_consent(config: Config, host: str) -> None:
    reachable = dataclasses.replace(config, host=host)
    with pytest.raises(StartError, match=r"without a login.*--auth.*--open"):
        require_consent(reachable)
    with pytest.raises(StartError):  # a cookie is no login
        require_consent(dataclasses.replace(reachable, multi_user=True))
    for consent in ({"auth": True}, {"open": True}, {"on_spaces": True}):
        require_consent(dataclasses.replace(reachable, **consent))


def test_the_environment_and_the_options_consent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path))
    assert not Config.from_environment({}).open
    assert Config.from_environment({"FEWSHOT_SAM_OPEN": "1"}).open
    chosen = app._configure(["--host", "0.0.0.0", "--open"])
    assert (chosen.open, chosen.auth, chosen.multi_user) == (True, False, False)
    chosen = app._configure(["--auth"])
    assert (chosen.auth, chosen.multi_user, chosen.max_projects, chosen.keep_days) == (True, True, 50, None)


@pytest.mark.usefixtures("one_process")
def test_the_start_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(app, "configure_logging", lambda: None)
    with caplog.at_level(logging.ERROR):
        assert app.main(["--host", "0.0.0.0"]) == 2
    assert [record.getMessage().count("\n") for record in caplog.records] == [0]
    assert "without a login" in caplog.text
    assert not (tmp_path / "home").exists()
