"""Images that are too large, at half resolution, with masks on the grid of the file."""

from __future__ import annotations

import gzip
from pathlib import Path

import highdicom as hd
import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.cli.main import main
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import HalfChoiceError, ImageFormatError
from fewshot_sam.io import load_label_map, load_volume, save_label_map
from fewshot_sam.io.dicom.segmentation import segmentation
from fewshot_sam.io.dicom.segments import Segment
from fewshot_sam.io.dicom.structure_set import structure_set
from fewshot_sam.io.halving import halved, on_full_grid
from fewshot_sam.io.limits import HALF_IMAGE, HALF_LABELS, ReadLimits
from fewshot_sam.io.load import load_scan
from fewshot_sam.io.sandbox.limits import ChildLimits
from fewshot_sam.io.sandbox.reading import read_label_slices, read_volume
from fewshot_sam.io.slicer_segmentation import save_slicer_segmentation
from tests.fewshot_sam.synthetic_files import dicom_slice, oblique_affine, random_voxels, write_dicom

SHAPE = (7, 6, 9)
AFFINE = oblique_affine("PIR", (7.0, -11.0, 4.0))
VOXELS = random_voxels(SHAPE)
SMALL = ReadLimits(max_voxels=200)  # of the 378, of which 60 are left at half resolution


