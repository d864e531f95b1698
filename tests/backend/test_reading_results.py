"""One person reads a scan several times: what is hidden, how far readings agree, how they are merged."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from backend.errors import ConflictError, InvalidRequestError, NotFoundError
from backend.schemas.enums import MergeMethod
from backend.services import Services
from storage.errors import FrozenError
from tests.backend.data_folders import OWNER
from tests.backend.reading_helpers import Scan, make_scan, square
from tests.backend.tiny import SHAPE, tiny_volume


@pytest.fixture
def scan(services: Services, project_id: str) -> Scan:
    return make_scan(services, project_id)


def test_the_first_reading_is_hidden_until_the_second_is_finished(scan: Scan) -> None:
    services, (liver, _) = scan.services, scan.values
    begun = services.readings.start(OWNER, scan.volume)
    (second,) = [each.volume_id for each in begun.readings]
    assert second is not None and begun.is_first
    with pytest.raises(NotFoundError):
        services.annotations.get(OWNER, scan.volume, "axial", 1)
    assert [each.name for each in services.projects.get(OWNER, scan.project).volumes] == ["tiny, reading 2"]
    with pytest.raises(ConflictError, match="no two readings"):
        services.agreements.of(OWNER, second)
    scan.paint(second, 1, square(liver))
    services.readings.finish(OWNER, second)
    assert len(services.projects.get(OWNER, scan.project).volumes) == 2
    (pair,) = services.agreements.of(OWNER, second).pairs
    assert (pair.first_id, pair.second_id) == (scan.volume, second)
    assert (pair.mean.dice, pair.mean.hd95_mm, pair.mean.mean_distance_mm) == (1.0, 0.0, 0.0)
    assert (pair.differing_voxels, pair.slices) == (0, [])


def test_agreement_by_label_and_by_slice_and_its_tables(scan: Scan) -> None:
    liver, spleen = scan.values
    second = scan.read_again(z1=square(liver, 2), z2=square(spleen, 1))
    answer = scan.services.agreements.of(OWNER, scan.volume)
    (pair,) = answer.pairs
    by_name = {each.name: each.values for each in pair.labels}
    assert by_name["liver"].dice == pytest.approx(2 * 4 / (9 + 4))
    assert by_name["liver"].iou == pytest.approx(4 / 9)
    assert (by_name["spleen"].dice, by_name["spleen"].hd95_mm) == (0.0, None)  # one of them has none of it
    assert [(each.slice_index, each.voxels, each.labels) for each in pair.slices] == [
        (1, 5, [liver]),
        (2, 1, [spleen]),
    ]
    assert scan.services.agreements.of(OWNER, second) == answer  # kept, and asked for by either volume
    table = scan.services.agreements.table(OWNER, scan.volume, 2.0, by_slice=False)
    lines = table.content.decode("utf-8-sig").splitlines()
    assert table.name == "tiny-agreement.csv"
    assert lines[0].startswith('"first","second","label","dice","iou","surface_dice","hd95_mm"')
    assert [line.split(",")[2] for line in lines[1:]] == ['"(mean)"', '"liver"', '"spleen"']
    slices = scan.services.agreements.table(OWNER, scan.volume, 2.0, by_slice=True)
    assert slices.content.decode("utf-8-sig").splitlines()[1:] == [
        '"Reading 1","Reading 2","axial",2,5,"liver"',
        '"Reading 1","Reading 2","axial",3,1,"spleen"',
    ]


def test_what_is_compared_is_the_mask_with_all_that_is_painted_over_it(scan: Scan) -> None:
    services, (liver, spleen) = scan.services, scan.values
    begun = services.readings.start(OWNER, scan.volume)
    (second,) = [each.volume_id or "" for each in begun.readings]
    scan.add_mask(second, np.full(SHAPE, spleen, np.uint8, order="F"))
    scan.paint(second, 1, square(liver))
    services.annotations.save(OWNER, second, "axial", 2, b"", "empty", 0)
    labels = services.agreements.voxels(OWNER, second)
    np.testing.assert_array_equal(labels[:, :, 1], square(liver))
    assert not labels[:, :, 2].any()
    assert (labels[:, :, 0] == spleen).all()


def test_what_is_compared_does_not_change_with_the_merge(scan: Scan) -> None:
    liver, _ = scan.values
    scan.read_again(z1=square(liver, 2))
    before = scan.services.agreements.of(OWNER, scan.volume)
    scan.merge()
    np.testing.assert_array_equal(scan.painted(1)[1], square(liver, 2))
    np.testing.assert_array_equal(
        scan.services.agreements.voxels(OWNER, scan.volume)[:, :, 1], square(liver, 3)
    )
    assert scan.services.agreements.of(OWNER, scan.volume) == before


def test_a_majority_of_three_is_painted_with_its_provenance(scan: Scan) -> None:
    liver, spleen = scan.values
    readings = [scan.read_again(z1=square(liver, 2)), scan.read_again(z1=square(liver, 2), z3=square(spleen))]
    answer = scan.merge()
    assert [each.slice_index for each in answer.changes] == [1]
    state, painted = scan.painted(1)
    assert state == "painted"
    np.testing.assert_array_equal(painted, square(liver, 2))
    (row,) = scan.services.annotations.list_latest(OWNER, scan.volume)
    origin = row.origins[str(liver)]
    assert (origin.kind, origin.by) == ("merged", OWNER.id)
    assert origin.merge is not None
    assert origin.merge.model_dump() == {"method": "majority", "readings": [scan.volume, *readings]}
    versions = scan.services.annotations.versions(OWNER, scan.volume, "axial", 1)
    assert [each.version for each in versions] == [2, 1]  # what was painted before is in the history
    (merge,) = scan.services.readings.get(OWNER, scan.volume).merges
    assert merge.facts["disputed_voxels"] == 5 + 9
    assert (merge.facts["slices"], merge.facts["emptied"]) == (1, 0)
    assert "more than half" in merge.facts["rule"]


def test_a_merge_that_was_undone_is_said_to_be_taken_back(scan: Scan) -> None:
    liver, _ = scan.values
    scan.read_again(z1=square(liver, 2))
    scan.read_again(z1=square(liver, 2))
    (change,) = scan.merge().changes

    def stands() -> list[bool]:
        return [each.stands for each in scan.services.readings.get(OWNER, scan.volume).merges]

    assert stands() == [True]
    turned = [change.slice_index, change.after, change.before]
    scan.services.annotations.revert(OWNER, scan.volume, "axial", [turned])
    assert stands() == [False]
    scan.merge()
    assert stands() == [True, True]  # the same labels, so the first one stands again


def test_a_merge_is_downloaded_with_codes_though_there_is_no_mask(scan: Scan, tmp_path: Path) -> None:
    liver, _ = scan.values
    scan.read_again(z1=square(liver, 2))
    scan.merge()
    file = scan.services.agreements.nifti(OWNER, scan.volume, tmp_path / "temporary")
    assert (file.name, file.media_type) == ("tiny-labels.nii.gz", "application/gzip")
    path = tmp_path / file.name
    path.write_bytes(file.content)
    labels = np.asarray(nib.as_closest_canonical(nib.load(path)).dataobj)
    np.testing.assert_array_equal(labels[:, :, 1], square(liver, 2))
    assert labels.sum() == 4 * liver


def test_staple_says_how_good_each_reader_is(scan: Scan) -> None:
    liver, _ = scan.values
    readings = [scan.read_again(z1=square(liver)), scan.read_again(z1=square(liver, 1))]
    scan.merge(MergeMethod.STAPLE, plane="axial")
    np.testing.assert_array_equal(scan.painted(1)[1], square(liver))
    facts = scan.services.readings.get(OWNER, scan.volume).merges[0].facts
    assert facts["readers"].keys() == {scan.volume, *readings}
    assert facts["max_rounds"] == 200
    figures = facts["readers"][readings[1]][str(liver)]
    assert figures["sensitivity"] < 0.5 < figures["specificity"]


def test_by_hand_one_readings_label_is_taken_on_one_slice(scan: Scan) -> None:
    liver, spleen = scan.values
    theirs = square(spleen, 2) + 0
    theirs[4, 4] = liver
    reading = scan.read_again(z1=theirs, z2=square(liver))
    scan.merge(MergeMethod.READING, reading=reading, slices=[1], labels=[spleen])
    wanted = square(liver)
    wanted[:2, :2] = spleen  # the liver stays as it was painted, but for these cells
    np.testing.assert_array_equal(scan.painted(1)[1], wanted)
    with pytest.raises(NotFoundError):
        scan.painted(2)
    (row,) = scan.services.annotations.list_latest(OWNER, scan.volume)
    assert row.origins[str(spleen)].kind == "merged"
    assert row.origins[str(liver)].kind == "painted"


def test_by_hand_the_masks_other_labels_stay_where_nothing_is_painted(scan: Scan) -> None:
    liver, spleen = scan.values
    mask = np.zeros(SHAPE, np.uint8, order="F")
    mask[:2, :, 2:], mask[2:, :, 2:] = liver, spleen
    mask_id = scan.add_mask(scan.volume, mask)
    reading = scan.read_again(z2=square(spleen, 1))
    scan.merge(MergeMethod.READING, reading=reading, slices=[2, 3], labels=[spleen])
    wanted = np.where(mask[:, :, 2] == liver, np.uint8(liver), np.uint8(0))
    np.testing.assert_array_equal(scan.painted(3)[1], wanted)  # the reading has no spleen there
    (row,) = (
        row for row in scan.services.annotations.list_latest(OWNER, scan.volume) if row.slice_index == 3
    )
    assert (row.origins[str(liver)].kind, row.origins[str(liver)].mask) == ("predicted", mask_id)
    wanted[0, 0] = spleen
    np.testing.assert_array_equal(scan.painted(2)[1], wanted)


def test_a_slice_that_the_merge_leaves_empty_is_noted_as_empty(scan: Scan) -> None:
    liver, _ = scan.values
    scan.read_again(z2=square(liver))
    scan.merge()
    assert scan.painted(1)[0] == "empty"
    (merge,) = scan.services.readings.get(OWNER, scan.volume).merges
    assert (merge.facts["slices"], merge.facts["emptied"]) == (1, 1)
    with pytest.raises(NotFoundError):
        scan.painted(2)  # nothing was there, and the two do not agree on anything


def test_a_merge_is_refused_where_it_cannot_be(scan: Scan) -> None:
    liver, _ = scan.values
    with pytest.raises(ConflictError, match="no two readings of this scan to merge"):
        scan.merge()
    reading = scan.read_again(z1=square(liver))
    with pytest.raises(InvalidRequestError, match="Name the reading whose labels are taken"):
        scan.merge(MergeMethod.READING)
    with pytest.raises(ConflictError, match="in the axial plane by now"):
        scan.merge(plane="sagittal")
    with pytest.raises(InvalidRequestError, match="slice"):
        scan.merge(slices=[99])
    with pytest.raises(InvalidRequestError, match="Only labels of this project"):
        scan.merge(labels=[200])
    with pytest.raises(FrozenError, match="have been compared"):
        scan.paint(reading, 2, square(liver))
    scan.services.reviews.mark_ready(OWNER, scan.volume)
    scan.services.reviews.accept(OWNER, scan.volume)
    other = scan.read_again(z1=square(liver, 1))
    with pytest.raises(FrozenError, match="was accepted in a review"):
        scan.merge(MergeMethod.READING, reading=other)


def test_a_reading_is_not_reviewed(scan: Scan) -> None:
    reading = scan.read_again(z1=square(scan.values[0]))
    with pytest.raises(ConflictError, match="Have its merge reviewed"):
        scan.services.reviews.mark_ready(OWNER, reading)


def test_one_reading_of_nothing_can_be_compared_with_nothing(scan: Scan) -> None:
    empty = scan.services.volumes.add(OWNER, scan.project, tiny_volume("empty"), "empty.nii").id
    with pytest.raises(ConflictError, match="One reading alone can be compared with nothing"):
        scan.services.readings.start(OWNER, empty)


def test_what_was_never_begun_or_is_gone_is_no_reading(scan: Scan) -> None:
    services, (liver, _) = scan.services, scan.values
    readings = [scan.read_again(z1=square(liver)), scan.read_again(z1=square(liver, 2))]
    begun = services.readings.start(OWNER, scan.volume)
    (unbegun,) = [each.volume_id or "" for each in begun.readings if each.state == "reading"]
    services.readings.end(OWNER, unbegun)
    assert len(services.agreements.of(OWNER, scan.volume).pairs) == 3  # of the scan and two readings
    services.volumes.delete(OWNER, readings[0])
    services.deleted.delete_for_good(OWNER, readings[0])
    assert services.readings.get(OWNER, scan.volume).is_first  # whatever became of the second reading
