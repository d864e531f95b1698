"""What a label map does to slices that a person has painted or reviewed: nothing without being told to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.errors import ConflictError, InvalidRequestError
from backend.schemas.enums import ErrorCode, SliceState
from backend.services import Services
from tests.backend.conftest import OWNER
from tests.backend.import_helpers import on_server, run, save, slice_of, states, write_label_map


@pytest.fixture
def label_map(services: Services, project_id: str, volume_id: str, tmp_path: Path) -> Path:
    return write_label_map(services, project_id, volume_id, tmp_path)


def test_what_a_person_said_is_not_changed_without_an_answer(
    services: Services, project_id: str, volume_id: str, label_map: Path
) -> None:
    before = services.annotations.list_latest(OWNER, volume_id)
    with pytest.raises(ConflictError, match="would change 2 of the volume's axial slices") as caught:
        run(services, volume_id, label_map)
    assert caught.value.details["code"] == ErrorCode.PAINT_CHOICE
    asked = caught.value.details["paint"]
    assert {key: asked[key] for key in ("plane", "painted", "empty", "total")} == {
        "plane": "axial", "painted": [1], "empty": [2], "total": 4,
    }  # fmt: skip
    assert services.annotations.list_latest(OWNER, volume_id) == before
    assert [label.name for label in services.projects.get(OWNER, project_id).labels] == ["liver"]


IMPORTED = slice_of((1, 1, 1), (2, 2, 2))


@pytest.mark.parametrize(
    ("choice", "painted", "empty", "taken"),
    [
        ("keep", slice_of((1, 1, 1), (3, 3, 1)), slice_of(), [0, 3]),
        ("merge", slice_of((1, 1, 1), (2, 2, 2), (3, 3, 1)), IMPORTED, [0, 1, 2, 3]),
        ("replace", IMPORTED, IMPORTED, [0, 1, 2, 3]),
    ],
)
def test_the_answer_decides(
    services: Services, volume_id: str, label_map: Path, choice: str, painted: np.ndarray,
    empty: np.ndarray, taken: list[int],
) -> None:  # fmt: skip
    result = run(services, volume_id, label_map, paint=choice)
    assert (result.slices, [change.slice_index for change in result.changes]) == (taken, taken)
    found = on_server(services, volume_id)
    for index, expected in enumerate((IMPORTED, painted, empty, IMPORTED)):
        assert np.array_equal(found[index], expected), index
    assert states(services, volume_id)[2] == ("empty" if choice == "keep" else "painted")
    assert {change.slice_index: (change.before, change.after) for change in result.changes}[3] == (1, 2)


def test_merging_never_changes_a_painted_cell(services: Services, volume_id: str, label_map: Path) -> None:
    save(services, volume_id, 1, slice_of((2, 2, 1), (1, 1, 1)), SliceState.PAINTED)
    result = run(services, volume_id, label_map, paint="merge")
    assert result.slices == [0, 2, 3]  # slice 1 has paint wherever the label map has
    assert np.array_equal(on_server(services, volume_id)[1], slice_of((2, 2, 1), (1, 1, 1)))


def test_labels_of_slices_that_were_not_taken_are_not_made(
    services: Services, project_id: str, volume_id: str, label_map: Path
) -> None:
    for index in (0, 3):
        save(services, volume_id, index, slice_of((5, 4, 1)), SliceState.PAINTED)
    result = run(services, volume_id, label_map, paint="keep")
    assert (result.slices, result.labels) == ([], [])
    assert [label.name for label in services.projects.get(OWNER, project_id).labels] == ["liver"]


def test_slices_that_are_the_same_ask_nothing(services: Services, volume_id: str, label_map: Path) -> None:
    run(services, volume_id, label_map, paint="replace")
    again = run(services, volume_id, label_map)
    assert (again.slices, again.changes) == ([0, 1, 2, 3], [])


def test_what_was_painted_after_the_question_is_asked_for_again(
    services: Services, volume_id: str, label_map: Path
) -> None:
    with pytest.raises(ConflictError) as asked:
        run(services, volume_id, label_map)
    tag = asked.value.details["paint"]["tag"]
    save(services, volume_id, 1, slice_of((0, 0, 1)), SliceState.PAINTED)
    with pytest.raises(ConflictError, match="would change 2") as again:
        run(services, volume_id, label_map, paint="replace", paint_tag=tag)
    assert np.array_equal(on_server(services, volume_id)[1], slice_of((0, 0, 1)))
    run(services, volume_id, label_map, paint="replace", paint_tag=again.value.details["paint"]["tag"])
    assert np.array_equal(on_server(services, volume_id)[1], IMPORTED)


def test_no_choice_of_paint(services: Services, volume_id: str, label_map: Path) -> None:
    with pytest.raises(InvalidRequestError, match="must be keep, merge, replace, got 'overwrite'"):
        run(services, volume_id, label_map, paint="overwrite")


def test_it_is_asked_and_answered_over_http(client: TestClient, volume_id: str, label_map: Path) -> None:
    url = f"/api/volumes/{volume_id}/annotations/import"
    files = [("file", (label_map.name, label_map.read_bytes()))]
    asked = client.post(url, files=files, data={"plane": "axial"})
    assert (asked.status_code, asked.json()["error"]["code"]) == (409, "paint_choice")
    answer = {"plane": "axial", "paint": "replace", "paint_tag": asked.json()["error"]["paint"]["tag"]}
    done = client.post(url, files=files, data=answer)
    assert (done.status_code, done.json()["slices"]) == (201, [0, 1, 2, 3])


def as_changes(result: Any, *, back: bool) -> list[list[int]]:
    versions = [(each.slice_index, each.after, each.before) for each in result.changes]
    return [[index, after, before] if back else [index, before, after] for index, after, before in versions]


def test_an_import_is_taken_back_and_made_again(services: Services, volume_id: str, label_map: Path) -> None:
    before, was = on_server(services, volume_id), states(services, volume_id)
    result = run(services, volume_id, label_map, paint="replace")
    after, became = on_server(services, volume_id), states(services, volume_id)
    for _ in range(2):
        services.annotations.revert(OWNER, volume_id, "axial", as_changes(result, back=True))
        found = on_server(services, volume_id)
        assert all(np.array_equal(found[index], before.get(index, slice_of())) for index in found)
        assert states(services, volume_id) == {0: "cleared", **was}
        services.annotations.revert(OWNER, volume_id, "axial", as_changes(result, back=False))
        found = on_server(services, volume_id)
        assert all(np.array_equal(found[index], after[index]) for index in after)
        assert states(services, volume_id) == became
    again = services.annotations.revert(OWNER, volume_id, "axial", as_changes(result, back=False))
    assert again == []


def test_what_was_painted_since_the_import_stays(services: Services, volume_id: str, label_map: Path) -> None:
    result = run(services, volume_id, label_map, paint="replace")
    save(services, volume_id, 1, slice_of((1, 1, 1), (2, 2, 1), (0, 0, 1)), SliceState.PAINTED)
    save(services, volume_id, 0, slice_of(), SliceState.EMPTY)
    services.annotations.revert(OWNER, volume_id, "axial", as_changes(result, back=True))
    found = on_server(services, volume_id)
    assert np.array_equal(found[1], slice_of((1, 1, 1), (2, 2, 1), (0, 0, 1), (3, 3, 1)))
    assert states(services, volume_id)[0] == "empty"


def test_labels_that_were_deleted_do_not_come_back(
    services: Services, project_id: str, volume_id: str, label_map: Path
) -> None:
    result = run(services, volume_id, label_map, paint="replace")
    services.annotations.revert(OWNER, volume_id, "axial", as_changes(result, back=True))
    services.labels.delete(OWNER, result.labels[0].id)
    services.annotations.revert(OWNER, volume_id, "axial", as_changes(result, back=False))
    assert np.array_equal(on_server(services, volume_id)[0], slice_of((1, 1, 1)))


def test_versions_that_there_are_not_change_nothing(
    client: TestClient, services: Services, volume_id: str, label_map: Path
) -> None:
    before = services.annotations.list_latest(OWNER, volume_id)
    url = f"/api/volumes/{volume_id}/annotations/axial/revert"
    answer = client.post(url, json={"slices": [[1, 1, 0], [2, 9, 0]]})
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        400,
        "Slice 2 of the axial plane has no version 9.",
    )
    assert client.post(url, json={"slices": [[1, 1]]}).status_code == 400
    assert services.annotations.list_latest(OWNER, volume_id) == before
    assert client.post(url, json={"slices": [[1, 1, 0]]}).json()[0]["state"] == "cleared"


def test_locked_labels_are_left_as_they_are_and_all_else_is_imported(
    services: Services, project_id: str, volume_id: str, label_map: Path
) -> None:
    answer = run(services, volume_id, label_map, paint="replace", locked="1")
    found = on_server(services, volume_id)
    np.testing.assert_array_equal(found[0], slice_of((2, 2, 2)))
    np.testing.assert_array_equal(found[1], slice_of((1, 1, 1), (3, 3, 1), (2, 2, 2)))
    np.testing.assert_array_equal(found[3], slice_of((4, 4, 1), (2, 2, 2)))
    assert all(1 not in change.values for change in answer.changes)  # undo does not have to do with it
    assert "Locked and left as they were: liver. Unlock" in answer.notes


def test_a_slice_on_which_only_locked_labels_would_change_is_not_asked_about(
    services: Services, project_id: str, volume_id: str, label_map: Path
) -> None:
    before = on_server(services, volume_id)
    services.labels.create(OWNER, project_id, "spleen", code=2)
    answer = run(services, volume_id, label_map, locked="1,2")
    assert answer.changes == []
    np.testing.assert_equal(on_server(services, volume_id), before)


def test_a_lock_that_has_to_do_with_nothing_is_not_told_of(
    services: Services, project_id: str, volume_id: str, label_map: Path
) -> None:
    assert run(services, volume_id, label_map, paint="merge", locked="200").notes == ""


@pytest.mark.parametrize("locked", ["x", "0", "256", "1,", "1 2"])
def test_what_is_no_list_of_labels_is_refused(
    services: Services, volume_id: str, label_map: Path, locked: str
) -> None:
    with pytest.raises(InvalidRequestError, match="locked must be label values from 1 to 255"):
        run(services, volume_id, label_map, locked=locked)
