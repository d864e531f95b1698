"""The JSON file of names beside a label map: bounded, and never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.services.label_files import split_label_files
from fewshot_sam.errors import ImageFormatError


def names_in(tmp_path: Path, content: bytes) -> dict[int, str]:
    path = tmp_path / "names.json"
    path.write_bytes(content)
    return split_label_files([tmp_path / "labels.nii", path])[1]


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
    assert names_in(tmp_path, json.dumps(content).encode()) == {1: "liver", 2: "spleen"}


def test_no_names(tmp_path: Path) -> None:
    assert split_label_files([tmp_path / "labels.nii"]) == (tmp_path / "labels.nii", {})


def test_long_names_are_cut(tmp_path: Path) -> None:
    assert names_in(tmp_path, json.dumps({"1": "n" * 5000}).encode()) == {1: "n" * 200}


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
        names_in(tmp_path, content)


@pytest.mark.parametrize("code", ["65536", "-1", "9" * 400])
def test_codes_out_of_range(tmp_path: Path, code: str) -> None:
    with pytest.raises(ImageFormatError, match=f"must be from 0 to 65535, got {code[:20]}"):
        names_in(tmp_path, json.dumps({code: "a"}).encode())


def test_more_than_a_megabyte(tmp_path: Path) -> None:
    with pytest.raises(ImageFormatError, match="must have at most 1024 KB, got more"):
        names_in(tmp_path, b" " * (2**20 + 1))
