"""The method's front door, with a toy encoder: contracts, not accuracy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewshot_sam import segmenter as segmenter_module
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane, take_slice
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.plan import slices_to_encode
from fewshot_sam.errors import AnnotationError, GeometryError, ModelError, OperationCancelled
from fewshot_sam.evaluation.metrics import dice
from fewshot_sam.progress import Stage, no_progress
from fewshot_sam.segmenter import FewShotSegmenter, Prediction
from fewshot_sam.settings import FitSettings, PredictSettings, Settings
from fewshot_sam.volumetric.random_walker import WalkWeights
from fewshot_sam.volumetric.solve import solve_volume
from tests.fewshot_sam.synthetic_files import axis_affine
from tests.fewshot_sam.toy_encoder import SHAPE, ToyEncoder, painted, truth, volume_of

LABELS = truth(codes=(3, 700))
VOLUME = volume_of(LABELS)
FAST = Settings(FitSettings(head_steps=40, head_warm_steps=10), PredictSettings(probabilities=True))
DECODER = Settings(
    FitSettings(method="decoder", steps=12, warm_steps=4),
    PredictSettings(score_weight=2.0, distance_weight=1.5, probabilities=True),
)
METHODS = pytest.mark.parametrize("settings", [FAST, DECODER], ids=["planes", "decoder"])


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache")


def make(cache: EmbeddingCache, seed: int = 0, settings: Settings = FAST, **encoder: Any) -> FewShotSegmenter:
    return FewShotSegmenter(ToyEncoder(**encoder), "cpu", seed, settings, cache)


def fitted(
    cache: EmbeddingCache, annotations: SparseAnnotations | None = None, settings: Settings = FAST
) -> FewShotSegmenter:
    return make(cache, settings=settings).fit([(VOLUME, annotations or painted(LABELS))])


def steps_of(settings: Settings) -> tuple[int, int]:
    """Most steps of a first fit and of one that continues an earlier model."""
    fit = settings.fit
    return (fit.steps, fit.warm_steps) if fit.method == "decoder" else (fit.head_steps, fit.head_warm_steps)


def assert_painted(prediction: Prediction, annotations: SparseAnnotations) -> None:
    assert prediction.probabilities is not None
    for index, image in annotations.slices.items():
        np.testing.assert_array_equal(take_slice(prediction.label_map, annotations.plane, index), image)
        for code, probabilities in prediction.probabilities.items():
            np.testing.assert_array_equal(
                take_slice(probabilities, annotations.plane, index), (image == code).astype(np.float16)
            )


class Cancel:
    """Progress that stops the work at the n-th call in a stage."""

    def __init__(self, stage: str, calls: int = 1) -> None:
        self._stage, self._left = stage, calls
        self.after = 0

    def __call__(self, stage: str, fraction: float, **details: Any) -> None:
        self._left -= stage == self._stage
        if self._left <= 0:
            self.after += 1
            raise OperationCancelled


@METHODS
def test_a_prediction(cache: EmbeddingCache, settings: Settings) -> None:
    segmenter = fitted(cache, settings=settings)
    prediction = segmenter.predict(VOLUME, painted(LABELS))
    assert (segmenter.codes, segmenter.plane) == ((3, 700), Plane.AXIAL)
    assert prediction.label_map.shape == SHAPE
    assert prediction.label_map.dtype == np.uint16
    assert set(np.unique(prediction.label_map)) <= {0, 3, 700}
    assert prediction.probabilities is not None
    assert sorted(prediction.probabilities) == [3, 700]
    for probabilities in prediction.probabilities.values():
        assert (probabilities.shape, probabilities.dtype) == (SHAPE, np.float16)
        assert 0 <= probabilities.min() <= probabilities.max() <= 1
    report = json.loads(json.dumps(prediction.report))
    voxels = int((prediction.label_map == 700).sum())
    assert report["volume_ml"]["700"] == pytest.approx(voxels * 1.5 * 1.5 * 3.0 / 1000)
    assert Settings.from_json(report["settings"]) == settings


@METHODS
def test_between_painted_slices_an_easy_shape_is_found(cache: EmbeddingCache, settings: Settings) -> None:
    prediction = fitted(cache, settings=settings).predict(VOLUME, painted(LABELS))
    between = (3, 5)
    for code in (3, 700):
        assert dice(prediction.label_map[..., between] == code, LABELS[..., between] == code) > 0.7


@METHODS
def test_the_same_seed_gives_the_same_bytes(
    cache: EmbeddingCache, tmp_path: Path, settings: Settings
) -> None:
    first = fitted(cache, settings=settings).predict(VOLUME, painted(LABELS))
    other = EmbeddingCache(tmp_path / "other")
    second = fitted(other, settings=settings).predict(VOLUME, painted(LABELS))
    assert first.label_map.tobytes() == second.label_map.tobytes()
    assert first.probabilities is not None and second.probabilities is not None
    for code in (3, 700):
        assert first.probabilities[code].tobytes() == second.probabilities[code].tobytes()


@METHODS
def test_another_seed_gives_another_model(cache: EmbeddingCache, settings: Settings) -> None:
    case = (VOLUME, painted(LABELS))
    reports = [make(cache, seed, settings).fit([case]).fit_report["loss"] for seed in (0, 1)]
    assert reports[0] != reports[1]


@METHODS
@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("consistency", [True, False])
def test_painted_slices_come_out_exactly_as_painted(
    cache: EmbeddingCache, plane: Plane, consistency: bool, settings: Settings
) -> None:
    settings = Settings(settings.fit, PredictSettings(consistency=consistency, probabilities=True))
    annotations = painted(LABELS, (3, 5, 6), plane)
    slices = {**annotations.slices}
    slices[3] = slices[3].copy()
    slices[3][0, 0] = 3  # a stroke far from the organ, in the slice's corner
    annotations = SparseAnnotations(plane, slices)
    prediction = make(cache, settings=settings).fit([(VOLUME, annotations)]).predict(VOLUME, annotations)
    assert_painted(prediction, annotations)


@METHODS
def test_slices_looked_at_and_found_empty_stay_empty(cache: EmbeddingCache, settings: Settings) -> None:
    annotations = painted(LABELS, (0, 3, 5, 8))
    slices = {**annotations.slices, 4: np.zeros_like(annotations.slices[3])}  # though the organ is there
    annotations = SparseAnnotations(Plane.AXIAL, slices)
    prediction = fitted(cache, annotations, settings).predict(VOLUME, annotations)
    assert not prediction.label_map[:, :, 4].any()
    assert_painted(prediction, annotations)


@METHODS
def test_only_empty_slices_at_prediction(cache: EmbeddingCache, settings: Settings) -> None:
    nothing = SparseAnnotations(Plane.AXIAL, {4: np.zeros(SHAPE[:2], np.uint8)})
    assert_painted(fitted(cache, settings=settings).predict(VOLUME, nothing), nothing)


@METHODS
def test_a_volume_that_holds_nothing(cache: EmbeddingCache, settings: Settings) -> None:
    """Air alone: no label is likely anywhere, with or without a slice that was looked at."""
    air = Volume(np.full(SHAPE, -1000, np.int16), VOLUME.source, "CT")
    nothing = SparseAnnotations(Plane.AXIAL, {4: np.zeros(SHAPE[:2], np.uint8)})
    segmenter = fitted(cache, painted(LABELS, (0, 2, 4, 6, 8)), settings)
    for given in (None, nothing):
        assert not segmenter.predict(air, given).label_map.any()


@pytest.mark.parametrize("codes", [(1,), (65535,), (1, 2, 3, 4, 5, 6)])
def test_one_label_to_several(cache: EmbeddingCache, codes: tuple[int, ...]) -> None:
    labels = truth(codes=codes)
    segmenter = make(cache).fit([(volume_of(labels), painted(labels))])
    prediction = segmenter.predict(volume_of(labels), painted(labels))
    assert segmenter.codes == codes
    assert_painted(prediction, painted(labels))


@pytest.mark.parametrize("indices", [(0,), (8,), (0, 8), tuple(range(9))])
def test_painted_first_last_and_all_slices(cache: EmbeddingCache, indices: tuple[int, ...]) -> None:
    labels = LABELS.copy()
    labels[:, :, [0, 8]] = LABELS[:, :, [4]]
    annotations = painted(labels, indices)
    prediction = fitted(cache, annotations).predict(VOLUME, annotations)
    assert_painted(prediction, annotations)


def test_labels_that_touch_every_border(cache: EmbeddingCache) -> None:
    labels = np.zeros(SHAPE, np.uint16)
    labels[:12], labels[12:, 10:] = 3, 700
    annotations = painted(labels, (0, 4, 8))
    prediction = fitted(cache, annotations).predict(volume_of(labels), annotations)
    assert_painted(prediction, annotations)


def test_a_slice_filled_by_one_label(cache: EmbeddingCache) -> None:
    annotations = SparseAnnotations(Plane.AXIAL, {4: np.full(SHAPE[:2], 9, np.uint8)})
    assert_painted(fitted(cache, annotations).predict(VOLUME, annotations), annotations)


def test_odd_shapes(cache: EmbeddingCache) -> None:
    """Rows, columns and slices that are no multiple of anything, and very flat or long voxels."""
    for shape, spacing in (((7, 31, 3), (1, 1, 1)), ((5, 4, 2), (9, 0.5, 1)), ((1, 1, 1), (1, 1, 1))):
        labels = np.zeros(shape, np.uint16)
        labels[: max(shape[0] // 2, 1)] = 3
        volume = volume_of(labels, spacing)
        annotations = painted(labels, (0,))
        prediction = make(cache).fit([(volume, annotations)]).predict(volume, annotations)
        assert_painted(prediction, annotations)


def test_a_volume_without_contrast(cache: EmbeddingCache) -> None:
    for modality in ("CT", "OT"):
        flat = Volume(np.zeros(SHAPE, np.int16), VOLUME.source, modality)
        prediction = make(cache).fit([(flat, painted(LABELS))]).predict(flat, painted(LABELS))
        assert_painted(prediction, painted(LABELS))


@pytest.mark.parametrize("orientation", ["RAS", "LPI", "SPR", "ARI"])
def test_a_label_map_on_a_flipped_source_grid(cache: EmbeddingCache, orientation: str) -> None:
    """However a volume is stored, what is painted on the same anatomy gives the same mask."""
    canonical = SourceGrid(SHAPE, axis_affine("RAS", (1.5, 1.5, 3.0)))
    spacing = tuple(1.5 if code in "RLAP" else 3.0 for code in orientation)
    affine = axis_affine(orientation, spacing)  # type: ignore[arg-type]
    order = SourceGrid((2, 2, 2), affine).orientation[:, 0].astype(int)
    x, y, z = (SHAPE[axis] for axis in order)
    grid = SourceGrid((x, y, z), affine)
    few = np.zeros(SHAPE, np.uint16)
    few[:, :, [2, 4, 6]] = LABELS[:, :, [2, 4, 6]]
    volume = Volume(grid.to_canonical(grid.from_canonical(VOLUME.voxels)), grid, "CT")
    prediction = (
        make(cache).fit([(volume, grid.from_canonical(few))]).predict(volume, grid.from_canonical(few))
    )
    plain = Volume(VOLUME.voxels, canonical, "CT")
    expected = make(cache).fit([(plain, painted(LABELS))]).predict(plain, painted(LABELS))
    np.testing.assert_array_equal(prediction.label_map, expected.label_map)


def test_inputs_are_left_alone(cache: EmbeddingCache) -> None:
    voxels, annotations = VOLUME.voxels.copy(), painted(LABELS)
    before = {index: image.copy() for index, image in annotations.slices.items()}
    fitted(cache, annotations).predict(VOLUME, annotations)
    np.testing.assert_array_equal(VOLUME.voxels, voxels)
    for index, image in before.items():
        np.testing.assert_array_equal(annotations.slices[index], image)


def test_of_the_annotation_plane_only_painted_slices_are_encoded_to_fit(cache: EmbeddingCache) -> None:
    wanted = slices_to_encode(VOLUME, Plane.AXIAL, ToyEncoder())
    sides = len(wanted[Plane.CORONAL]) + len(wanted[Plane.SAGITTAL])
    segmenter = fitted(cache)
    assert segmenter.encoder.encoded == 3 + sides  # type: ignore[attr-defined]
    segmenter.predict(VOLUME)
    assert segmenter.encoder.encoded == 9 + sides  # type: ignore[attr-defined]
    segmenter.predict(VOLUME, painted(LABELS))
    assert segmenter.encoder.encoded == 9 + sides  # type: ignore[attr-defined]


def test_the_decoder_reads_the_annotation_plane_alone(cache: EmbeddingCache) -> None:
    segmenter = fitted(cache, settings=DECODER)
    assert segmenter.encoder.encoded == 3  # type: ignore[attr-defined]
    segmenter.predict(VOLUME)
    assert segmenter.encoder.encoded == 9  # type: ignore[attr-defined]


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
@pytest.mark.parametrize("stage", [Stage.ENCODE, Stage.SCORE, Stage.SOLVE])
def test_predicting_stops_when_cancelled(cache: EmbeddingCache, stage: str, settings: Settings) -> None:
    segmenter, cancel = fitted(cache, settings=settings), Cancel(stage)
    with pytest.raises(OperationCancelled):
        segmenter.predict(VOLUME, painted(LABELS), progress=cancel)
    assert cancel.after == 1
    again = segmenter.predict(VOLUME, painted(LABELS))
    alone = fitted(cache, settings=settings).predict(VOLUME, painted(LABELS))
    np.testing.assert_array_equal(again.label_map, alone.label_map)


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
    earlier = fitted(cache, settings=DECODER if settings is FAST else FAST)
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
    assert first.fit_report["left_out_dice"] == {"3": None, "700": None}
    later = make(cache).fit([(VOLUME, painted(LABELS, (3, 4, 5)))], warm_start=first)
    assert min(later.fit_report["left_out_dice"].values()) > 0.7


@pytest.mark.parametrize(("before", "now"), [(1, 2), (2, 1), (1, 3), (3, 2), (2, 3)])
def test_a_warm_start_with_other_cases(cache: EmbeddingCache, before: int, now: int) -> None:
    """Whatever was fitted before: each label has a left-out Dice, of members that never saw the slices."""
    cases = [(volume_of(LABELS, seed=seed), painted(LABELS, (3, 5))) for seed in range(3)]
    earlier = make(cache).fit(cases[:before])
    later = make(cache).fit(cases[:now], warm_start=earlier)
    assert all(dice is not None for dice in later.fit_report["left_out_dice"].values())
    if before == 1 or now == 1 or now > before:
        alone = make(cache).fit(cases[:now])
        assert later.fit_report["left_out_dice"] == alone.fit_report["left_out_dice"]
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


def test_without_paint_every_slice_is_predicted(cache: EmbeddingCache) -> None:
    prediction = fitted(cache).predict(volume_of(LABELS, seed=5))
    assert prediction.label_map[:, :, 4].any()


def test_what_was_not_learnt_walks_on_edges_only_where_it_is_painted(
    cache: EmbeddingCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a scan without its paint there is nothing to walk from: it would dissolve."""
    seen: list[dict[int, WalkWeights]] = []

    def spy(scores: Any, stack: Any, settings: Any, weights: dict[int, WalkWeights], *rest: Any) -> Any:
        seen.append(weights)
        return solve_volume(scores, stack, settings, weights, *rest)

    monkeypatch.setattr(segmenter_module, "solve_volume", spy)
    segmenter = fitted(cache, painted(LABELS, (4,)))
    assert set(segmenter.fit_report["left_out_dice"].values()) == {None}
    only_3 = np.where(LABELS == 3, LABELS, 0)
    for paint in (painted(LABELS, (4,)), painted(only_3, (4,)), None):
        segmenter.predict(VOLUME, paint)
    predict = FAST.predict
    trusted = WalkWeights(predict.prior_weight, predict.edge_contrast)
    doubted = WalkWeights(predict.least_prior_weight, predict.most_edge_contrast)
    assert seen == [{3: doubted, 700: doubted}, {3: doubted, 700: trusted}, {3: trusted, 700: trusted}]


