"""Mutated files through the reading process and over HTTP; ``make torture`` reads ten thousand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.torture.mutate import mutated
from benchmarks.torture.mutations import BATCH, mutation, read_mutations
from benchmarks.torture.mutations_http import send_mutations
from benchmarks.torture.valid_files import all_files
from fewshot_sam.io import load_volume


def test_the_files_are_valid_before(tmp_path: Path) -> None:
    for kind, files in all_files().items():
        folder = tmp_path / kind
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        paths = sorted(folder.iterdir())
        assert load_volume(paths[0] if len(paths) == 1 else paths).voxels.size > 0, kind


def test_a_mutation_is_the_same_for_the_same_seed_and_changes_something() -> None:
    valid = all_files()
    for number in range(2 * len(valid)):
        kind, files = mutation(7, number, valid)
        assert mutation(7, number, valid) == (kind, files)
        assert files != valid[kind]
    assert mutated(b"x", np.random.default_rng(0)) != b"x"


@pytest.mark.thorough
@pytest.mark.slow
def test_mutations_are_opened_or_refused_with_a_sentence(tmp_path: Path) -> None:
    found = read_mutations(tmp_path, count=4 * BATCH, seed=1)
    assert found.faults == []


@pytest.mark.thorough
@pytest.mark.slow
def test_mutations_over_http_are_opened_or_refused(tmp_path: Path) -> None:
    found = send_mutations(tmp_path, count=40, seed=1)
    assert found.faults == []
