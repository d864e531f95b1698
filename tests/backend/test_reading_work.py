"""What is computed of readings is computed once."""

from __future__ import annotations

from typing import Any
from weakref import ReferenceType, ref

import numpy as np
import pytest

from backend.errors import ConflictError
from backend.queries.raters import Rater, rater_labels
from backend.schemas.enums import MergeMethod
from backend.services import Services, agreement, merge
from fewshot_sam.evaluation.agreement import SliceDifference, differing_slices
from storage.blobs import BlobStore
from storage.database import Database
from tests.backend.data_folders import OWNER
from tests.backend.reading_helpers import Scan, make_scan, square


@pytest.fixture
def scan(services: Services, project_id: str) -> Scan:
    return make_scan(services, project_id)


@pytest.mark.parametrize(("first", "second"), [({}, {}), ({}, {"slices": [1]}), ({"slices": [1]}, {})])
def test_two_merges_of_a_scan_are_not_made_at_once(
    scan: Scan, monkeypatch: pytest.MonkeyPatch, first: dict[str, Any], second: dict[str, Any]
) -> None:
    scan.read_again(z1=square(scan.values[0], 2))
    refused: list[str] = []

    def labels_meanwhile(*args: Any) -> np.ndarray:
        if not refused:
            with pytest.raises(ConflictError, match="being merged already") as error:
                scan.merge(MergeMethod.STAPLE, labels=[scan.values[1]], **second)
            refused.append(str(error.value))
        return rater_labels(*args)

    monkeypatch.setattr(merge, "rater_labels", labels_meanwhile)
    assert [each.slice_index for each in scan.merge(**first).changes] == [1]
    assert len(refused) == 1
    assert scan.merge(**first).changes == []  # it can be begun again, and changes nothing


def test_labels_of_a_reading_are_made_once_for_all_its_pairs(
    scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = [scan.read_again(z1=square(scan.values[0], end)) for end in (1, 2)]
    made: list[str] = []
    maps: list[ReferenceType[np.ndarray]] = []
    held: list[int] = []

    def labels_noted(database: Database, blobs: BlobStore, rater: Rater) -> np.ndarray:
        made.append(rater.volume.id)
        labels = rater_labels(database, blobs, rater)
        maps.append(ref(labels))
        return labels

    def slices_noted(*args: Any) -> list[SliceDifference]:
        held.append(sum(each() is not None for each in maps))
        return differing_slices(*args)

    monkeypatch.setattr(agreement, "rater_labels", labels_noted)
    monkeypatch.setattr(agreement, "differing_slices", slices_noted)
    assert len(scan.services.agreements.of(OWNER, scan.volume).pairs) == 3
    assert made == [scan.volume, *readings]
    assert held == [2, 3, 2]  # of the first and second, the first and third, the second and third
    scan.services.agreements.of(OWNER, scan.volume)
    assert len(made) == 3  # and never again
