"""The benchmark of scans that differ: which slices are painted there, what is scored, the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks import domain_shift
from benchmarks.domain_shift import AppliedTo, ShiftResult, Source, measure, shift_text
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.prediction import Prediction
from fewshot_sam.data.volume import Volume

SHAPE = (6, 5, 10)
LOOKS = {"distance": 0.08, "usual_distance": 0.02, "reasons": ["looks"], "slices": [3, 6]}
LIKE = {"distance": 0.01, "usual_distance": 0.02, "reasons": [], "slices": []}
NOTHING = {"distance": None, "usual_distance": 0.02, "reasons": ["nothing"], "slices": [3, 6]}
NEXT = [{"slice_index": index} for index in (7, 2, 5)]


def scan(number: int) -> tuple[Volume, np.ndarray]:
    """Label 1 is on slices 2 to 7, the same on each."""
    reference = np.zeros(SHAPE, np.uint16)
    reference[1:4, 1:4, 2:8] = 1
    return Volume((reference * 9).astype(np.int16), SourceGrid(SHAPE, np.eye(4)), name=str(number)), reference


class Toy:
    """Finds half of label 1 in scans it was not fitted on, and all of it in the others."""

    encoder = None
    fits: list[list[tuple[str, list[int]]]]

    def __init__(self, *said: dict[str, Any]) -> None:
        self._said, self._known = iter(said), set[str]()
        self.fits = []

    def fit(self, cases: list[tuple[Volume, SparseAnnotations]]) -> Toy:
        self._known = {volume.name for volume, _ in cases}
        self.fits.append([(volume.name, sorted(annotations.slices)) for volume, annotations in cases])
        return self

    def predict(self, volume: Volume, annotations: SparseAnnotations | None = None) -> Prediction:
        label_map = (volume.voxels // 9).astype(np.uint16)
        if volume.name in self._known:
            return Prediction(label_map)
        label_map[1:4, 1:4, 5:8] = 0
        return Prediction(label_map, report={"domain_shift": next(self._said), "next_slices": NEXT})


def measured(monkeypatch: pytest.MonkeyPatch, *said: dict[str, Any], painted: int) -> tuple[ShiftResult, Toy]:
    again = Toy()
    monkeypatch.setattr(domain_shift, "FewShotSegmenter", lambda encoder, seed: again)
    first = (scan(0)[0], SparseAnnotations(Plane.AXIAL, {4: scan(0)[1][:, :, 4]}))
    source = Source("one", Plane.AXIAL, (1,), [first])
    target = AppliedTo("others", [scan(number + 1) for number in range(len(said))], painted)
    toy: Any = Toy(*said)
    return measure(source, target, toy, "code"), again


def test_the_proposed_slices_are_painted_and_scored_without(monkeypatch: pytest.MonkeyPatch) -> None:
    result, again = measured(monkeypatch, LOOKS, LIKE, NOTHING, painted=2)
    # Of a scan that does not differ the two that are worth most are painted.
    assert again.fits == [[("0", [4]), ("1", [3, 6]), ("2", [2, 7])]]
    assert result.times_usual == [4.0, 0.5, None]
    assert result.reasons == [["looks"], [], ["nothing"]]
    assert result.before_all == pytest.approx([2 / 3] * 3)
    # Slices 2, 4, 5 and 7 of one and 3 to 6 of the other are left; label 1 was found on half of them.
    assert result.before == pytest.approx([2 / 3, 2 / 3])
    assert result.after == [1.0, 1.0]
    assert result.slices == 4


def test_where_nothing_is_painted_nothing_is_fitted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    result, again = measured(monkeypatch, LOOKS, painted=0)
    assert again.fits == []
    assert (result.before, result.after, result.slices) == ([], [], 0)


def test_scans_without_a_reference_are_only_compared() -> None:
    target = AppliedTo("head", [(scan(1)[0], None)])
    toy: Any = Toy(LOOKS)
    result = measure(Source("one", Plane.AXIAL, (1,), []), target, toy, "code")
    assert (result.times_usual, result.before_all) == ([4.0], [])


def test_the_table() -> None:
    told = [["looks"], [], ["nothing"]]
    some = ShiftResult("one", "others", "code", [4.0, 0.5, None], told, [0.5, 0.7], [0.6], [0.8], 2, 1.0)
    none = ShiftResult("one", "head", "code", [None], [["nothing"]], [], [], [], 0, 1.0)
    text = shift_text([some, none])
    assert text.startswith("## A scan that differs\n")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if "| one" in line]
    assert rows == [
        ["one", "others", "3", "2.2 (0.5 to 4.0)", "2", "0.600", "2", "0.600", "0.800"],
        ["one", "head", "1", "nothing found", "1", "", "", "", ""],
    ]


@pytest.mark.parametrize("change", domain_shift.CHANGES.values(), ids=domain_shift.CHANGES)
def test_a_change_of_intensities_keeps_the_scan_and_its_reference(change: Any) -> None:
    volume, reference = scan(1)
    changed, same = domain_shift._changed((volume, reference), change)
    assert same is reference
    assert (changed.shape, changed.voxels.dtype, changed.source) == (SHAPE, np.float32, volume.source)
    assert changed.content_hash != volume.content_hash
