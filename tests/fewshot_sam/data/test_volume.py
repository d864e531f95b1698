"""Volume and SourceGrid: units, planes, identity."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import numpy as np
import pytest

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import GeometryError
from tests.fewshot_sam.synthetic_files import axis_affine, random_voxels

SHAPE = (5, 6, 7)


def make_volume(
    affine: np.ndarray | None = None, voxels: np.ndarray | None = None, **fields: object
) -> Volume:
    grid = SourceGrid(SHAPE, axis_affine("RAS") if affine is None else affine)
    stored = random_voxels(SHAPE) if voxels is None else voxels
    return Volume(grid.to_canonical(stored), grid, **fields)


def test_shape_spacing_and_slices() -> None:
    volume = make_volume(axis_affine("SLP"), random_voxels(SHAPE))
    assert volume.shape == (6, 7, 5)
    np.testing.assert_allclose(volume.spacing_mm, (1.2, 2.5, 0.8))
    assert [volume.slice_count(plane) for plane in (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)] == [6, 7, 5]


@pytest.mark.parametrize(
    ("spacing", "acquired", "plane"),
    [
        ((1, 1, 5), None, Plane.AXIAL),
        ((1, 5, 1), None, Plane.CORONAL),
        ((5, 1, 1), None, Plane.SAGITTAL),
        ((1, 1, 1), None, Plane.AXIAL),
        ((1.4, 1, 1), None, Plane.AXIAL),
        ((1, 1, 5), Plane.SAGITTAL, Plane.SAGITTAL),
    ],
)
def test_default_plane(spacing: tuple[float, ...], acquired: Plane | None, plane: Plane) -> None:
    volume = make_volume(np.diag([*map(float, spacing), 1.0]), acquisition_plane=acquired)
    assert volume.default_plane is plane


def test_content_hash_names_the_content() -> None:
    volume = make_volume()
    assert volume.content_hash == make_volume().content_hash
    assert len(volume.content_hash) == 64
    other_order = dataclasses.replace(volume, voxels=np.asfortranarray(volume.voxels))
    assert other_order.content_hash == volume.content_hash
    renamed = dataclasses.replace(volume, name="other", metadata={"a": "b"})
    assert renamed.content_hash == volume.content_hash
    changed = volume.voxels.copy()
    changed[0, 0, 0] += 1
    moved = axis_affine("RAS")
    moved[0, 3] += 1
    different = [
        dataclasses.replace(volume, voxels=changed),
        dataclasses.replace(volume, voxels=volume.voxels.astype(np.float32)),
        make_volume(moved),
    ]
    assert len({volume.content_hash, *(one.content_hash for one in different)}) == 4


def test_content_hash_does_not_tell_minus_zero_from_zero() -> None:
    minus = axis_affine("RAS")
    minus[0, 1] = -0.0
    assert make_volume(minus).content_hash == make_volume().content_hash


def test_grid_as_json() -> None:
    grid = SourceGrid(SHAPE, axis_affine("LPS") / 3, "micron", 1, 4, qform_affine=axis_affine("RAS") / 7)
    back = SourceGrid.from_dict(json.loads(json.dumps(grid.to_dict())))
    np.testing.assert_array_equal(back.affine, grid.affine)
    np.testing.assert_array_equal(back.qform_affine, grid.qform_affine)
    assert (back.shape, back.spatial_unit, back.qform_code, back.sform_code) == (SHAPE, "micron", 1, 4)
    assert SourceGrid.from_dict(SourceGrid(SHAPE, np.eye(4)).to_dict()).qform_affine is None


def test_wrong_shapes_and_slices() -> None:
    grid = SourceGrid(SHAPE, axis_affine("LPI"))
    with pytest.raises(GeometryError, match=r"must have the grid's shape \(5, 6, 7\), got \(1, 1, 1\)"):
        grid.to_canonical(np.zeros((1, 1, 1)))
    with pytest.raises(GeometryError, match=r"must fill the grid's shape \(5, 6, 7\), got \(7, 6, 5\)"):
        grid.from_canonical(np.zeros((7, 6, 5)))
    for index in (-1, 7):
        with pytest.raises(GeometryError, match=f"Slice {index} must be from 0 to 6 in the axial plane"):
            grid.canonical_index(Plane.AXIAL, index)
    assert [grid.canonical_index(Plane.AXIAL, index) for index in (0, 6)] == [6, 0]


@pytest.mark.parametrize("order", ["F", "C"])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_content_hash_is_the_one_that_caches_were_filled_under(order: str, dtype: type) -> None:
    volume = make_volume(voxels=random_voxels(SHAPE).astype(dtype))
    digest = hashlib.sha256(f"{volume.voxels.dtype.str}{volume.shape}".encode())
    digest.update((np.round(volume.affine, 6) + 0.0).astype("<f8").tobytes())
    digest.update(np.ascontiguousarray(volume.voxels.T).data)
    stored = dataclasses.replace(volume, voxels=np.array(volume.voxels, order=order))
    assert stored.content_hash == digest.hexdigest()
    assert make_volume(voxels=np.zeros(SHAPE, np.int16)).content_hash == (
        "bf2c05f4654e265481629de4271fefabdc79d355408b21cca747c16adba7bf79"
    )
