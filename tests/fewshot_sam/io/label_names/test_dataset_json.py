"""JSON files of names beside a label map: bounded, and never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.label_names.registry import names_in


def names_of(tmp_path: Path, content: bytes) -> dict[int, str]:
    path = tmp_path / "names.json"
    path.write_bytes(content)
    return {code: label.name for code, label in names_in(path).items()}


@pytest.mark.parametrize(
    "content",
    [
        {"1": "liver", "2": "spleen"},
        {"labels": {"1": {"name": "liver"}, "2": "spleen"}},
        [{"code": 1, "name": "liver"}, {"value": 2, "name": "spleen"}],
        {"labels": [{"code": "1", "name": "liver"}, {"code": 2.0, "name": "spleen"}]},
    ],
)
def test_names_in_every_shape(tmp_path: Path, content: Any) -> None:
    assert names_of(tmp_path, json.dumps(content).encode()) == {1: "liver", 2: "spleen"}


@pytest.mark.parametrize(
    "content",
    [
        {"labels": {"0": "background", "1": "Leber", "2": "肝"}, "modality": {"0": "CT"}},
        {"labels": {"background": 0, "Leber": 1, "肝": 2}, "channel_names": {"0": "CT"}},
        {"labels": {"background": 0, "whole": [1, 2], "Leber": [1], "肝": 2}, "regions_class_order": [1, 2]},
        {"Leber": 1, "肝": 2},
    ],
)
def test_data_sets_of_nnunet_and_monai(tmp_path: Path, content: Any) -> None:
    assert names_of(tmp_path, json.dumps(content).encode()) == {1: "Leber", 2: "肝"}


def test_colours(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    entries = [
        {"code": 1, "name": "a", "color": "#A1b2C3"},
        {"code": 2, "name": "b", "color": [255, 0, 16]},
        {"code": 3, "name": "c", "color": "javascript:alert(1)"},
    ]
    path.write_text(json.dumps(entries))
    assert [label.color for label in names_in(path).values()] == ["#a1b2c3", "#ff0010", None]


def test_a_code_with_two_names(tmp_path: Path) -> None:
    with pytest.raises(ImageFormatError, match="code 1 is both 'liver' and 'spleen'"):
        names_of(tmp_path, b'{"liver": 1, "spleen": 1}')


def test_long_names_are_cut(tmp_path: Path) -> None:
    assert names_of(tmp_path, json.dumps({"1": "n" * 5000}).encode()) == {1: "n" * 200}


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 500_000,
        b'{"a":' * 100_000,
        b'{"labels": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"1": ' + b"9" * 5000 + b"}",
        b'[{"code": ' + b"9" * 5000 + b', "name": "a"}]',
        b'[{"code": 1e400, "name": "a"}]',
        b'[{"code": NaN, "name": "a"}]',
        b'[{"code": [], "name": "a"}]',
        b'[{"code": 1, "name": {"a": 1}}]',
        b'{"1": null}',
        b'{"1": "\\ud800"}',
        b'{"one": "liver"}',
        b'{"labels": 3}',
        b"3",
        b"null",
        b"",
        b"\xff\xfe",
    ],
)
def test_no_names_by_code(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ImageFormatError, match="must give names by code"):
        names_of(tmp_path, content)


@pytest.mark.parametrize("code", ["65536", "-1", "9" * 400])
def test_codes_out_of_range(tmp_path: Path, code: str) -> None:
    with pytest.raises(ImageFormatError, match=f"must be from 0 to 65535, got {code[:20]}"):
        names_of(tmp_path, json.dumps({code: "a"}).encode())


def test_more_than_a_megabyte(tmp_path: Path) -> None:
    with pytest.raises(ImageFormatError, match="must have at most 1024 KB, got more"):
        names_of(tmp_path, b" " * (2**20 + 1))
