"""docs/cli.md against the parsers: every option of every command is there, and nothing else."""

from __future__ import annotations

import argparse
import re
import shlex

import pytest

from fewshot_sam.cli.main import build_parser
from tests.docs.conftest import PAGES, read, section

CLI = read("docs/cli.md")
SHARED = section(CLI, "Options of every command that computes")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def commands() -> dict[str, argparse.ArgumentParser]:
    (subparsers,) = [
        action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction)
    ]
    return dict(subparsers.choices)


def options(parser: argparse.ArgumentParser) -> set[str]:
    return {name for action in parser._actions for name in action.option_strings if name.startswith("--")}


def heading(command: str) -> str:
    """The heading of a command's section, which may treat two: "fit and predict: ..."."""
    for line in CLI.splitlines():
        if line.startswith("## ") and command in re.split(r"\W+", line.split(":")[0]):
            return line.lstrip("# ")
    return pytest.fail(f"docs/cli.md has no section for {command}")


@pytest.mark.parametrize("command", commands())
def test_every_option_is_documented(command: str) -> None:
    documented = set(OPTION.findall(section(CLI, heading(command)) + SHARED))
    assert options(commands()[command]) - {"--help"} <= documented


def test_every_documented_option_exists() -> None:
    known = {option for parser in commands().values() for option in options(parser)} | {"--version"}
    assert set(OPTION.findall(CLI)) <= known


def test_every_method_is_documented() -> None:
    (method,) = [action for action in commands()["fit"]._actions if "--method" in action.option_strings]
    assert method.choices is not None
    assert f"--method {'|'.join(method.choices)}" in section(CLI, "propagate")
    assert set(method.choices) <= set(re.findall(r"`(\w+)`", read("docs/method.md")))


def examples() -> list[str]:
    """Whole command lines in the code blocks of all pages; synopses with [..] or capitals alone are none."""
    found = []
    for page in PAGES:
        for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                words = re.sub(r"^(\S*python -m fewshot_sam|fewshot-sam) ", "", line)
                if words != line and not re.search(r"\[|\.\.\.|(^| )[A-Z]+( |$)|<", words):
                    found.append(words)
    return found


def test_examples_are_found() -> None:
    assert len(examples()) >= 5


@pytest.mark.parametrize("line", examples())
def test_every_example_is_understood(line: str) -> None:
    assert build_parser().parse_args(shlex.split(line)).command in commands()
