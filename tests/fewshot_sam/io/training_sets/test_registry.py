"""Layouts are called the same wherever they are offered."""

from __future__ import annotations

import pytest

from backend.schemas.enums import TrainingLayout
from fewshot_sam.cli.targets.registry import TARGETS
from fewshot_sam.io.training_sets.registry import LAYOUTS
from tests.fewshot_sam.io.training_set_helpers import LABELS, cases


def test_the_command_line_and_the_api_offer_all_of_them() -> None:
    assert set(LAYOUTS) == set(TrainingLayout)
    assert {name for name, line in TARGETS.items() if line.of_cases} == set(LAYOUTS)
    assert all(callable(TARGETS[name].load()) for name in LAYOUTS)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_files_lie_in_one_folder_under_names_of_their_own(layout: str) -> None:
    made = LAYOUTS[layout].load()("../Ä b\\c", LABELS)
    names = [file.name for case in cases() for file in made.add(case)]
    names += [file.name for file in made.close()]
    assert len({name.casefold() for name in names}) == len(names)
    (folder,) = {name.split("/")[0] for name in names}
    assert folder.endswith("A_b_c") and not any(
        part in ("", "..") for name in names for part in name.split("/")
    )
