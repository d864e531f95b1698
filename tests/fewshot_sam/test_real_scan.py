"""The whole method on a real scan: few painted slices of a CT give the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import protocol
from fewshot_sam.cache import EmbeddingCache
from fewshot_sam.geometry import take_slice
from fewshot_sam.segmenter import FewShotSegmenter

BUDGET = 5
MIN_MEAN_DICE = 0.85


@pytest.mark.slow
def test_five_slices_of_an_abdominal_ct_give_six_organs(data_dir: Path, tmp_path: Path) -> None:
    case = next(case for case in protocol.CASES if case.name == "ct_abdomen")
    volume, reference = protocol.load_case(case, data_dir)
    annotations = protocol.painted_annotations(reference, case.plane, BUDGET)
    segmenter = FewShotSegmenter(device="cpu", cache=EmbeddingCache(tmp_path))
    segmenter.fit([(volume, annotations)])
    label_map = segmenter.predict(volume, annotations).label_map
    for index, image in annotations.slices.items():
        np.testing.assert_array_equal(take_slice(label_map, case.plane, index), image)
    scores = protocol.score(label_map, reference, annotations, case.codes, volume.spacing_mm)
    assert np.mean([score["dice"] for score in scores.values()]) >= MIN_MEAN_DICE, scores
    assert segmenter.predict(volume, annotations).label_map.tobytes() == label_map.tobytes()
