"""What to encode of three planes, and encoding it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_planes
from fewshot_sam.embeddings.painted_region import PaintedRegion
from fewshot_sam.embeddings.plan import coarse_to_fine, nearest_first, slices_to_encode
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.errors import OperationCancelled
from fewshot_sam.progress import Stage, no_progress
from tests.fewshot_sam.toy_encoder import ToyEncoder, volume_of

SHAPE, SPACING_MM = (23, 10, 13), (1.0, 2.5, 1.7)


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path)


def volume(
    shape: tuple[int, int, int] = SHAPE, spacing_mm: tuple[float, float, float] = SPACING_MM
) -> Volume:
    labels = np.zeros(shape, np.uint16)
    labels[shape[0] // 2] = 1
    return volume_of(labels, spacing_mm)


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize(
    ("shape", "spacing_mm"),
    [
        (SHAPE, SPACING_MM),
        ((64, 64, 64), (1.0, 1.0, 1.0)),
        ((512, 512, 40), (0.8, 0.8, 5.0)),
        ((1, 2, 1), (1, 1, 1)),
    ],
)
def test_which_slices_are_encoded(
    plane: Plane, shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]
) -> None:
    scan, encoder = volume(shape, spacing_mm), ToyEncoder()
    wanted = slices_to_encode(scan, plane, encoder)
    assert next(iter(wanted)) == plane
    assert set(wanted) == set(Plane)
    assert {0, shape[plane.axis] - 1} <= set(wanted[plane])
    rows, columns = Framing.of(scan, plane, encoder).grid_size
    first, second = (axis for axis in range(3) if axis != plane.axis)
    cell_mm = max(shape[first] * spacing_mm[first] / columns, shape[second] * spacing_mm[second] / rows)
    gaps = np.diff(wanted[plane])
    assert all(gap == 1 or gap * spacing_mm[plane.axis] <= 1.5 * cell_mm for gap in gaps)
    for other in set(Plane) - {plane}:
        count, slices = shape[other.axis], wanted[other]
        assert slices == sorted(set(slices))
        assert slices[0] >= 0 and slices[-1] < count
        gaps = set(np.diff(slices))
        assert len(gaps) <= 1
        assert all(gap == 1 or gap * spacing_mm[other.axis] <= cell_mm for gap in gaps)
        between = gaps.pop() if gaps else count
        assert slices[0] < between and count - 1 - slices[-1] < between


def test_orthogonal_slices_of_isotropic_volumes_are_as_many_as_cells() -> None:
    wanted = slices_to_encode(volume((64, 64, 64), (1.0, 1.0, 1.0)), Plane.AXIAL, ToyEncoder())
    assert wanted[Plane.CORONAL] == wanted[Plane.SAGITTAL] == list(range(4, 64, 8))


def test_encoding_tells_one_progress_over_all_planes(cache: EmbeddingCache) -> None:
    calls: list[tuple[float, int, int]] = []

    def progress(stage: str, fraction: float, **details: Any) -> None:
        assert stage == Stage.ENCODE
        calls.append((fraction, details["done"], details["total"]))

    scan, encoder = volume(), ToyEncoder()
    planes = encode_planes(scan, Plane.CORONAL, encoder, cache, None, progress)
    total = sum(len(each.indices) for each in planes)
    assert planes[0].plane == Plane.CORONAL
    assert encoder.encoded == total
    assert {call[2] for call in calls} == {total}
    assert [call[1] for call in calls] == list(range(1, total + 1))
    np.testing.assert_allclose([call[0] for call in calls], np.arange(1, total + 1) / total)


def test_encoding_goes_on_where_it_was_stopped(cache: EmbeddingCache) -> None:
    left = 20

    def stop(stage: str, fraction: float, **details: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OperationCancelled

    scan, encoder = volume(), ToyEncoder()
    with pytest.raises(OperationCancelled):
        encode_planes(scan, Plane.AXIAL, encoder, cache, None, stop)
    assert encoder.encoded == 20
    fractions: list[float] = []
    planes = encode_planes(
        scan, Plane.AXIAL, encoder, cache, None, lambda stage, fraction, **details: fractions.append(fraction)
    )
    total = sum(len(each.indices) for each in planes)
    assert encoder.encoded == total
    assert fractions == sorted(fractions)
    assert fractions[0] == len(planes[0].indices) / total  # the annotation plane's slices were all done
    assert fractions[-1] == 1.0
    fractions.clear()
    encode_planes(
        scan, Plane.AXIAL, encoder, cache, None, lambda stage, fraction, **details: fractions.append(fraction)
    )
    assert encoder.encoded == total
    assert fractions[-1] == 1.0


def test_of_the_annotation_plane_only_what_is_painted(cache: EmbeddingCache) -> None:
    scan, encoder = volume(), ToyEncoder()
    planes = encode_planes(
        scan, Plane.AXIAL, encoder, cache, None, no_progress, PaintedRegion((2, 9)), whole=False
    )
    assert planes[0].indices.tolist() == [2, 9]
    assert encoder.encoded == sum(len(each.indices) for each in planes)
    assert planes[0].read(1).shape == planes[0].embeddings.key.embedding_shape
    np.testing.assert_array_equal(planes[0].read(1).numpy(), planes[0].embeddings.read(9).astype(np.float32))


def test_without_orthogonal_planes_only_the_annotation_plane_is_wanted() -> None:
    wanted = slices_to_encode(
        volume(), Plane.AXIAL, ToyEncoder(), painted=PaintedRegion((1, 5)), whole=False, orthogonal=False
    )
    assert wanted == {Plane.AXIAL: [1, 5]}


def test_painted_slices_are_always_read() -> None:
    scan = volume()
    without = slices_to_encode(scan, Plane.AXIAL, ToyEncoder())[Plane.AXIAL]
    between = next(index for index in range(scan.slice_count(Plane.AXIAL)) if index not in without)
    assert slices_to_encode(scan, Plane.AXIAL, ToyEncoder(), PaintedRegion((between,)))[
        Plane.AXIAL
    ] == sorted([*without, between])


def test_from_many_painted_slices_every_second_of_the_orthogonal_ones_will_do() -> None:
    scan = volume((20, 20, 20), (4.0, 4.0, 4.0))  # cells of 10 mm, so 2.5 slices a cell: every second, then
    few, many = (
        slices_to_encode(scan, Plane.AXIAL, ToyEncoder(), PaintedRegion(tuple(range(n)))) for n in (4, 5)
    )
    assert few[Plane.CORONAL] == many[Plane.CORONAL] == list(range(1, 20, 2))
    scan = volume((12, 12, 12), (4.0, 4.0, 4.0))  # 1.5 slices a cell
    few, many = (
        slices_to_encode(scan, Plane.AXIAL, ToyEncoder(), PaintedRegion(tuple(range(n)))) for n in (4, 5)
    )
    assert few[Plane.CORONAL] == list(range(12))
    assert many[Plane.CORONAL] == list(range(1, 12, 2))


def test_both_orthogonal_planes_come_coarse_before_either_is_fine() -> None:
    order = coarse_to_fine({Plane.CORONAL: [3, 4], Plane.SAGITTAL: [0, 1, 2], Plane.AXIAL: [7]})
    assert order == [
        (Plane.CORONAL, [3, 4]), (Plane.SAGITTAL, [1]), (Plane.SAGITTAL, [0, 2]), (Plane.AXIAL, [7]),
    ]  # fmt: skip


def test_slices_near_the_one_on_screen_come_first() -> None:
    assert nearest_first([0, 1, 2, 5, 6], 4) == [5, 2, 6, 1, 0]


def test_only_slices_through_the_painted_region_are_read() -> None:
    scan, encoder = volume((100, 120, 80), (2.0, 2.0, 2.5)), ToyEncoder()
    region = PaintedRegion((30, 40), (range(40, 70), range(50, 60), range(20, 50)))
    every, near = (
        slices_to_encode(scan, Plane.AXIAL, encoder),
        slices_to_encode(scan, Plane.AXIAL, encoder, region),
    )
    for plane, span in zip((Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL), region.spans or (), strict=True):
        assert set(near[plane]) - set(region.slices) == {index for index in every[plane] if index in span} - {
            30,
            40,
        }
        assert near[plane]


def test_a_region_between_two_slices_still_has_one() -> None:
    scan = volume((64, 64, 64), (1.0, 1.0, 1.0))  # orthogonal slices 4, 12, 20 ...
    region = PaintedRegion((), (range(5, 7), range(5, 7), range(0, 64)))
    assert slices_to_encode(scan, Plane.AXIAL, ToyEncoder(), region)[Plane.SAGITTAL] == [36]