def test_of_a_thin_slab_only_the_annotation_plane_is_encoded(cache: EmbeddingCache) -> None:
    segmenter = fitted(cache)
    before = segmenter.encoder.encoded  # type: ignore[attr-defined]
    segmenter.predict(volume_of(LABELS[:, :, 3:6], seed=5))
    assert segmenter.encoder.encoded == before + 3  # type: ignore[attr-defined]


def test_islands_of_a_scan_without_paint_are_dropped_and_doubted(cache: EmbeddingCache) -> None:
    labels = LABELS.copy()
    labels[0:2, 0:2, 0:2] = 700
    volume, segmenter = volume_of(labels, seed=5), fitted(cache)
    segmenter.settings = replace(FAST, predict=replace(FAST.predict, least_island=0.0))
    kept = segmenter.predict(volume)
    assert (kept.label_map[0:2, 0:2, 0:2] != 0).any()
    segmenter.settings = FAST
    dropped = segmenter.predict(volume)
    gone = (kept.label_map != 0) & (dropped.label_map == 0)
    assert gone[0:2, 0:2, 0:2].any()
    assert (dropped.confidence[gone] <= 127).all()


def test_probabilities_only_when_asked_for(cache: EmbeddingCache) -> None:
    settings = Settings(FAST.fit, PredictSettings())
    segmenter = make(cache, settings=settings).fit([(VOLUME, painted(LABELS))])
    assert segmenter.predict(VOLUME, painted(LABELS)).probabilities is None


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


def test_labels_the_model_does_not_know(cache: EmbeddingCache) -> None:
    annotations = painted(truth(codes=(3, 5)))
    with pytest.raises(AnnotationError, match=r"label 5, which the model does not know \(it knows 3, 700\)"):
        fitted(cache).predict(VOLUME, annotations)


def test_without_a_model(cache: EmbeddingCache, tmp_path: Path) -> None:
    for use in (
        lambda: make(cache).predict(VOLUME, progress=no_progress),
        lambda: make(cache).save(tmp_path / "m"),
        lambda: make(cache).codes,
    ):
        with pytest.raises(ModelError, match="no few-shot model yet; fit one on painted slices"):
            use()
