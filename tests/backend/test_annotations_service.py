"""Saving painted slices and reading them back."""

from __future__ import annotations

from typing import Any

import pytest

from backend.asker import Asker
from backend.errors import InvalidRequestError, NotFoundError
from backend.schemas.answers import SavedSliceAnswer
from backend.services import Services
from backend.services import annotations as annotations_module
from backend.services import runs as runs_module
from fewshot_sam.errors import AnnotationError
from storage.models import ModelRow
from tests.backend.conftest import OWNER
from tests.backend.tiny import axial_bytes


def save(services: Services, volume_id: str, data: bytes, base: int, **change: Any) -> SavedSliceAnswer:
    arguments = {"plane": "axial", "slice_index": 1, "state": "painted"} | change
    return services.annotations.save(OWNER, volume_id, data=data, base_version=base, **arguments)


def test_versions_are_kept_and_the_latest_counts(
    services: Services, volume_id: str, label_value: int
) -> None:
    first, erased = axial_bytes(label_value), axial_bytes(0)
    assert save(services, volume_id, first, 0).version == 1
    assert save(services, volume_id, erased, 1, state="empty").version == 2
    (latest,) = services.annotations.list_latest(OWNER, volume_id)
    assert (latest.version, latest.state, latest.values) == (2, "empty", [])
    assert services.annotations.get(OWNER, volume_id, "axial", 1, version=1)[1] == first
    versions = services.annotations.versions(OWNER, volume_id, "axial", 1)
    assert [version.version for version in versions] == [2, 1]


def test_saving_the_same_again_is_the_same_version(
    services: Services, volume_id: str, label_value: int
) -> None:
    saved = save(services, volume_id, axial_bytes(label_value), 0)
    assert save(services, volume_id, axial_bytes(label_value), 0) == saved  # a retry whose answer was lost
    assert len(services.annotations.versions(OWNER, volume_id, "axial", 1)) == 1


def test_painted_without_paint_says_nothing(services: Services, volume_id: str) -> None:
    assert save(services, volume_id, axial_bytes(0), 0).state == "cleared"


@pytest.mark.parametrize(
    ("change", "data", "error", "match"),
    [
        ({"slice_index": 4}, axial_bytes(0), InvalidRequestError, "must be from 0 to 3"),
        ({"slice_index": -1}, axial_bytes(0), InvalidRequestError, "must be from 0 to 3"),
        ({"plane": "oblique"}, axial_bytes(0), InvalidRequestError, "axial, coronal or sagittal"),
        ({"state": "done"}, axial_bytes(0), InvalidRequestError, "painted, empty, cleared or interpolated"),
        ({}, b"123", AnnotationError, "must be 5 x 6 bytes, got 3 bytes"),
        ({}, axial_bytes(9), AnnotationError, "values that the project does not have: .9."),
        ({"state": "empty"}, axial_bytes(1), AnnotationError, "must hold no paint"),
    ],
)
def test_what_does_not_fit_is_refused_and_not_stored(
    services: Services,
    volume_id: str,
    label_value: int,
    change: dict[str, Any],
    data: bytes,
    error: type[Exception],
    match: str,
) -> None:
    with pytest.raises(error, match=match):
        save(services, volume_id, data, 0, **change)
    assert services.annotations.list_latest(OWNER, volume_id) == []


def test_other_owners_see_nothing(services: Services, volume_id: str, label_value: int) -> None:
    save(services, volume_id, axial_bytes(label_value), 0)
    with pytest.raises(NotFoundError, match="volume does not exist"):
        services.annotations.list_latest(Asker("someone else"), volume_id)
    with pytest.raises(NotFoundError, match="volume does not exist"):
        services.annotations.save(Asker("someone else"), volume_id, "axial", 1, b"", "cleared", 1)


def test_lists_have_an_end(
    services: Services,
    volume_id: str,
    project_id: str,
    label_value: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """100,000 versions would take 14 s and hundreds of megabytes; a client can make any number."""
    for module in (annotations_module, runs_module):
        monkeypatch.setattr(module, "MAX_LISTED", 3)
    data = [axial_bytes(label_value), bytes(reversed(axial_bytes(label_value)))]
    for base in range(5):
        save(services, volume_id, data[base % 2], base)
    versions = services.annotations.versions(OWNER, volume_id, "axial", 1)
    assert [version.version for version in versions] == [5, 4, 3]
    made = [services.runs.create(OWNER, volume_id, "propagate").id]
    for _ in range(4):
        services.runs.cancel(OWNER, made[-1])
        made.append(services.runs.create(OWNER, volume_id, "propagate").id)
    assert {run.id for run in services.runs.of_volume(OWNER, volume_id)} == set(made[-3:])
    models = [
        ModelRow(project_id=project_id, plane="axial", encoder="", labels=[], blob="") for _ in range(4)
    ]
    with services.database.write() as session:
        session.add_all(models)
    assert len(services.runs.models(OWNER, project_id)) == 3
