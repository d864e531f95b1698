"""The benchmark's choice of slices and its scores, on volumes small enough to check by hand."""

import json

import numpy as np
import pytest

from benchmarks import protocol
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume

AXIAL = Plane.AXIAL
SPACING_MM = (1.0, 2.0, 3.0)


@pytest.fixture
def reference() -> np.ndarray:
    """A 4 x 4 column of label 7 from slice 5 to slice 25 of 40."""
    array = np.zeros((8, 9, 40), np.uint16)
    array[2:6, 3:7, 5:26] = 7
    return array


@pytest.mark.parametrize(
    ("budget", "expected"),
    [(1, (15,)), (3, (10, 15, 20)), (5, (5, 10, 15, 20, 25)), (8, (5, 8, 11, 14, 16, 19, 22, 25))],
)
def test_painted_slices_are_inner_points_below_five(
    reference: np.ndarray, budget: int, expected: tuple[int, ...]
) -> None:
    assert protocol.painted_slices(reference, AXIAL, budget) == expected


def test_extent_has_three_more_slices_inside_the_volume(reference: np.ndarray) -> None:
    assert protocol.extent(reference, AXIAL) == range(2, 29)
    assert protocol.extent(reference[:, :, 4:27], AXIAL) == range(0, 23)


def test_an_empty_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one label"):
        protocol.labelled_range(np.zeros((3, 3, 3), np.uint16), AXIAL)


def test_annotations_copy_the_reference(reference: np.ndarray) -> None:
    annotations = protocol.painted_annotations(reference, AXIAL, 3)
    assert list(annotations.slices) == [10, 15, 20]
    assert annotations.codes == (7,)
    annotations.slices[10][:] = 0
    assert reference[2, 3, 10] == 7


def test_per_label_paints_every_label_on_the_slices_of_each(reference: np.ndarray) -> None:
    reference[0, 0, 30:35] = 9  # and label 7 from slice 5 to 25
    case = protocol.BenchmarkCase("toy", "", AXIAL, (7, 9), per_label=True)
    annotations = protocol.case_annotations(case, reference, 3)
    assert list(annotations.slices) == [10, 15, 20, 31, 32, 33]
    reference[2, 3, 31] = 7  # now up to slice 31: slices 12, 18, 24 (18 and 24.5 rounded to even)
    annotations = protocol.case_annotations(case, reference, 3)
    assert list(annotations.slices) == [12, 18, 24, 31, 32, 33]
    assert set(np.unique(annotations.slices[31])) == {0, 7, 9}


def test_other_cases_spread_one_budget_over_all_labels(reference: np.ndarray) -> None:
    reference[0, 0, 30:35] = 9
    case = protocol.BenchmarkCase("toy", "", AXIAL, (7, 9))
    chosen = protocol.painted_slices(reference, AXIAL, 3)
    assert tuple(protocol.case_annotations(case, reference, 3).slices) == chosen == (12, 20, 27)


def test_names_of_cases_are_unique_and_many_labels_are_known() -> None:
    names = [case.name for case in protocol.CASES]
    assert len(set(names)) == len(names)
    assert [case.name for case in protocol.CASES if case.has_many_labels] == ["ct_dicom_all"]


def test_a_perfect_mask_scores_one(reference: np.ndarray) -> None:
    painted = protocol.painted_annotations(reference, AXIAL, 3)
    scores = protocol.score(reference, reference, painted, (7,), SPACING_MM)
    assert scores == {7: {"dice": 1.0, "iou": 1.0, "assd_mm": 0.0}}


def test_painted_slices_and_slices_outside_the_extent_do_not_count(reference: np.ndarray) -> None:
    painted = protocol.painted_annotations(reference, AXIAL, 3)
    wrong = reference.copy()
    wrong[:, :, [0, 10, 15, 20, 39]] = 7
    assert protocol.score(wrong, reference, painted, (7,), SPACING_MM)[7]["dice"] == 1.0


def test_half_of_the_slices_missing(reference: np.ndarray) -> None:
    painted = protocol.annotate(reference, AXIAL, (25,))  # 20 labelled slices left
    half = reference.copy()
    half[:, :, 15:25] = 0
    scores = protocol.score(half, reference, painted, (7,), SPACING_MM)[7]
    assert scores["dice"] == pytest.approx(2 * 10 / 30)
    assert scores["iou"] == pytest.approx(0.5)


def test_a_missing_label_has_no_surface_distance(reference: np.ndarray) -> None:
    painted = protocol.annotate(reference, AXIAL, ())
    scores = protocol.score(np.zeros_like(reference), reference, painted, (7,), SPACING_MM)[7]
    assert scores == {"dice": 0.0, "iou": 0.0, "assd_mm": None}


def test_surface_distance_is_in_millimetres() -> None:
    reference, found = np.zeros((9, 9, 9), np.uint16), np.zeros((9, 9, 9), np.uint16)
    reference[4, 2, 4] = found[4, 5, 4] = 1
    painted = protocol.annotate(reference, AXIAL, ())
    assert protocol.score(found, reference, painted, (1,), SPACING_MM)[1]["assd_mm"] == pytest.approx(6.0)


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_the_whole_grid(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(seed)
    reference, found = (np.zeros((14, 12, 30), np.uint16) for _ in range(2))
    reference[0:7, 4:9, 6:22], found[1:9, 3:8, 8:26] = 1, 1
    reference[draw.random(reference.shape) < 0.02] = 2
    found[draw.random(found.shape) < 0.02] = 2
    painted = protocol.annotate(reference, AXIAL, (10, 15))
    cropped = protocol.score(found, reference, painted, (1, 2, 3), SPACING_MM)
    monkeypatch.setattr(protocol, "_crop", lambda *masks: masks)
    assert cropped == protocol.score(found, reference, painted, (1, 2, 3), SPACING_MM)


@pytest.mark.parametrize("plane", list(Plane))
def test_cropping_keeps_positions_in_space(plane: Plane) -> None:
    voxels = np.arange(5 * 6 * 7, dtype=np.int16).reshape(5, 6, 7)
    affine = np.diag([*SPACING_MM, 1.0])
    affine[:3, 3] = -10, 20, 30
    cropped = protocol.crop_slices(Volume(voxels, SourceGrid((5, 6, 7), affine)), plane, range(1, 4))
    index = np.zeros(4)
    index[3], index[plane.axis] = 1, 1
    assert cropped.shape[plane.axis] == 3
    assert cropped.voxels[0, 0, 0] == voxels[tuple(index[:3].astype(int))]
    np.testing.assert_allclose(cropped.affine @ [0, 0, 0, 1], affine @ index)


def test_real_case_holds_only_its_own_codes(data_dir) -> None:
    case = next(case for case in protocol.CASES if case.name == "ct_abdomen_bones")
    volume, reference = protocol.load_case(case, data_dir)
    assert reference.shape == volume.shape
    assert set(np.unique(reference)) == {0, *case.codes}


def test_all_labels_of_a_scan_are_all_that_are_there(data_dir) -> None:
    case = next(case for case in protocol.CASES if case.name == "ct_dicom_all")
    labels = json.loads((data_dir / "ct_dicom" / "labels.json").read_text())
    assert sorted(map(int, labels)) == sorted(case.codes)
