"""``model`` prints what a file says of itself, and nothing that a terminal would obey."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fewshot_sam.cli.main import main
from fewshot_sam.methods.model_file import ModelFile

STORED = Path(__file__).parents[2] / "stored" / "43200cd" / "model-triplanar.safetensors"


def test_it_prints_what_is_in_a_model_of_an_earlier_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "about.json"
    assert main(["model", str(STORED), "--json", str(report)]) == 0
    lines = capsys.readouterr().out.splitlines()
    about = json.loads(report.read_text())["model"]
    assert lines[0] == "method    triplanar"
    assert len([line for line in lines if line.startswith("label ")]) == len(about["codes"])
    assert len([line for line in lines if line.startswith("source ")]) == len(about["volumes"]) > 0


def test_a_text_that_a_file_chose_is_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = ModelFile.load(STORED)
    path = tmp_path / "m.safetensors"
    ModelFile(file.state, {**file.about, "encoder": "x\x1b[2J" + "y" * 9000}).save(path)
    assert main(["model", str(path)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert len(out) < 5000


def test_what_is_no_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(b"no model")
    assert main(["model", str(path)]) == 2
    assert "is not a safetensors file" in capsys.readouterr().err
