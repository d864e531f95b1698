"""Encoding volumes: what is encoded, in which order, and what is not encoded again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, windowed_slice
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_slice, encode_volume
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.errors import OperationCancelled
from tests.fewshot_sam.toy_encoder import SHAPE, ToyEncoder, truth, volume_of

VOLUME = volume_of(truth())
WINDOW = Window(-200, 200)


class Recorder:
    """Progress that remembers its calls and stops the work after ``stop_after`` of them."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.calls: list[tuple[float, dict[str, Any]]] = []
        self._stop_after = stop_after

    def __call__(self, stage: str, fraction: float, **details: Any) -> None:
        assert stage == "Encoding slices"
        self.calls.append((fraction, details))
        if len(self.calls) == self._stop_after:
            raise OperationCancelled


class OrderedEncoder(ToyEncoder):
    """Remembers the prepared images it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[np.ndarray] = []

    def encode(self, images: np.ndarray) -> np.ndarray:
        self.images.extend(images)
        return super().encode(images)

    def order(self, volume: Volume, plane: Plane, window: Window) -> list[int]:
        """The slice index of each image."""
        framing = Framing.of(volume, plane, self)
        known = [
            self.prepare(windowed_slice(volume, plane, index, window), framing.input_size)
            for index in range(volume.slice_count(plane))
        ]
        return [next(i for i, image in enumerate(known) if np.array_equal(image, one)) for one in self.images]


@pytest.mark.parametrize("plane", Plane)
def test_every_slice_of_a_plane_is_encoded(tmp_path: Path, plane: Plane) -> None:
    encoder = ToyEncoder()
    embeddings = encode_volume(VOLUME, plane, encoder, EmbeddingCache(tmp_path), window=WINDOW)
    framing = Framing.of(VOLUME, plane, encoder)
    assert encoder.encoded == len(embeddings) == SHAPE[plane.axis]
    assert embeddings.done.all()
    for index in (0, SHAPE[plane.axis] - 1):
        expected = encode_slice(windowed_slice(VOLUME, plane, index, WINDOW), framing, ToyEncoder())
        assert expected.shape == (encoder.channels, *framing.grid_size)
        np.testing.assert_array_equal(embeddings.read(index), expected.astype(np.float16))


def test_the_encoder_sees_the_display_orientation() -> None:
    image = windowed_slice(VOLUME, Plane.AXIAL, 4, WINDOW)
    shown = to_display(take_slice(VOLUME.voxels, Plane.AXIAL, 4))
    assert image.shape == (SHAPE[1], SHAPE[0])
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, np.clip((shown + 200.0) / 400.0, 0, 1), atol=1e-6)


def test_slices_on_screen_come_first(tmp_path: Path) -> None:
    encoder = OrderedEncoder()
    cache = EmbeddingCache(tmp_path)
    encode_volume(VOLUME, Plane.AXIAL, encoder, cache, window=WINDOW, first_slice=1)
    assert encoder.order(VOLUME, Plane.AXIAL, WINDOW) == [1, 0, 2, 3, 4, 5, 6, 7, 8]


def test_only_the_slices_asked_for(tmp_path: Path) -> None:
    encoder, progress = ToyEncoder(), Recorder()
    cache = EmbeddingCache(tmp_path)
    embeddings = encode_volume(VOLUME, Plane.AXIAL, encoder, cache, slices=[7, 2, 2], progress=progress)
    assert np.flatnonzero(embeddings.done).tolist() == [2, 7]
    assert [call["done"] for _, call in progress.calls] == [1, 2]
    assert encoder.encoded == 2


def test_a_cancelled_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    encoder, cache = ToyEncoder(), EmbeddingCache(tmp_path)
    with pytest.raises(OperationCancelled):
        encode_volume(VOLUME, Plane.AXIAL, encoder, cache, progress=Recorder(stop_after=4))
    assert encoder.encoded == 4
    progress = Recorder()
    embeddings = encode_volume(VOLUME, Plane.AXIAL, encoder, cache, progress=progress)
    assert encoder.encoded == 9
    assert embeddings.done.all()
    assert [call["done"] for _, call in progress.calls] == [5, 6, 7, 8, 9]
    assert progress.calls[-1][0] == 1.0
    assert all(call["total"] == 9 for _, call in progress.calls)
    assert "slices_per_s" not in progress.calls[0][1]  # compiled for it, maybe
    assert all(call["slices_per_s"] > 0 for _, call in progress.calls[1:])


def test_a_second_run_encodes_nothing_and_says_it_is_done(tmp_path: Path) -> None:
    encoder, cache = ToyEncoder(), EmbeddingCache(tmp_path)
    encode_volume(VOLUME, Plane.AXIAL, encoder, cache)
    progress = Recorder()
    again = volume_of(truth())  # equal content, another object
    encode_volume(again, Plane.AXIAL, encoder, EmbeddingCache(tmp_path), progress=progress)
    assert encoder.encoded == 9
    assert progress.calls == [(1.0, {"done": 9, "total": 9})]


def test_another_window_volume_encoder_or_plane_is_encoded_anew(tmp_path: Path) -> None:
    encoder, other, cache = ToyEncoder(), ToyEncoder("other", seed=1), EmbeddingCache(tmp_path)
    encode_volume(VOLUME, Plane.AXIAL, encoder, cache, window=WINDOW)
    encode_volume(VOLUME, Plane.AXIAL, encoder, cache, window=Window(-200, 201))
    assert encoder.encoded == 2 * 9
    encode_volume(volume_of(truth(), seed=1), Plane.AXIAL, encoder, cache, window=WINDOW)
    assert encoder.encoded == 3 * 9
    encode_volume(VOLUME, Plane.SAGITTAL, encoder, cache, window=WINDOW)
    assert encoder.encoded == 3 * 9 + 24
    encode_volume(VOLUME, Plane.AXIAL, other, cache, window=WINDOW)
    assert other.encoded == 9


def test_two_threads_fill_one_entry(tmp_path: Path) -> None:
    def run(first_slice: int) -> np.ndarray:
        embeddings = encode_volume(
            VOLUME, Plane.AXIAL, ToyEncoder(), EmbeddingCache(tmp_path), first_slice=first_slice
        )
        return np.stack([embeddings.read(index) for index in range(len(embeddings))])

    alone = encode_volume(VOLUME, Plane.AXIAL, ToyEncoder(), EmbeddingCache(tmp_path / "alone"))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(run, [0, 8, 4, 0]))
    for result in results:
        np.testing.assert_array_equal(result, [alone.read(index) for index in range(9)])


def test_preparing_pads_at_the_bottom_and_right() -> None:
    prepared = ToyEncoder().prepare(np.ones((20, 24), np.float32), (16, 32))
    assert prepared.shape == (3, 32, 32)
    assert prepared.dtype == np.float32
    np.testing.assert_allclose(prepared[:, :16], 1.0, atol=1e-6)
    assert not prepared[:, 16:].any()
