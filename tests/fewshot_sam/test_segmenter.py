"""Predicting through the facade, with a toy encoder: contracts, not accuracy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.errors import AnnotationError, ModelError, OperationCancelled
from fewshot_sam.evaluation.metrics import dice
from fewshot_sam.progress import Stage, no_progress
from fewshot_sam.settings import PredictSettings, Settings
from fewshot_sam.volumetric.registry import DEFAULT_STEPS
from tests.fewshot_sam.synthetic_files import axis_affine
from tests.fewshot_sam.toy_encoder import SHAPE, painted, truth, volume_of
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
)


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache")


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
@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("steps", [DEFAULT_STEPS, ()])
def test_painted_slices_come_out_exactly_as_painted(
    cache: EmbeddingCache, plane: Plane, steps: tuple[str, ...], settings: Settings
) -> None:
    settings = Settings(settings.fit, PredictSettings(steps=steps, probabilities=True))
    annotations = painted(LABELS, (3, 5, 6), plane)
    slices = {**annotations.slices}
    slices[3] = slices[3].copy()
    slices[3][0, 0] = 3  # a stroke far from the organ, in the slice's corner
    annotations = SparseAnnotations(plane, slices)
    prediction = make(cache, settings=settings).fit([(VOLUME, annotations)]).predict(VOLUME, annotations)
    assert_painted(prediction, annotations)


@METHODS
def test_slices_reviewed_and_found_empty_stay_empty(cache: EmbeddingCache, settings: Settings) -> None:
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
    """Air alone: no label is likely anywhere, with or without a slice that was reviewed."""
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


def test_the_decoder_reads_the_annotation_plane_alone(cache: EmbeddingCache) -> None:
    segmenter = fitted(cache, settings=SAM_DECODER)
    assert segmenter.encoder.encoded == 3  # type: ignore[attr-defined]
    segmenter.predict(VOLUME)
    assert segmenter.encoder.encoded == 9  # type: ignore[attr-defined]


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


def test_without_paint_every_slice_is_predicted(cache: EmbeddingCache) -> None:
    prediction = fitted(cache).predict(volume_of(LABELS, seed=5))
    assert prediction.label_map[:, :, 4].any()


def test_of_a_thin_slab_only_the_annotation_plane_is_encoded(cache: EmbeddingCache) -> None:
    segmenter = fitted(cache)
    before = segmenter.encoder.encoded  # type: ignore[attr-defined]
    segmenter.predict(volume_of(LABELS[:, :, 3:6], seed=5))
    assert segmenter.encoder.encoded == before + 3  # type: ignore[attr-defined]


def test_small_components_of_a_scan_without_paint_are_dropped_and_uncertain(cache: EmbeddingCache) -> None:
    labels = LABELS.copy()
    labels[0:2, 0:2, 0:2] = 700
    volume, segmenter = volume_of(labels, seed=5), fitted(cache)
    segmenter.settings = replace(FAST, predict=replace(FAST.predict, min_component_fraction=0.0))
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


def test_unknown_labels_painted_since_can_be_put_over_the_result(cache: EmbeddingCache) -> None:
    """The model is applied as if nothing were painted; the painted slices come out as painted."""
    segmenter, annotations = fitted(cache), painted(truth(codes=(3, 5)), (2, 4))
    prediction = segmenter.predict(VOLUME, annotations, allow_unknown=True)
    alone = segmenter.predict(VOLUME)
    others = [index for index in range(SHAPE[2]) if index not in annotations.slices]
    np.testing.assert_array_equal(prediction.label_map[..., others], alone.label_map[..., others])
    assert_painted(prediction, annotations)
    assert prediction.confidence is not None
    assert (prediction.confidence[..., [2, 4]] == 255).all()
    assert "quality" not in prediction.report


@METHODS
def test_another_volume_is_compared_with_the_fitted_one(cache: EmbeddingCache, settings: Settings) -> None:
    segmenter = fitted(cache, settings=settings)
    assert "domain_shift" not in segmenter.predict(VOLUME).report
    other = Volume(VOLUME.voxels[::-1].copy(), VOLUME.source, "CT", "other")
    shift = json.loads(json.dumps(segmenter.predict(other).report["domain_shift"]))
    assert shift.keys() == {"distance", "usual_distance", "reasons", "slices", "sentence"}
    assert set(shift["reasons"]) <= {"looks", "unsure", "nothing"}
    assert bool(shift["slices"]) == bool(shift["reasons"])
