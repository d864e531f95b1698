"""Labels of a project whose scans are read blind: what deleting one and taking that back do to readings."""

from __future__ import annotations

import numpy as np
import pytest

from backend.schemas.requests import RestoredLabelBody
from backend.services import Services
from storage.errors import FrozenError
from tests.backend.data_folders import OWNER
from tests.backend.test_reading_results import Scan, scan, square

__all__ = ["scan"]


def values_on(services: Services, volume: str) -> list[int]:
    return [value for row in services.annotations.list_latest(OWNER, volume) for value in row.values]


@pytest.mark.parametrize("way", ["the bin", "undo"])
def test_the_paint_of_a_label_does_not_come_back_while_a_scan_is_read(scan: Scan, way: str) -> None:
    services = scan.services
    liver = services.projects.get(OWNER, scan.project).labels[0]
    services.labels.delete(OWNER, liver.id, force=True)
    scan.paint(scan.volume, 2, square(scan.values[1]))
    begun = services.readings.start(OWNER, scan.volume)

    def restore() -> None:
        if way == "undo":
            body = RestoredLabelBody(**liver.model_dump(exclude={"id"}), with_paint=True)
            services.labels.restore(OWNER, scan.project, body)
        else:
            services.deleted.restore(OWNER, liver.id)

    with pytest.raises(FrozenError, match="reading a scan of this project blind"):
        restore()
    assert [each.name for each in services.projects.get(OWNER, scan.project).labels] == ["spleen"]
    services.readings.end(OWNER, begun.readings[0].volume_id or "")
    restore()
    assert values_on(services, scan.volume) == [liver.value, scan.values[1]]


def test_a_label_on_a_compared_reading_is_deleted_and_comes_back(scan: Scan) -> None:
    services, (liver, spleen) = scan.services, scan.values
    both = square(liver)
    both[4, 4] = spleen
    reading = scan.read_again(z1=both)
    label = services.projects.get(OWNER, scan.project).labels[0]
    services.labels.delete(OWNER, label.id, force=True)
    assert (values_on(services, scan.volume), values_on(services, reading)) == ([], [liver, spleen])
    seen = services.agreements.voxels(OWNER, reading)
    assert np.unique(seen).tolist() == [0, spleen]  # it is not what was deleted
    assert not services.agreements.voxels(OWNER, scan.volume).any()
    services.deleted.restore(OWNER, label.id)
    assert values_on(services, scan.volume) == [liver]
    np.testing.assert_array_equal(services.agreements.voxels(OWNER, reading)[:, :, 1], both)


def test_a_label_that_is_on_compared_readings_alone_needs_no_erasing(scan: Scan) -> None:
    scan.read_again(z2=square(scan.values[1]))
    spleen = scan.services.projects.get(OWNER, scan.project).labels[1]
    scan.services.labels.delete(OWNER, spleen.id)
    assert [each.value for each in scan.services.projects.get(OWNER, scan.project).labels] == [scan.values[0]]
