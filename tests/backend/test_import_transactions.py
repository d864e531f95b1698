"""An import computes before it takes the write lock, and again where somebody saved meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.errors import BusyError
from backend.schemas.enums import SliceState
from backend.services import Services
from backend.services.paint_choices import ImportPlan
from storage import arrays
from storage.database import Database
from tests.backend.conftest import OWNER
from tests.backend.import_helpers import on_server, run, save, slice_of, states, write_label_map


@pytest.fixture
def label_map(services: Services, project_id: str, volume_id: str, tmp_path: Path) -> Path:
    return write_label_map(services, project_id, volume_id, tmp_path)


@pytest.mark.parametrize("answers", [{"paint": "merge"}, {"paint": "replace", "locked": "1"}])
def test_nothing_is_packed_or_unpacked_while_others_wait_to_write(
    services: Services, volume_id: str, label_map: Path, monkeypatch: pytest.MonkeyPatch, answers: Any
) -> None:
    write, unpack, pack = Database.write, arrays.unpack_slice, arrays.pack_slice
    found: dict[str, int] = {"sessions": 0, "packed": 0, "unpacked": 0}
    writing: list[bool] = []

    @contextmanager
    def noted(database: Database) -> Iterator[Any]:
        found["sessions"] += 1
        with write(database) as session:
            writing.append(True)
            yield session
            writing.pop()

    def compute(name: str, function: Any) -> Any:
        def computed(*arguments: Any) -> Any:
            assert not writing, name
            found[name] += 1
            return function(*arguments)

        return computed

    monkeypatch.setattr(Database, "write", noted)
    monkeypatch.setattr(arrays, "unpack_slice", compute("unpacked", unpack))
    monkeypatch.setattr(arrays, "pack_slice", compute("packed", pack))
    run(services, volume_id, label_map, **answers)
    assert all(found.values()), found


def test_what_is_saved_while_slices_are_merged_is_merged_too(
    services: Services, volume_id: str, label_map: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute, computed = ImportPlan.compute, []

    def compute_while_another_saves(plan: ImportPlan, *arguments: Any) -> None:
        compute(plan, *arguments)
        computed.append(plan)
        if len(computed) == 1:
            save(services, volume_id, 1, slice_of((0, 0, 1)), SliceState.PAINTED)

    monkeypatch.setattr(ImportPlan, "compute", compute_while_another_saves)
    result = run(services, volume_id, label_map, paint="merge")
    assert (len(computed), result.slices) == (2, [0, 1, 2, 3])
    assert np.array_equal(on_server(services, volume_id)[1], slice_of((0, 0, 1), (1, 1, 1), (2, 2, 2)))


def test_slices_that_others_change_all_the_time_are_left_as_they_are(
    services: Services, project_id: str, volume_id: str, label_map: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = ImportPlan.compute
    cells = iter(range(9))

    def compute_while_another_saves(plan: ImportPlan, *arguments: Any) -> None:
        compute(plan, *arguments)
        save(services, volume_id, 1, slice_of((next(cells) % 3, 4, 1)), SliceState.PAINTED)

    monkeypatch.setattr(ImportPlan, "compute", compute_while_another_saves)
    with pytest.raises(BusyError, match="Others change these slices at this moment"):
        run(services, volume_id, label_map, paint="merge")
    assert [label.name for label in services.projects.get(OWNER, project_id).labels] == ["liver"]
    assert states(services, volume_id).get(0) is None
