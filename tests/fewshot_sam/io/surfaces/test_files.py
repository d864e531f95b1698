"""STL, OBJ and GLB, read back by trimesh."""

from __future__ import annotations

import io

import numpy as np
import pytest
import trimesh

from fewshot_sam.io.surfaces.glb import glb_bytes
from fewshot_sam.io.surfaces.mesh import Surface, label_surfaces
from fewshot_sam.io.surfaces.obj import obj_bytes
from fewshot_sam.io.surfaces.stl import stl_bytes
from tests.fewshot_sam.io.surface_helpers import AFFINES, NAMES, centre_lps_mm, two_balls, voxel_mm3


@pytest.fixture(params=AFFINES.values(), ids=AFFINES)
def affine(request: pytest.FixtureRequest) -> np.ndarray:
    return np.asarray(request.param)


def surfaces_of(affine: np.ndarray, smoothing_voxels: float = 0.8) -> list[Surface]:
    volume, codes = two_balls(affine)
    return list(label_surfaces(codes, volume, NAMES, smoothing_voxels))


def check(read: trimesh.Trimesh, affine: np.ndarray, code: int) -> None:
    volume, codes = two_balls(affine)
    assert read.is_watertight and read.is_winding_consistent
    held = np.count_nonzero(codes == code) * voxel_mm3(volume)
    assert read.volume == pytest.approx(held, rel=0.025)  # negative if normals point inwards
    assert np.abs(read.center_mass - centre_lps_mm(volume, code)).max() < min(volume.spacing_mm) / 2


@pytest.mark.parametrize("smoothing_voxels", [0.0, 0.8])
def test_stl(affine: np.ndarray, smoothing_voxels: float) -> None:
    for code, surface in zip(NAMES, surfaces_of(affine, smoothing_voxels), strict=True):
        content = stl_bytes(surface)
        assert b"SPACE=LPS" in content[:80] and not content.startswith(b"solid")
        check(trimesh.load(io.BytesIO(content), file_type="stl"), affine, code)


def test_obj(affine: np.ndarray) -> None:
    content = obj_bytes(surfaces_of(affine))
    assert b"SPACE=LPS" in content.splitlines()[0]
    scene = trimesh.load_scene(io.BytesIO(content), file_type="obj", split_objects=True)
    assert set(scene.geometry) == {"left_lung", "Leber_\u516c"}
    for code, label in NAMES.items():
        read = scene.geometry[label.name.replace(" ", "_")]
        check(read, affine, code)
        assert "#" + read.visual.vertex_colors[0, :3].tobytes().hex() == label.color


def test_glb(affine: np.ndarray) -> None:
    scene = trimesh.load_scene(io.BytesIO(glb_bytes(surfaces_of(affine))), file_type="glb")
    volume, _ = two_balls(affine)
    assert list(scene.geometry) == [label.name for label in NAMES.values()]
    for code, label in NAMES.items():
        matrix, name = scene.graph[label.name]
        read = scene.geometry[name]
        check(read, affine, code)
        left, posterior, superior = centre_lps_mm(volume, code) / 1000
        shown = trimesh.transform_points(read.center_mass[None], matrix)[0]
        np.testing.assert_allclose(shown, [left, superior, -posterior], atol=5e-4)  # metres, y up
        stated = read.visual.material.baseColorFactor[:3]
        assert np.argmax(stated) == np.argmax(list(bytes.fromhex(label.color[1:])))


def test_rough_labels_are_closed_too() -> None:
    volume, codes = two_balls(AFFINES["left-handed oblique"])
    random = np.random.default_rng(3).random(codes.shape) < 0.4
    for smoothing_voxels in (0.0, 0.8):
        (surface,) = label_surfaces(random.astype(np.uint8), volume, {1: NAMES[2]}, smoothing_voxels)
        read = trimesh.Trimesh(surface.vertices, surface.triangles, process=False)
        assert read.is_watertight and read.volume > 0
