"""Where commands find the app that they start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fewshot_sam.cli import program
from fewshot_sam.errors import UserError


def put_app(folder: Path) -> Path:
    (folder / "backend").mkdir(parents=True)
    (folder / "backend" / "check.py").touch()
    (folder / "app.py").touch()
    return folder


def test_a_checkout_has_it_beside_the_package(tmp_path: Path) -> None:
    put_app(tmp_path)
    assert program.server_folder(tmp_path / "fewshot_sam") == tmp_path
    assert (program.server_folder() / "pyproject.toml").is_file()


def test_an_installed_package_has_it_inside(tmp_path: Path) -> None:
    put_app(tmp_path)  # another program's, in the same environment
    own = put_app(tmp_path / "fewshot_sam" / "server")
    assert program.server_folder(tmp_path / "fewshot_sam") == own


def test_a_package_alone_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"The app must be at .*server or .*, but it is at neither"):
        program.server_folder(tmp_path / "fewshot_sam")


def test_the_app_is_found_first(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, str]] = []
    monkeypatch.setattr("os.execve", lambda _, argv, environment: started.append(environment))
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    program.become("app", [])
    assert started[0]["PYTHONPATH"].split(os.pathsep) == [str(program.server_folder()), "elsewhere"]
