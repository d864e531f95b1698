"""NIfTI and Analyze pairs, MGH, MINC and Philips PAR/REC, read as nibabel reads them."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import h5py
import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.errors import GeometryError, ImageFormatError, SeriesChoiceError
from fewshot_sam.io import load_label_map, load_volume, load_volume_isolated, save_label_map
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.load import read_source
from tests.fewshot_sam.synthetic_files import oblique_affine, random_voxels

SAMPLES = Path(nib.__file__).parent / "tests" / "data"
"""Small files of scanners and of these programs, which nibabel installs."""
AFFINE = oblique_affine("PIR", (7.0, -11.0, 4.0))
CLASSES = {
    "nifti.hdr": nib.Nifti1Pair,
    "nifti2.hdr": nib.Nifti2Pair,
    "spm.hdr": nib.Spm2AnalyzeImage,
    "analyze.hdr": nib.AnalyzeImage,
    "a.mgz": nib.MGHImage,
    "a.mgh": nib.MGHImage,
}


def write(folder: Path, name: str, voxels: np.ndarray | None = None) -> Path:
    affine = (
        AFFINE if CLASSES[name] not in (nib.Spm2AnalyzeImage, nib.AnalyzeImage) else np.diag([-2.0, 3, 4, 1])
    )
    image = CLASSES[name](random_voxels() if voxels is None else voxels, affine)
    nib.save(image, folder / name)
    (folder / name).with_suffix(".mat").unlink(missing_ok=True)  # SPM's, which repeats the affine
    return folder / name


def same_world(voxels: np.ndarray, affine: np.ndarray, others: np.ndarray, other_affine: np.ndarray) -> None:
    """Each voxel has its value at its place, whatever the order of the axes."""
    index = np.argwhere(np.ones(voxels.shape, bool))
    there = np.linalg.inv(other_affine) @ affine @ np.column_stack([index, np.ones(len(index))]).T
    places = np.rint(there[:3]).astype(int)
    np.testing.assert_allclose(there[:3], places, atol=1e-4)
    np.testing.assert_allclose(others[tuple(places)], voxels.ravel(), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_voxels_and_places_are_nibabels(tmp_path: Path, name: str, dtype: type) -> None:
    path = write(tmp_path, name, np.abs(random_voxels()).astype(dtype))
    source, wanted = read_source(path), nib.load(path)
    np.testing.assert_array_equal(source.array, np.asarray(wanted.dataobj))
    np.testing.assert_allclose(source.grid.affine, wanted.affine, atol=1e-6)


def test_a_pair_in_the_confined_reader(tmp_path: Path) -> None:
    path = write(tmp_path, "nifti.hdr")
    assert load_volume_isolated(path).content_hash == load_volume(path).content_hash


@pytest.mark.parametrize("name", CLASSES)
def test_a_mask_lies_on_its_scan_for_nibabel(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name)
    volume = load_volume(path)
    label_map = (volume.voxels > 0).astype(np.uint8)
    save_label_map(label_map, volume, tmp_path / "mask.nii.gz")
    scan, mask = nib.load(path), nib.load(tmp_path / "mask.nii.gz")
    np.testing.assert_allclose(mask.affine, scan.affine, atol=1e-5)
    np.testing.assert_array_equal(np.asarray(mask.dataobj), np.asarray(scan.dataobj) > 0)
    np.testing.assert_array_equal(load_label_map(tmp_path / "mask.nii.gz", volume), label_map)


def test_a_pair_may_be_compressed_and_in_upper_case(tmp_path: Path) -> None:
    path = write(tmp_path, "nifti.hdr")
    whole = load_volume(path).content_hash
    image = path.with_suffix(".img")
    path.with_suffix(".img.gz").write_bytes(gzip.compress(image.read_bytes()))
    image.unlink()
    assert load_volume([path, path.with_suffix(".img.gz")]).content_hash == whole
    path.rename(tmp_path / "SCAN.HDR")
    (tmp_path / "SCAN.IMG").write_bytes(gzip.decompress(path.with_suffix(".img.gz").read_bytes()))
    assert load_volume(tmp_path / "SCAN.HDR").content_hash == whole


def test_a_header_alone_says_what_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path, "nifti.hdr")
    path.with_suffix(".img").unlink()
    with pytest.raises(ImageFormatError, match=r"in the file 'nifti\.img' beside it, which is not there"):
        load_volume(path)
    path.with_suffix(".img").symlink_to("/etc/passwd")
    with pytest.raises(ImageFormatError, match=r"which is not there"):
        load_volume(path)


@pytest.mark.parametrize("name", CLASSES)
def test_damage_and_limits(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name)
    with pytest.raises(ImageFormatError, match="must have at most 100 voxels on this machine"):
        load_volume(path, limits=ReadLimits(max_voxels=100))
    voxels = path.with_suffix(".img") if path.suffix == ".hdr" else path
    voxels.write_bytes(voxels.read_bytes()[: 200 if path.suffix == ".hdr" else 300])
    with pytest.raises(ImageFormatError, match="truncated or damaged"):
        load_volume(path)
    path.write_bytes(b"this is not an image " * 30)
    with pytest.raises(ImageFormatError, match=r"no readable header|not a readable MGH"):
        load_volume(path)


def test_voxel_sizes_must_be_positive(tmp_path: Path) -> None:
    path = write(tmp_path, "analyze.hdr")
    content = bytearray(path.read_bytes())
    content[80:84] = np.float32(-2).tobytes()
    path.write_bytes(content)
    with pytest.raises(GeometryError, match=r"must be positive numbers, got -2, 3, 4"):
        load_volume(path)


@pytest.mark.parametrize(
    "name",
    [
        "tiny.mnc",
        "minc1_1_scale.mnc",
        "minc1-no-att.mnc",
        "small.mnc",
        "minc2_1_scale.mnc",
        "minc2-no-att.mnc",
    ],
)
def test_minc_is_nibabels(name: str) -> None:
    source, wanted = read_source(SAMPLES / name), nib.load(SAMPLES / name)
    same_world(source.array, source.grid.affine, np.asarray(wanted.dataobj), wanted.affine)


@pytest.mark.parametrize("name", ["minc1_4d.mnc", "minc2_4d.mnc", "minc2-4d-d.mnc"])
def test_a_frame_of_minc(name: str) -> None:
    with pytest.raises(SeriesChoiceError):
        load_volume(SAMPLES / name)
    wanted = nib.load(SAMPLES / name)
    for number in (1, 2):
        source = read_source(SAMPLES / name, series_uid=f"#{number}")
        same_world(source.array, source.grid.affine, np.asarray(wanted.dataobj)[number - 1], wanted.affine)


def test_oblique_minc_of_version_2(tmp_path: Path) -> None:
    path = tmp_path / "a.mnc"
    nib.save(nib.Nifti1Image(random_voxels(), AFFINE), tmp_path / "a.nii")
    sitk.WriteImage(sitk.ReadImage(str(tmp_path / "a.nii")), str(path))  # mirrored: ITK takes MINC for LPS
    source, wanted = read_source(path), nib.load(path)
    same_world(source.array, source.grid.affine, np.asarray(wanted.dataobj), wanted.affine)
    assert load_volume_isolated(path).content_hash == load_volume(path).content_hash
    with pytest.raises(ImageFormatError, match="must have at most 100 voxels on this machine"):
        load_volume(path, limits=ReadLimits(max_voxels=100))
    cut = tmp_path / "cut.mnc"
    cut.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ImageFormatError, match="not a readable MINC image"):
        load_volume(cut)


@pytest.mark.parametrize("trick", ["external voxels", "external link", "soft link", "virtual"])
def test_minc_opens_no_other_file(tmp_path: Path, trick: str) -> None:
    """HDF5 can take voxels from any file; this one would come as bytes."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"a canary that must not come back" * 200)
    path = tmp_path / "a.mnc"
    shutil.copy(SAMPLES / "minc2_1_scale.mnc", path)
    with h5py.File(path, "r+") as file:
        group = file["minc-2.0/image/0"]
        stored, attributes = group["image"][()], dict(group["image"].attrs)
        del group["image"]
        if trick == "external voxels":
            external = [(str(secret), 0, stored.nbytes)]
            group.create_dataset("image", stored.shape, stored.dtype, external=external)
        elif trick == "virtual":
            layout = h5py.VirtualLayout(stored.shape, stored.dtype)
            layout[...] = h5py.VirtualSource(
                str(SAMPLES / "minc2_1_scale.mnc"), "minc-2.0/image/0/image", stored.shape
            )
            group.create_virtual_dataset("image", layout)
        else:
            there = h5py.ExternalLink(str(SAMPLES / "minc2_1_scale.mnc"), "/minc-2.0/image/0/image")
            group["image"] = (
                there if trick == "external link" else h5py.SoftLink("/minc-2.0/image/0/image-max")
            )
        if trick in ("external voxels", "virtual"):
            group["image"].attrs.update(attributes)
    with pytest.raises(ImageFormatError, match="must hold all of its voxels itself"):
        load_volume(path)


