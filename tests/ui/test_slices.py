"""The page lays slices out as the server does: unit/viewer/volume.test.js reads what the server says."""

from __future__ import annotations

from tests.ui.slice_fixture import PATH, server_slices


def test_the_pages_unit_tests_have_the_servers_slices() -> None:
    assert PATH.read_text() == server_slices(), "run: python -m tests.ui.slice_fixture"
