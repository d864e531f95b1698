"""Commands, methods and their names on the command line."""

from __future__ import annotations

import pytest

from fewshot_sam.cli.main import build_parser, main
from fewshot_sam.cli.registry import COMMANDS


def test_a_command_is_one_file_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(COMMANDS, "hello", "tests.fewshot_sam.plugins.hello_command")
    assert main(["hello", "Ada"]) == 0
    assert capsys.readouterr().out == "Hello Ada.\n"


@pytest.mark.parametrize(
    ("typed", "method"),
    [
        ("triplanar", "triplanar"),
        ("sam_decoder", "sam_decoder"),
        ("planes", "triplanar"),
        ("decoder", "sam_decoder"),
    ],
)
def test_methods_are_taken_by_the_names_of_earlier_versions_too(typed: str, method: str) -> None:
    command = ["fit", "--case", "a.nii", "b.nii", "--output", "m.safetensors", "--method", typed]
    assert build_parser().parse_args(command).method == method


def test_an_unknown_method_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["fit", "--case", "a.nii", "b.nii", "--output", "m.safetensors", "--method", "magic"]
    with pytest.raises(SystemExit):
        build_parser().parse_args(command)
    assert (
        "invalid choice: 'magic' (choose from 'triplanar', 'sam_decoder', 'draft')" in capsys.readouterr().err
    )
