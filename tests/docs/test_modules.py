"""Paths that pages name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.conftest import PAGES, ROOT

CODE_PATH = re.compile(r"`((?:fewshot_sam|backend|storage|ui|benchmarks|docs|tests)/[\w./-]*)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_is_named_exists(page: Path) -> None:
    for name in CODE_PATH.findall(page.read_text()):
        assert (ROOT / name).exists(), f"{page.name} names {name}"
