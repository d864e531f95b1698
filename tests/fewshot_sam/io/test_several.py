"""Files with several volumes, channels or colours: which is read, held against nibabel and SimpleITK."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name
from PIL import Image

from fewshot_sam.cli.main import main
from fewshot_sam.errors import ImageFormatError, SeriesChoiceError
from fewshot_sam.io import load_label_map, load_volume, load_volume_isolated
from fewshot_sam.io.load import read_source
from fewshot_sam.io.parsing.several import parts_of
from tests.fewshot_sam.synthetic_files import oblique_affine, random_voxels, write_nifti

FRAMES = np.random.default_rng(4).integers(-900, 900, (4, 5, 6, 3)).astype(np.int16)
AFFINE = oblique_affine("LPS", (7.0, -11.0, 4.0))
CHANNEL_TYPES = {"uint8": sitk.sitkVectorUInt8, "int16": sitk.sitkVectorInt16}


def write_frames(path: Path) -> Path:
    if path.suffix in (".mgz", ".nii", ".gz"):
        image = (nib.MGHImage if path.suffix == ".mgz" else nib.Nifti1Image)(FRAMES, AFFINE)
        nib.save(image, path)
        return path
    joined = sitk.JoinSeries(
        [sitk.GetImageFromArray(np.ascontiguousarray(FRAMES[..., n].T)) for n in range(3)]
    )
    sitk.WriteImage(joined, str(path), path.suffix == ".nrrd")
    return path


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.mgz", "a.nrrd", "a.mha"])
def test_one_frame_of_several(tmp_path: Path, name: str) -> None:
    path = write_frames(tmp_path / name)
    with pytest.raises(SeriesChoiceError, match=r"holds 3 volumes, choose one: frame 1 of 3 \(#1\), frame 2"):
        load_volume(path)
    for number in (1, 2, 3):
        source = read_source(path, series_uid=f"#{number}")
        np.testing.assert_array_equal(source.array, FRAMES[..., number - 1])
        assert source.name == f"a frame {number} of 3"
        assert source.metadata["notes"] == f"Of 'a' only this was opened: frame {number} of 3."
    with pytest.raises(SeriesChoiceError):
        load_volume(path, series_uid="#4")


@pytest.mark.parametrize("dtype", CHANNEL_TYPES)
@pytest.mark.parametrize("ending", ["nrrd", "mha"])
def test_one_channel_or_colours_as_grey(tmp_path: Path, ending: str, dtype: str) -> None:
    stored = np.random.default_rng(2).integers(0, 250, (6, 5, 4, 3)).astype(dtype)
    sitk.WriteImage(sitk.GetImageFromArray(stored, isVector=True), str(tmp_path / f"a.{ending}"), True)
    with pytest.raises(SeriesChoiceError) as caught:
        load_volume(tmp_path / f"a.{ending}")
    in_colour = dtype == "uint8"
    words = [choice.description for choice in caught.value.choices]
    assert words == (
        ["colours as grey", "red", "green", "blue"]
        if in_colour
        else [f"channel {number} of 3" for number in (1, 2, 3)]
    )
    wanted = [stored[..., number] for number in range(3)]
    if in_colour:
        wanted.insert(0, np.rint(stored @ np.array([0.299, 0.587, 0.114])))
    for number, each in enumerate(wanted, 1):
        found = read_source(tmp_path / f"a.{ending}", series_uid=f"#{number}").array
        np.testing.assert_array_equal(found, each.T)


def test_colours_of_nifti(tmp_path: Path) -> None:
    colours = np.random.default_rng(3).integers(0, 256, (3, 4, 5, 3)).astype(np.uint8)
    rgb = colours.view(np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")]))[..., 0]
    path = write_nifti(tmp_path / "a.nii", rgb)
    with pytest.raises(
        SeriesChoiceError, match=r"colours as grey \(#1\), red \(#2\), green \(#3\), blue \(#4\)"
    ):
        load_volume(path)
    np.testing.assert_array_equal(read_source(path, series_uid="#3").array, colours[..., 1])


def test_slices_in_colour_as_grey(tmp_path: Path) -> None:
    for number in range(3):
        Image.fromarray(np.full((4, 5, 3), (200, 10 * number, 10), np.uint8)).save(tmp_path / f"{number}.png")
    volume = load_volume(tmp_path, series_uid="#1")
    assert not volume.pictures
    luminance = [round(0.299 * 200 + 0.587 * 10 * number + 1.14) for number in range(3)]
    assert volume.voxels[0, 0].tolist() == luminance
    assert "colours as grey" in volume.metadata["notes"]


def test_a_frame_of_one_of_several_files(tmp_path: Path) -> None:
    write_frames(tmp_path / "a.nii")
    write_nifti(tmp_path / "b.nii", random_voxels())
    with pytest.raises(SeriesChoiceError, match=r"holds 2 volumes, choose one: 'a\.nii' \(#1\)"):
        load_volume(tmp_path)
    with pytest.raises(SeriesChoiceError, match=r"frame 1 of 3 \(#1\.1\), frame 2 of 3 \(#1\.2\)") as caught:
        load_volume(tmp_path, series_uid="#1")
    assert [choice.series_uid for choice in caught.value.choices] == ["#1.1", "#1.2", "#1.3"]
    np.testing.assert_array_equal(read_source(tmp_path, series_uid="#1.3").array, FRAMES[..., 2])
    assert load_volume(tmp_path, series_uid="#2").name == "b"


def test_a_label_map_must_be_one(tmp_path: Path) -> None:
    volume = load_volume(write_frames(tmp_path / "a.nii"), series_uid="#1")
    with pytest.raises(ImageFormatError, match="must be one 3D image with one number a voxel, got 3 volumes"):
        load_label_map(tmp_path / "a.nii", volume)


def test_in_the_confined_reader(tmp_path: Path) -> None:
    path = write_frames(tmp_path / "a.mgz")
    with pytest.raises(SeriesChoiceError) as caught:
        load_volume_isolated(path)
    assert [(choice.series_uid, choice.slices) for choice in caught.value.choices][-1] == ("#3", 6)
    assert (
        load_volume_isolated(path, series_uid="#2").content_hash
        == load_volume(path, series_uid="#2").content_hash
    )


def test_the_command_line_says_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_frames(tmp_path / "a.nii")
    command = [
        "export",
        str(path),
        "--mask",
        str(path),
        "--to",
        "seg.nrrd",
        "--output",
        str(tmp_path / "m.seg.nrrd"),
    ]
    assert main(command) == 2
    assert "Name it with --series NUMBER, as in --series #1." in capsys.readouterr().err


def test_no_file_states_more_than_anybody_writes() -> None:
    with pytest.raises(ImageFormatError, match="must hold at most 65536 volumes, got 1000000000"):
        parts_of(frames=10**9)
