"""The four ways in CONTRIBUTING.md against the code: each file is there and has the functions named."""

from __future__ import annotations

import re

import pytest

from tests.docs.conftest import ROOT, read

STEP = re.compile(r"^\d+\. (.*)$", re.MULTILINE)
QUOTED = re.compile(r"`([^`]+)`")


def steps() -> list[str]:
    """The numbered lines of the section on how data flows."""
    section = read("CONTRIBUTING.md").split("## How data flows")[1].split("\n## ")[0]
    return STEP.findall(section)


@pytest.mark.parametrize("step", steps())
def test_a_step_names_what_is_there(step: str) -> None:
    names = QUOTED.findall(step.split(", and from here")[0])
    files = [ROOT / name for name in names if "/" in name]
    text = "\n".join(file.read_text() for file in files)
    for name in names:
        if "/" not in name:
            assert re.search(
                rf"(def |function |async |^  |\b){re.escape(name)}\(|{name}:", text, re.MULTILINE
            ), name


def test_there_are_four_ways() -> None:
    assert len(re.findall(r"^\*\*.*\*\*$", read("CONTRIBUTING.md"), re.MULTILINE)) == 4
