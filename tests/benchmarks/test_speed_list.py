"""The benchmark of a project of many volumes: its bookkeeping. The browser is driven elsewhere."""

from __future__ import annotations

import os

from benchmarks import speed_list
from benchmarks.speed.table import Row, at_most


def test_memory_is_this_process_own_share_and_nothing_of_one_that_ended() -> None:
    assert 10e6 < speed_list.proportional_bytes(os.getpid()) < 100e9
    assert speed_list.proportional_bytes(2**22 + 1) == 0  # beyond the largest process id


def test_the_section_names_how_many_volumes_and_judges_the_list() -> None:
    rows = [Row("list of 7 volumes", [0.2, 1.5, 1.4], "s", target=at_most(1))]
    text = speed_list.section_text(rows, 7, 0.5)
    assert text.startswith("## A project of 7 volumes\n")
    assert "Load average at the start: 0.5" in text and "**not met**" in text


def test_requests_that_fail_are_tried_until_they_hold() -> None:
    answers = iter([False, True])
    speed_list.wait_until(lambda: next(answers))
    assert next(answers, None) is None
