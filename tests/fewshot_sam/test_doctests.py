"""The examples in the docstrings of the public API run and print what they say."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = [
    "fewshot_sam.data.annotations",
    "fewshot_sam.data.volume",
    "fewshot_sam.evaluation.metrics",
    "fewshot_sam.io",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    module = import_module(name)
    found = doctest.testmod(module, report=True)
    assert found.attempted > 0
    assert found.failed == 0
