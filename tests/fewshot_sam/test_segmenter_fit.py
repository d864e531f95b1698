"""Fitting through the facade: what is learnt from, continued, cancelled and refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.plan import slices_to_encode
from fewshot_sam.errors import AnnotationError, GeometryError, ModelError, OperationCancelled
from fewshot_sam.progress import Stage
from fewshot_sam.settings import Settings
from tests.fewshot_sam.toy_encoder import ToyEncoder, painted, truth, volume_of
from tests.fewshot_sam.toy_segmenter import (
    FAST,
    LABELS,
    METHODS,
    SAM_DECODER,
    VOLUME,
    Cancel,
    assert_painted,
    fitted,
    make,
    steps_of,
)


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache")


@METHODS
def test_another_seed_gives_another_model(cache: EmbeddingCache, settings: Settings) -> None:
    case = (VOLUME, painted(LABELS))
    reports = [make(cache, seed, settings).fit([case]).fit_report["loss"] for seed in (0, 1)]
    assert reports[0] != reports[1]


def test_of_the_annotation_plane_only_painted_slices_are_encoded_to_fit(cache: EmbeddingCache) -> None:
    wanted = slices_to_encode(VOLUME, Plane.AXIAL, ToyEncoder())
    orthogonal = len(wanted[Plane.CORONAL]) + len(wanted[Plane.SAGITTAL])
    segmenter = fitted(cache)
    assert segmenter.encoder.encoded == 3 + orthogonal  # type: ignore[attr-defined]
    segmenter.predict(VOLUME)
    assert segmenter.encoder.encoded == 9 + orthogonal  # type: ignore[attr-defined]
    segmenter.predict(VOLUME, painted(LABELS))
    assert segmenter.encoder.encoded == 9 + orthogonal  # type: ignore[attr-defined]


@METHODS
@pytest.mark.parametrize("stage", [Stage.ENCODE, Stage.FIT])
def test_fitting_stops_when_cancelled(cache: EmbeddingCache, stage: str, settings: Settings) -> None:
    segmenter, cancel = make(cache, settings=settings), Cancel(stage)
    with pytest.raises(OperationCancelled):
        segmenter.fit([(VOLUME, painted(LABELS))], progress=cancel)
    assert cancel.after == 1
    with pytest.raises(ModelError, match="no few-shot model yet"):
        segmenter.predict(VOLUME)
    segmenter.fit([(VOLUME, painted(LABELS))]).predict(VOLUME)


@METHODS
def test_a_cancelled_second_fit_keeps_the_first_model(cache: EmbeddingCache, settings: Settings) -> None:
    segmenter = fitted(cache, settings=settings)
    before = segmenter.predict(VOLUME).label_map
    with pytest.raises(OperationCancelled):
        segmenter.fit([(VOLUME, painted(LABELS, (3,)))], progress=Cancel(Stage.FIT, 2))
    np.testing.assert_array_equal(segmenter.predict(VOLUME).label_map, before)


@METHODS
def test_progress_runs_from_0_to_1_and_tells_the_loss(cache: EmbeddingCache, settings: Settings) -> None:
    calls: list[tuple[str, float, dict[str, Any]]] = []

    def progress(stage: str, fraction: float, **details: Any) -> None:
        calls.append((stage, fraction, details))

    segmenter = make(cache, settings=settings).fit([(VOLUME, painted(LABELS))], progress=progress)
    segmenter.predict(VOLUME, painted(LABELS), progress=progress)
    for stage in {stage for stage, *_ in calls}:
        fractions = [fraction for name, fraction, _ in calls if name == stage]
        assert all(0 <= fraction <= 1 for fraction in fractions)
        if stage != Stage.ENCODE:  # once to fit and once to predict
            assert fractions == sorted(fractions)
    steps = [details for stage, _, details in calls if stage == Stage.FIT and "loss" in details]
    assert [details["step"] for details in steps] == list(range(1, len(steps) + 1))
    assert all(np.isfinite(details["loss"]) for details in steps)
    assert {stage for stage, *_ in calls} == {Stage.ENCODE, Stage.FIT, Stage.SCORE, Stage.SOLVE}


@METHODS
def test_a_warm_start_continues_and_leaves_the_earlier_model_alone(
    cache: EmbeddingCache, settings: Settings
) -> None:
    earlier = fitted(cache, settings=settings)
    before = earlier.predict(VOLUME).label_map
    later = make(cache, settings=settings)
    later.fit([(VOLUME, painted(LABELS, (2, 3, 4, 6)))], warm_start=earlier)
    assert 0 < later.fit_report["steps"] <= steps_of(settings)[1]
    np.testing.assert_array_equal(earlier.predict(VOLUME).label_map, before)
    assert_painted(later.predict(VOLUME, painted(LABELS)), painted(LABELS))


@METHODS
def test_a_warm_start_of_other_labels_begins_anew(cache: EmbeddingCache, settings: Settings) -> None:
    labels = truth(codes=(3, 5, 700))
    earlier = fitted(cache, settings=settings)
    later = make(cache, settings=settings).fit([(VOLUME, painted(labels))], warm_start=earlier)
    assert later.codes == (3, 5, 700)
    assert later.fit_report["steps"] == steps_of(settings)[0]
    alone = make(cache, settings=settings).fit([(VOLUME, painted(labels))])
    np.testing.assert_array_equal(later.predict(VOLUME).label_map, alone.predict(VOLUME).label_map)


@METHODS
def test_a_warm_start_from_the_other_method_begins_anew(cache: EmbeddingCache, settings: Settings) -> None:
    earlier = fitted(cache, settings=SAM_DECODER if settings is FAST else FAST)
    later = make(cache, settings=settings).fit([(VOLUME, painted(LABELS))], warm_start=earlier)
    assert later.fit_report["steps"] == steps_of(settings)[0]
    alone = fitted(cache, settings=settings)
    np.testing.assert_array_equal(later.predict(VOLUME).label_map, alone.predict(VOLUME).label_map)


@pytest.mark.parametrize("change", [{"hidden": 32}, {"members": 2}])
def test_a_warm_start_of_another_size_begins_anew(cache: EmbeddingCache, change: dict[str, int]) -> None:
    settings = Settings(replace(FAST.fit, **change), FAST.predict)
    later = make(cache, settings=settings).fit([(VOLUME, painted(LABELS))], warm_start=fitted(cache))
    assert later.fit_report["steps"] == FAST.fit.head_steps
    later.predict(VOLUME)


def test_after_one_painted_slice_a_second_one_tells_the_accuracy(cache: EmbeddingCache) -> None:
    """A head of one slice leaves nothing out, so it cannot be continued: nothing would ever be left out."""
    first = fitted(cache, painted(LABELS, (4,)))
    assert first.fit_report["cross_validated_dice"] == {"3": None, "700": None}
    later = make(cache).fit([(VOLUME, painted(LABELS, (3, 4, 5)))], warm_start=first)
    assert min(later.fit_report["cross_validated_dice"].values()) > 0.7


THOROUGH = pytest.mark.thorough


@pytest.mark.parametrize(
    ("before", "now"),
    [(1, 2), (3, 2), *(pytest.param(*each, marks=THOROUGH) for each in ((2, 1), (1, 3), (2, 3)))],
)
def test_a_warm_start_with_other_cases(cache: EmbeddingCache, before: int, now: int) -> None:
    """Whatever was fitted before: each label has a Dice of networks that never saw the slices."""
    cases = [(volume_of(LABELS, seed=seed), painted(LABELS, (3, 5))) for seed in range(3)]
    earlier = make(cache).fit(cases[:before])
    later = make(cache).fit(cases[:now], warm_start=earlier)
    assert all(dice is not None for dice in later.fit_report["cross_validated_dice"].values())
    if before == 1 or now == 1 or now > before:
        alone = make(cache).fit(cases[:now])
        assert later.fit_report["cross_validated_dice"] == alone.fit_report["cross_validated_dice"]
    else:
        assert later.fit_report["steps"] == FAST.fit.head_warm_steps


@METHODS
def test_two_cases_of_different_shapes(cache: EmbeddingCache, settings: Settings) -> None:
    second = truth((30, 14, 7), (700, 9))
    cases = [(VOLUME, painted(LABELS)), (volume_of(second, (1, 1, 2), seed=1), painted(second, (3,)))]
    segmenter = make(cache, settings=settings).fit(cases)
    assert segmenter.codes == (3, 9, 700)
    assert segmenter.fit_report["slices"] == 4
    third = volume_of(truth((11, 26, 5)), seed=2)
    assert segmenter.predict(third).label_map.shape == (11, 26, 5)


@pytest.mark.parametrize("cases", [[], [(VOLUME, painted(LABELS * 0))]], ids=["no volume", "no label"])
def test_nothing_to_learn_from(cache: EmbeddingCache, cases: list) -> None:
    with pytest.raises(AnnotationError, match="At least one"):
        make(cache).fit(cases)


def test_planes_must_agree(cache: EmbeddingCache) -> None:
    both = [(VOLUME, painted(LABELS)), (VOLUME, painted(LABELS, plane=Plane.CORONAL))]
    with pytest.raises(AnnotationError, match="painted in one plane, got axial and coronal"):
        make(cache).fit(both)
    with pytest.raises(AnnotationError, match="painted in the axial plane, but the sagittal plane"):
        make(cache).fit(both[:1], plane=Plane.SAGITTAL)
    with pytest.raises(AnnotationError, match="painted in the coronal plane, but the axial plane"):
        fitted(cache).predict(*both[1])


@pytest.mark.parametrize(
    ("slices", "message"),
    [
        ({9: LABELS[:, :, 4]}, "Painted slice 9 must be from 0 to 8"),
        ({-1: LABELS[:, :, 4]}, "Painted slice -1 must be from 0 to 8"),
        ({4: LABELS[:, :, 4].T}, r"must have shape \(24, 20\), got \(20, 24\)"),
        ({4: LABELS[:, :, 4].astype(float)}, "must hold whole numbers from 0 to 65535"),
        ({4: LABELS[:, :, 4].astype(int) - 1}, "must hold whole numbers from 0 to 65535"),
        ({4: LABELS[:, :, 4].astype(int) * 1000}, "must hold whole numbers from 0 to 65535"),
    ],
)
def test_paint_that_does_not_fit_the_volume(cache: EmbeddingCache, slices: dict, message: str) -> None:
    annotations = SparseAnnotations(Plane.AXIAL, slices)
    with pytest.raises(AnnotationError, match=message):
        make(cache).fit([(VOLUME, annotations)])
    with pytest.raises(AnnotationError, match=message):
        fitted(cache).predict(VOLUME, annotations)


def test_a_label_map_of_another_grid(cache: EmbeddingCache) -> None:
    with pytest.raises(GeometryError, match=r"must have the grid's shape \(24, 20, 9\), got \(9, 20, 24\)"):
        make(cache).fit([(VOLUME, LABELS.T)])
