"""A new format of label names is a module and a line in the registry."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fewshot_sam.data.label_names import LabelName, collected
from fewshot_sam.io.label_names import registry
from fewshot_sam.io.label_names.base import NamesFormat
from fewshot_sam.io.label_names.beside import names_beside, split_label_files


def parse(text: str) -> dict[int, LabelName]:
    """Names from their order."""
    return collected((code, LabelName.of(name)) for code, name in enumerate(text.split(), 1))


def test_a_toy_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "toy_names", SimpleNamespace(parse=parse))  # type: ignore[arg-type]
    line = NamesFormat("toy", "toy_names", (".toy",), "one after the other")
    monkeypatch.setitem(registry.NAMES_FORMATS, "toy", line)
    image, names = tmp_path / "labels.nii", tmp_path / "labels.toy"
    image.touch()
    names.write_text("liver spleen")
    assert split_label_files([image, names]) == ([image], [names])
    assert names_beside(image).names == {1: LabelName("liver"), 2: LabelName("spleen")}
