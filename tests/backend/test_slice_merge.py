"""Two windows on one slice: what each changed since the version it started from is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.errors import ConflictError
from backend.schemas.answers import SavedSliceAnswer
from backend.services import Services
from backend.services.slice_merge import merge_slices
from tests.backend.conftest import OWNER
from tests.backend.tiny import SHAPE

ROWS, COLUMNS = SHAPE[1], SHAPE[0]


def painted(cells: dict[tuple[int, int], int]) -> bytes:
    """A slice with these values at (row, column)."""
    label_map = np.zeros((ROWS, COLUMNS), np.uint8)
    for cell, value in cells.items():
        label_map[cell] = value
    return label_map.tobytes()


@pytest.fixture
def values(services: Services, project_id: str) -> list[int]:
    return [services.labels.create(OWNER, project_id, name).value for name in ("liver", "spleen")]


class Slice:
    """Axial slice 1 as two windows save it."""

    def __init__(self, services: Services, volume_id: str) -> None:
        self._services, self._volume_id = services, volume_id

    def save(self, data: bytes, base: int, state: str = "painted") -> SavedSliceAnswer:
        return self._services.annotations.save(OWNER, self._volume_id, "axial", 1, data, state, base)

    def read(self, version: int | None = None) -> bytes:
        return self._services.annotations.get(OWNER, self._volume_id, "axial", 1, version)[1]


@pytest.fixture
def one(services: Services, volume_id: str, values: list[int]) -> Slice:
    return Slice(services, volume_id)


def test_cells_of_both_windows_are_kept_and_so_are_their_versions(one: Slice) -> None:
    first = painted({(0, 0): 1, (4, 4): 1})
    theirs, mine = painted({(0, 0): 1, (4, 4): 1, (1, 1): 2}), painted({(0, 0): 1, (2, 2): 1})
    assert one.save(first, 0).version == 1
    assert one.save(theirs, 1).merged is False
    saved = one.save(mine, 1)  # painted one cell, erased another
    assert (saved.version, saved.merged, saved.conflicting_cells) == (4, True, 0)
    assert one.read() == painted({(0, 0): 1, (1, 1): 2, (2, 2): 1})
    assert [one.read(version) for version in (1, 2, 3)] == [first, theirs, mine]


def test_where_both_changed_a_cell_the_later_save_wins(one: Slice) -> None:
    one.save(painted({(0, 0): 1, (0, 1): 1, (0, 2): 2}), 0)
    saved = one.save(painted({(0, 0): 2, (0, 2): 2, (3, 3): 1}), 0)
    assert (saved.merged, saved.conflicting_cells) == (True, 1)  # the third is the same in both
    assert one.read() == painted({(0, 0): 2, (0, 1): 1, (0, 2): 2, (3, 3): 1})


def test_a_merge_that_changes_nothing_is_not_stored(one: Slice) -> None:
    one.save(painted({(0, 0): 1}), 0)
    latest = one.save(painted({(0, 0): 1, (1, 1): 2}), 1)
    again = one.save(painted({(0, 0): 1}), 0)  # its answer was lost, and another window saved since
    assert again == latest.model_copy(update={"merged": True})


def test_the_state_of_a_merge(one: Slice) -> None:
    nothing = painted({})
    assert one.save(nothing, 0, "empty").state == "empty"
    assert one.save(nothing, 0, "cleared").state == "cleared"  # the later writer's
    one.save(painted({(1, 1): 1}), 2)
    kept = one.save(nothing, 2, "empty")
    assert (kept.state, kept.values) == ("painted", [1])  # the other window's paint is not lost
    erased = one.save(nothing, kept.version)
    assert (erased.state, erased.merged) == ("cleared", False)


def test_a_base_that_is_not_stored_cannot_be_merged(one: Slice) -> None:
    one.save(painted({(0, 0): 1}), 0)
    with pytest.raises(ConflictError, match="changed elsewhere") as conflict:
        one.save(painted({(1, 1): 1}), 7)
    assert conflict.value.details == {"version": 1}


def test_over_http(client: TestClient, volume_id: str, values: list[int]) -> None:
    url = f"/api/volumes/{volume_id}/annotations/axial/1"

    def put(data: bytes, base: int) -> Any:
        return client.put(url, content=data, headers={"X-Base-Version": str(base), "X-State": "painted"})

    put(painted({(0, 0): 1}), 0)
    saved = put(painted({(1, 1): 2}), 0).json()
    assert (saved["version"], saved["merged"], saved["conflicting_cells"]) == (3, True, 0)
    read = client.get(url, params={"version": saved["version"]})
    assert (read.content, read.headers["x-state"]) == (painted({(0, 0): 1, (1, 1): 2}), "painted")
    unknown = put(painted({(2, 2): 2}), 9)
    assert (unknown.status_code, unknown.json()["error"]["version"]) == (409, 3)


@pytest.mark.parametrize("seed", range(20))
def test_random_edits(seed: int) -> None:
    random = np.random.default_rng(seed)
    base = random.integers(0, 4, (9, 7), np.uint8)

    def edited() -> np.ndarray:
        return np.where(random.random(base.shape) < 0.4, random.integers(0, 4, base.shape, np.uint8), base)

    theirs, mine = edited(), edited()
    merged = merge_slices(base, theirs, mine)
    assert np.array_equal(merged.label_map[mine != base], mine[mine != base])
    assert np.array_equal(merged.label_map[mine == base], theirs[mine == base])
    other_order = merge_slices(base, mine, theirs)
    assert merged.conflicting_cells == other_order.conflicting_cells
    assert merged.conflicting_cells == np.count_nonzero(merged.label_map != other_order.label_map)
    assert np.array_equal(merge_slices(base, base, mine).label_map, mine)
    assert np.array_equal(merge_slices(base, theirs, base).label_map, theirs)
    assert np.array_equal(merge_slices(base, merged.label_map, mine).label_map, merged.label_map)
    assert merged.label_map.dtype == np.uint8


@pytest.mark.parametrize("seed", range(5))
def test_random_saves_of_three_windows_lose_no_cell(one: Slice, seed: int) -> None:
    """Each window paints cells of its own and saves now and then on the version it knows."""
    random = np.random.default_rng(seed)
    owned = random.permutation(ROWS * COLUMNS).reshape(3, -1)
    shown = [np.zeros(ROWS * COLUMNS, np.uint8) for _ in range(3)]
    bases, expected = [0, 0, 0], np.zeros(ROWS * COLUMNS, np.uint8)
    for _ in range(25):
        window = int(random.integers(3))
        cells = random.choice(owned[window], 3)
        shown[window][cells] = expected[cells] = random.integers(0, 3, 3)
        saved = one.save(shown[window].tobytes(), bases[window])
        assert saved.conflicting_cells == 0
        bases[window] = saved.version
        if saved.merged:
            shown[window] = np.frombuffer(one.read(saved.version), np.uint8).copy()
        assert np.array_equal(np.frombuffer(one.read(), np.uint8), expected)
