"""Whether a scan differs from the fitted ones, on embeddings that are made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.embeddings.cache import CacheKey, EmbeddingCache, Embeddings
from fewshot_sam.evaluation.domain_shift import (
    MAX_VECTORS,
    USUAL_DISTANCE,
    DomainShift,
    ShiftReason,
    domain_shift,
    slice_vectors,
    usual_distance,
)

CHANNELS = 6


def embeddings(folder: Path, means: np.ndarray, done: list[int] | None = None) -> Embeddings:
    """Slices whose cells have these (n, CHANNELS) means."""
    key = CacheKey("a" * 64, "axial", "toy", "v1", len(means), (CHANNELS, 2, 3))
    entry = EmbeddingCache(folder).open(key)
    wiggle = np.array([-0.25, 0.25, 0.0, 0.25, -0.25, 0.0], np.float32).reshape(1, 2, 3)
    for index in range(len(means)) if done is None else done:
        entry.write(index, means[index][:, None, None] + wiggle)
    return entry


def around(direction: int, count: int, seed: int = 0, spread: float = 0.05) -> np.ndarray:
    """(count, CHANNELS) float32 of length about 1, near one axis."""
    noise = np.random.default_rng(seed).normal(0.0, spread, (count, CHANNELS))
    return (noise + np.eye(CHANNELS)[direction]).astype(np.float32)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def told(entry: Embeddings, held: list[int], confidence: float | None = 0.9) -> DomainShift:
    return domain_shift({"b" * 64: unit(around(0, 5))}, entry, held, confidence, [4, 2, 7])


def test_vectors_are_the_means_of_finished_slices(tmp_path: Path) -> None:
    means = around(1, 5)
    vectors = slice_vectors(embeddings(tmp_path, means, [0, 3]), [0, 1, 3])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, unit(means[[0, 3]]), atol=2e-3)


def test_of_many_slices_some_are_taken_evenly(tmp_path: Path) -> None:
    entry = embeddings(tmp_path, around(1, 150))
    vectors = slice_vectors(entry, range(150))
    assert vectors.shape == (MAX_VECTORS, CHANNELS)
    np.testing.assert_array_equal(vectors[[0, -1]], slice_vectors(entry, [0, 149]))


def test_nothing_encoded_gives_no_vectors(tmp_path: Path) -> None:
    assert slice_vectors(embeddings(tmp_path, around(1, 5), []), range(5)).shape == (0, CHANNELS)


def test_what_is_usual_comes_from_three_volumes_on() -> None:
    near = [unit(around(0, 4, seed, 0.02)) for seed in range(4)]
    wide = [unit(around(0, 4, seed, 0.3)) for seed in range(4)]
    assert usual_distance(near[:2]) == usual_distance(wide[:2]) == USUAL_DISTANCE
    assert usual_distance(near) < usual_distance(wide)
    assert usual_distance([near[0]] * 3) > 0  # three copies of one scan do not make every other one differ


def test_a_scan_like_the_fitted_one_does_not_differ(tmp_path: Path) -> None:
    shift = told(embeddings(tmp_path, around(0, 9, seed=1)), [2, 3, 4, 5])
    assert shift.reasons == ()
    assert shift.slices == ()
    assert shift.distance == pytest.approx(0.01, abs=0.01)


def test_a_scan_that_looks_different_differs_and_its_worst_slices_are_proposed(tmp_path: Path) -> None:
    shift = told(embeddings(tmp_path, around(3, 9)), [2, 3, 4, 5])
    assert shift.reasons == (ShiftReason.LOOKS,)
    assert shift.slices == (2, 4)
    assert shift.distance == pytest.approx(1.0, abs=0.2)


def test_low_confidence_is_a_reason_by_itself(tmp_path: Path) -> None:
    entry = embeddings(tmp_path, around(0, 9, seed=1))
    assert told(entry, [2, 3, 4], confidence=0.6).reasons == (ShiftReason.UNSURE,)
    assert told(entry, [2, 3, 4], confidence=None).reasons == ()


def test_where_nothing_was_found_slices_like_the_painted_ones_are_proposed(tmp_path: Path) -> None:
    means = around(3, 20)
    means[6], means[15] = around(0, 2, seed=1)
    shift = told(embeddings(tmp_path, means), [], confidence=None)
    assert shift.distance is None
    assert shift.reasons == (ShiftReason.NOTHING,)
    assert shift.slices == (6, 15)
    assert shift.to_json()["reasons"] == ["nothing"]


def test_a_scan_of_two_slices_has_both_proposed(tmp_path: Path) -> None:
    assert told(embeddings(tmp_path, around(3, 2)), []).slices == (0, 1)


def test_the_sentence_says_what_differs() -> None:
    looks, unsure, nothing = ShiftReason.LOOKS, ShiftReason.UNSURE, ShiftReason.NOTHING
    assert DomainShift(0.01, 0.02, ()).sentence is None
    assert DomainShift(0.09, 0.02, (looks,)).sentence == (
        "This scan differs: it looks unlike those the model learnt from (4.5 times the usual distance)."
    )
    both = DomainShift(0.09, 0.02, (looks, unsure)).sentence
    assert both is not None
    assert both.endswith("distance), and the model is unsure of most of what it found.")
    assert DomainShift(None, 0.02, (nothing,)).sentence == "The model found nothing in this scan."