def by_blocks(voxels: np.ndarray) -> np.ndarray:
    """The mean of each block, written out."""
    made = np.empty([(length + 1) // 2 for length in voxels.shape])
    for i, j, k in np.ndindex(made.shape):
        made[i, j, k] = voxels[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, 2 * k : 2 * k + 2].mean()
    return made


def write(path: Path) -> Path:
    if path.name.endswith((".mha", ".nrrd")):
        nib.save(nib.Nifti1Image(VOXELS, AFFINE), path.with_name("itk.nii"))
        sitk.WriteImage(sitk.ReadImage(str(path.with_name("itk.nii"))), str(path), True)
        return path
    image = {".mgz": nib.MGHImage, ".hdr": nib.Nifti1Pair}.get(path.suffix, nib.Nifti1Image)
    nib.save(image(VOXELS, AFFINE), path)
    return path


def dicom_folder(folder: Path) -> Path:
    files = [
        dicom_slice(np.abs(VOXELS[:, :, k]).T.astype(np.uint16), (3.0, -8.0, 2.0 * k), intercept=0, number=k)
        for k in range(SHAPE[2])
    ]
    return write_dicom(folder, files)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.hdr", "a.nrrd", "a.mha", "a.mgz"])
def test_means_of_blocks_on_a_grid_between_them(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name)
    with pytest.raises(
        HalfChoiceError, match=r"at most 200 voxels.*can be opened at half resolution, with 4 x 3 x 5"
    ):
        load_volume(path, limits=SMALL)
    volume = load_volume(path, limits=SMALL, half=True)
    whole = load_volume(path)
    np.testing.assert_allclose(
        volume.source.from_canonical(volume.voxels), np.rint(by_blocks(VOXELS)), atol=0.51
    )
    assert "Opened at half resolution" in volume.metadata["notes"]
    first = volume.source.affine @ [0, 0, 0, 1]
    np.testing.assert_allclose(first, whole.source.affine @ [0.5, 0.5, 0.5, 1])
    np.testing.assert_allclose(volume.spacing_mm, np.array(whole.spacing_mm) * 2)
    assert volume.source.full is not None
    assert volume.source.full.to_dict() == whole.source.to_dict()
    assert SourceGrid.from_dict(volume.source.to_dict()).to_dict() == volume.source.to_dict()


def test_what_fits_stays_as_it_is_and_what_is_far_too_large_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii")
    assert load_volume(path, half=True).content_hash == load_volume(path).content_hash
    with pytest.raises(ImageFormatError, match=r"Open a part of it, or raise the limit"):
        load_volume(path, limits=ReadLimits(max_voxels=50), half=True)
    assert load_volume(path, limits=ReadLimits(max_slices=5), half=True).source.full is not None


def test_half_resolution_is_not_offered_of_a_label_map_finer_than_its_whole_scan(tmp_path: Path) -> None:
    """There is nothing that would take the offer."""
    nib.save(nib.Nifti1Image(np.ones(SHAPE, np.uint8), AFFINE), tmp_path / "fine.nii")
    nib.save(nib.Nifti1Image(VOXELS[::2, ::2, ::2], AFFINE @ np.diag([2, 2, 2, 1])), tmp_path / "scan.nii")
    scan = load_volume(tmp_path / "scan.nii", limits=SMALL)
    with pytest.raises(ImageFormatError, match=r"378\. Open a part of it, or raise the limit") as told:
        load_label_map(tmp_path / "fine.nii", scan, limits=SMALL)
    assert not isinstance(told.value, HalfChoiceError)


def test_a_gzip_of_more_than_may_be_held(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(write(tmp_path / "a.nii").read_bytes()))
    few = ReadLimits(max_voxels=200, max_unpacked_bytes=300, always_unpacked_bytes=300)
    assert load_volume(path, limits=few, half=True).source.full is not None
    with pytest.raises(ImageFormatError, match="unpacks to"):
        load_volume(
            path,
            limits=ReadLimits(max_voxels=200, max_unpacked_bytes=50, always_unpacked_bytes=50),
            half=True,
        )


def half_volume(path: Path) -> Volume:
    return load_volume(path, limits=SMALL, half=True)


@pytest.mark.parametrize("ending", ["nii.gz", "nrrd", "mha", "seg.nrrd"])
def test_masks_lie_on_the_grid_of_the_file(tmp_path: Path, ending: str) -> None:
    volume = half_volume(write(tmp_path / "a.nii"))
    label_map = np.random.default_rng(1).choice(np.array([0, 0, 3], np.uint8), volume.shape)
    path = tmp_path / f"mask.{ending}"
    if ending == "seg.nrrd":
        save_slicer_segmentation(label_map, volume, path, {3: LabelName("Liver")})
    else:
        save_label_map(label_map, volume, path)
    mask, scan = sitk.ReadImage(str(path)), sitk.ReadImage(str(tmp_path / "a.nii"))
    assert mask.GetSize() == SHAPE
    np.testing.assert_allclose(mask.GetOrigin(), scan.GetOrigin(), atol=1e-4)
    np.testing.assert_allclose(mask.GetDirection(), scan.GetDirection(), atol=1e-5)
    stored = sitk.GetArrayFromImage(mask).T
    half = volume.source.from_canonical(label_map)
    for index in np.ndindex(SHAPE):
        assert stored[index] == half[tuple(each // 2 for each in index)]
    assert np.array_equal(load_label_map(path, volume), label_map)
    assert np.array_equal(load_label_map(path, volume, limits=SMALL), label_map)


def test_slices_that_were_painted_alone_stay() -> None:
    painted = np.zeros((8, 8, 8), np.uint8)
    painted[2:6, 2:6, 3] = 4
    half = halved(painted, ReadLimits(half=HALF_LABELS))
    np.testing.assert_array_equal(np.argwhere(half), [[1, 1, 1], [1, 2, 1], [2, 1, 1], [2, 2, 1]])
    for axis in (0, 1):
        turned = halved(np.moveaxis(painted, 2, axis), ReadLimits(half=HALF_LABELS))
        np.testing.assert_array_equal(turned, np.moveaxis(half, 2, axis))


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 5, 2), (4, 1, 3), (3, 3, 1), (2, 2, 2)])
def test_any_shape_goes_there_and_back(shape: tuple[int, int, int]) -> None:
    stored = np.arange(np.prod(shape)).reshape(shape).astype(np.int32)
    half = halved(stored, ReadLimits(half=HALF_IMAGE))
    np.testing.assert_allclose(half, np.rint(by_blocks(stored)))
    grid = SourceGrid(shape, np.eye(4)).halved()
    assert half.shape == grid.shape
    full = on_full_grid(half, grid)
    assert full.shape == shape
    np.testing.assert_array_equal(halved(full, ReadLimits(half=HALF_LABELS)), half)


def test_dicom_and_what_goes_back_to_its_files(tmp_path: Path) -> None:
    folder = dicom_folder(tmp_path / "ct")
    with pytest.raises(HalfChoiceError):
        load_volume(folder, limits=SMALL)
    volume, headers = load_scan(folder, limits=SMALL, half=True)
    assert headers is not None
    whole = load_volume(folder)
    stored = whole.source.from_canonical(whole.voxels)
    np.testing.assert_allclose(volume.source.from_canonical(volume.voxels), by_blocks(stored), atol=0.51)
    label_map = np.random.default_rng(1).choice(np.array([0, 0, 1], np.uint8), volume.shape)
    segments = [Segment(1, "Liver", "#e6194b", None)]
    half = volume.source.from_canonical(label_map)
    wanted = on_full_grid(half, volume.source)[:, ::-1, :].T
    segmentation(label_map, volume, headers, segments).save_as(tmp_path / "seg.dcm")
    seg = hd.seg.segread(tmp_path / "seg.dcm")
    uids = [str(headers.files[file].SOPInstanceUID) for file, _ in headers.places]
    pixels = seg.get_pixels_by_source_instance(
        uids, combine_segments=True, assert_missing_frames_are_empty=True
    )
    np.testing.assert_array_equal(pixels, wanted)
    structure_set(label_map, volume, headers, segments).save_as(tmp_path / "rt.dcm")
    for name in ("seg.dcm", "rt.dcm"):
        np.testing.assert_array_equal(load_label_map(tmp_path / name, volume), label_map)


def test_in_the_confined_reader(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii")
    limits = ChildLimits(read=SMALL)
    with pytest.raises(HalfChoiceError, match="half resolution"), read_volume(path, limits=limits):
        pass
    with read_volume(path, limits=limits, half=True) as read:
        volume = half_volume(path)
        assert read.volume.source.to_dict() == volume.source.to_dict()
        np.testing.assert_array_equal(read.volume.voxels, volume.voxels)
    label_map = np.zeros(volume.shape, np.uint8)
    label_map[1:3, 1:3, 1] = 2
    save_label_map(label_map, volume, tmp_path / "mask.nii")
    with read_label_slices([tmp_path / "mask.nii"], volume.source, None, limits=limits) as slices:
        assert slices.codes() == (2,)


def test_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FEWSHOT_SAM_MAX_VOXELS", "200")
    path = write(tmp_path / "a.nii")
    assert main(["encode", str(path)]) == 2
    assert "The option --half does that." in capsys.readouterr().err
    painted = np.zeros(SHAPE, np.uint8)
    painted[2:5, 2:4, 4] = 1
    nib.save(nib.Nifti1Image(painted, AFFINE), tmp_path / "painted.nii")
    output = tmp_path / "mask.seg.nrrd"
    command = ["export", str(path), "--mask", str(tmp_path / "painted.nii"), "--to", "seg.nrrd"]
    assert main([*command, "--output", str(output)]) == 0
    assert sitk.ReadImage(str(output)).GetSize() == SHAPE
