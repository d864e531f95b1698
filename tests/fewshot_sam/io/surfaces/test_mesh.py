"""Surfaces hold the volume of their voxels, where the voxels are, and face outwards."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.data.label_names import LabelName
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_volume
from fewshot_sam.io.surfaces import mesh
from fewshot_sam.io.surfaces.mesh import enclosed_volume, label_surface, label_surfaces
from tests.fewshot_sam.io.surface_helpers import AFFINES, NAMES, centre_lps_mm, two_balls, voxel_mm3
from tests.fewshot_sam.synthetic_pictures import write_pictures


@pytest.mark.parametrize("smoothing_voxels", [0.0, 0.8, 2.0])
@pytest.mark.parametrize("affine", AFFINES.values(), ids=AFFINES)
def test_volume_and_place_of_balls(affine: np.ndarray, smoothing_voxels: float) -> None:
    volume, codes = two_balls(affine)
    surfaces = list(label_surfaces(codes, volume, NAMES, smoothing_voxels))
    assert [(surface.name, surface.color) for surface in surfaces] == [
        ("left lung", "#3cb44b"),
        ("Leber \u516c", "#e6194b"),
    ]
    for code, surface in zip(NAMES, surfaces, strict=True):
        held = np.count_nonzero(codes == code) * voxel_mm3(volume)
        near = 0.02 if smoothing_voxels or code == 2 else 0.025  # edges of the plain one are cut off
        assert enclosed_volume(surface.vertices, surface.triangles) == pytest.approx(held, rel=near)
        ends = surface.vertices.min(axis=0), surface.vertices.max(axis=0)
        middle = (ends[0] + ends[1]) / 2
        assert np.abs(middle - centre_lps_mm(volume, code)).max() < min(volume.spacing_mm) / 2


def test_the_plain_surface_lies_halfway_between_voxels() -> None:
    inside = np.zeros((9, 9, 9), bool)
    inside[2:6, 3:8, 0:9] = True  # up to the edge of the array, too
    vertices, _ = label_surface(inside, np.eye(4))
    np.testing.assert_allclose(vertices.min(axis=0), [1.5, 2.5, -0.5], atol=2e-4)
    np.testing.assert_allclose(vertices.max(axis=0), [5.5, 7.5, 8.5], atol=2e-4)


def test_a_thin_or_small_label_keeps_its_volume_when_smoothed() -> None:
    for shape in ((1, 1, 1), (1, 12, 12), (2, 1, 9)):
        vertices, triangles = label_surface(np.ones(shape, bool), np.eye(4), 0.8)
        assert enclosed_volume(vertices, triangles) == pytest.approx(np.prod(shape), rel=0.05)


def test_a_large_label_is_brought_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mesh, "MAX_CELLS", 1000)
    inside = np.zeros((30, 30, 30), bool)
    inside[3:27, 3:27, 3:27] = True
    vertices, triangles = label_surface(inside, np.eye(4), 0.8)
    assert len(triangles) < 2000
    assert enclosed_volume(vertices, triangles) == pytest.approx(24**3, rel=0.02)
    np.testing.assert_allclose(vertices.mean(axis=0), [14.5] * 3, atol=0.5)


def test_what_has_no_surface(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    volume, codes = two_balls(AFFINES["left-handed oblique"])
    with pytest.raises(ImageFormatError, match="needs a label with voxels"):
        list(label_surfaces(codes, volume, {5: LabelName("none")}, 0.8))
    monkeypatch.setattr(mesh, "MAX_TRIANGLES", 100)
    with pytest.raises(ImageFormatError, match="may have 100 triangles"):
        list(label_surfaces(codes, volume, NAMES, 0.8))
    write_pictures(tmp_path / "slides")
    pictures = load_volume(tmp_path / "slides", pictures=True)
    with pytest.raises(ImageFormatError, match="unrelated pictures"):
        list(label_surfaces(np.ones(pictures.shape, np.uint8), pictures, NAMES, 0.8))
