"""Surfaces of labels: closed, in place, in the format the 3D view reads."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from backend.media.surfaces import LONGEST_SIDE, label_surface, to_mz3


def ellipsoid(half_axes: tuple[float, ...], shape: tuple[int, ...]) -> np.ndarray:
    grid = np.indices(shape) - (np.reshape(shape, (3, 1, 1, 1)) - 1) / 2
    return ((grid / np.reshape(half_axes, (3, 1, 1, 1))) ** 2).sum(axis=0) <= 1


@pytest.mark.parametrize(
    ("half_axes", "shape", "tolerance"),
    [
        ((15.0, 15.0, 15.0), (41, 42, 43), 0.03),
        ((float(LONGEST_SIDE), 30.0, 30.0), (2 * LONGEST_SIDE + 20, 70, 70), 0.05),  # brought down first
    ],
)
def test_the_surface_of_an_ellipsoid_is_closed_outward_and_in_place(
    half_axes: tuple[float, ...], shape: tuple[int, ...], tolerance: float
) -> None:
    affine = np.diag([2.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = [10, -20, 30]
    vertices, triangles = label_surface(ellipsoid(half_axes, shape), affine)
    centre = affine[:3, :3] @ ((np.array(shape) - 1) / 2) + affine[:3, 3]
    assert np.allclose((vertices.min(axis=0) + vertices.max(axis=0)) / 2, centre, atol=2.5)
    a, b, c = (vertices[triangles[:, k]].astype(float) - centre for k in range(3))
    enclosed = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6
    assert enclosed == pytest.approx(2 * 4 / 3 * np.pi * np.prod(half_axes), rel=tolerance)
    pairs = [triangles[:, corners] for corners in ([0, 1], [1, 2], [2, 0])]
    edges = np.sort(np.concatenate(pairs), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert (counts == 2).all()


def test_mz3_layout() -> None:
    mesh = to_mz3(np.array([[1, 2, 3]], np.float32), np.array([[0, 0, 0]], np.int32))
    assert mesh == struct.pack("<HHIII3i3f", 0x5A4D, 3, 1, 1, 0, 0, 0, 0, 1, 2, 3)