@pytest.mark.parametrize("name", ["phantom_EPI_asc_CLEAR_2_1", "phantom_varscale"])
def test_philips_is_nibabels(tmp_path: Path, name: str) -> None:
    header = SAMPLES / f"{name}.PAR"
    with pytest.raises(SeriesChoiceError, match="holds 3 volumes"):
        load_volume([header, header.with_suffix(".REC")])
    wanted = nib.load(header)
    for number in (1, 2, 3):
        source = read_source(header, series_uid=f"#{number}")
        np.testing.assert_allclose(source.array, np.asarray(wanted.dataobj)[..., number - 1], rtol=1e-6)
        np.testing.assert_allclose(source.grid.affine, wanted.affine)
    for ending in (".PAR", ".REC"):
        shutil.copy(header.with_suffix(ending), tmp_path / f"scan{ending.lower()}")
    assert load_volume_isolated(tmp_path / "scan.par", series_uid="#2").modality == "MR"


def test_damaged_philips(tmp_path: Path) -> None:
    header = tmp_path / "scan.PAR"
    shutil.copy(SAMPLES / "phantom_EPI_asc_CLEAR_2_1.PAR", header)
    with pytest.raises(ImageFormatError, match=r"in the file 'scan\.REC' beside it, which is not there"):
        load_volume(header, series_uid="#1")
    (tmp_path / "scan.REC").write_bytes(bytes(1000))
    with pytest.raises(ImageFormatError, match="truncated or damaged"):
        load_volume(header, series_uid="#1")
    header.write_bytes(header.read_bytes()[:4000])
    with pytest.raises(ImageFormatError, match="is no PAR header that this program reads"):
        load_volume(header)
