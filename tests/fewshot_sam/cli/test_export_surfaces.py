"""``export`` of surfaces."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trimesh

from fewshot_sam.cli.main import main
from fewshot_sam.io import save_label_map
from tests.fewshot_sam.io.surface_helpers import AFFINES, two_balls
from tests.fewshot_sam.synthetic_files import write_nifti


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """scan.nii with mask.nii, and one.nii with one of the two labels."""
    affine = AFFINES["left-handed oblique"]
    volume, codes = two_balls(affine)
    write_nifti(tmp_path / "scan.nii", volume.source.from_canonical(volume.voxels), affine)
    save_label_map(codes, volume, tmp_path / "mask.nii")
    save_label_map(np.where(codes == 9, codes, 0), volume, tmp_path / "one.nii")
    (tmp_path / "mask.json").write_text(json.dumps({"2": "left lung", "9": "Leber"}))
    return tmp_path


def export(folder: Path, to: str, output: str, *more: str, mask: str = "mask.nii") -> int:
    command = ["export", str(folder / "scan.nii"), "--mask", str(folder / mask), "--to", to]
    return main([*command, "--output", str(folder / output), *more])


def test_a_file_for_each_kind(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(folder, "glb", "x.glb") == export(folder, "obj", "x.obj") == 0
    assert list(trimesh.load_scene(folder / "x.glb").geometry) == ["left lung", "Leber"]
    assert export(folder, "stl", "x.zip") == export(folder, "stl", "x.stl", mask="one.nii") == 0
    with zipfile.ZipFile(folder / "x.zip") as archive:
        assert archive.namelist() == ["002-left_lung.stl", "009-Leber.stl"]
        archive.extractall(folder)
    alone, among = trimesh.load(folder / "x.stl"), trimesh.load(folder / "009-Leber.stl")
    assert alone.volume == pytest.approx(among.volume)
    assert capsys.readouterr() == ("", "")


def test_several_labels_are_no_stl(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(folder, "stl", "x.stl") == 2
    assert "the mask holds 2 labels. End --output in .zip" in capsys.readouterr().err
    assert not (folder / "x.stl").exists()


def test_smoothing_is_bounded_and_can_be_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(folder, "stl", "plain.stl", "--smoothing-voxels", "0", mask="one.nii") == 0
    assert export(folder, "stl", "smooth.stl", mask="one.nii") == 0
    assert (folder / "plain.stl").read_bytes() != (folder / "smooth.stl").read_bytes()
    for wrong in ("9", "-1", "nan", "much"):
        with pytest.raises(SystemExit, match="2"):
            export(folder, "stl", "x.stl", "--smoothing-voxels", wrong)
        assert "must be a number from 0 to 5" in capsys.readouterr().err
