"""CTs whose values lie 1024 above Hounsfield units, and MRs that look a little like them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.data.hounsfield import hounsfield_offset
from fewshot_sam.data.windowing import presets
from fewshot_sam.io import load_volume
from fewshot_sam.io.sandbox.reading import read_volume
from tests.fewshot_sam.synthetic_files import dicom_slice, write_dicom, write_nifti

SHAPE = (30, 30, 20)


def ct(air: float = 0.4, seed: int = 0) -> np.ndarray:
    """(30, 30, 20) int16 HU: air with noise, lung, fat, muscle and bone."""
    rng = np.random.default_rng(seed)
    bone, lung = 0.08 * (1 - air), 0.1 * (1 - air)
    soft = 1 - air - lung - bone
    tissues = rng.choice(5, SHAPE, p=[air, lung, 0.3 * soft, 0.7 * soft, bone])
    means, deviations = np.array([-1000, -850, -100, 50, 600]), np.array([10, 60, 15, 20, 150])
    return np.rint(rng.normal(means[tissues], deviations[tissues])).astype(np.int16)


def mr(share: float, seed: int = 0) -> np.ndarray:
    """(30, 30, 20) float32, its tissue spread like that of an MR, ``share`` of all voxels background."""
    rng = np.random.default_rng(seed)
    tissues = rng.choice(4, SHAPE, p=[share, 0.2 * (1 - share), 0.45 * (1 - share), 0.35 * (1 - share)])
    values = rng.normal(np.array([8, 300, 700, 1000])[tissues], np.array([5, 80, 90, 90])[tissues])
    return np.abs(values).astype(np.float32)


@pytest.mark.parametrize("air", [0.05, 0.4, 0.8])
@pytest.mark.parametrize("padded", [True, False])
def test_a_ct_above_hounsfield_units(air: float, padded: bool) -> None:
    stored = ct(air) + 1024
    if padded:
        stored = np.maximum(stored, 0)
        stored[:3] = 0
    assert hounsfield_offset(stored) == 1024
    assert hounsfield_offset(stored.astype(np.float32)) == 1024


def test_a_ct_in_hounsfield_units_is_not_above_them() -> None:
    assert hounsfield_offset(ct()) == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_no_scale_of_an_mr_makes_it_a_ct(share: float) -> None:
    values = mr(share)
    assert not any(hounsfield_offset(values * np.float32(scale)) for scale in np.geomspace(0.1, 20, 80))


def test_even_masks_and_ramps_are_none() -> None:
    phantom = np.zeros(SHAPE, np.int16)
    phantom[5:25, 5:25, 5:15] = 1024
    assert hounsfield_offset(phantom) == 0  # a phantom of water in an MR, with no bone
    assert hounsfield_offset(np.linspace(0, 4095, 18000).reshape(SHAPE).astype(np.int16)) == 0


@pytest.mark.parametrize("ending", ["nii.gz", "mha", "nrrd"])
def test_files_of_it_open_as_ct_and_say_so(tmp_path: Path, ending: str) -> None:
    stored = ct() + 1024
    path = tmp_path / f"scan.{ending}"
    sitk.WriteImage(sitk.GetImageFromArray(np.ascontiguousarray(stored.T)), str(path))
    volume = load_volume(path)
    assert volume.modality == "CT"
    assert "values lie 1024 above Hounsfield units" in volume.metadata["notes"]
    np.testing.assert_array_equal(volume.source.from_canonical(volume.voxels), stored)
    shown = presets(volume)["Soft tissue"]
    assert (shown.low, shown.high) == (864.0, 1264.0)


def test_a_ct_of_dicom_without_rescale_says_so_in_the_child_too(tmp_path: Path) -> None:
    stored = ct() + 1024
    slices = [
        dicom_slice(np.maximum(stored[:, :, k], 0), (0, 0, 2.0 * k), number=k + 1, intercept=0)
        for k in range(SHAPE[2])
    ]
    with read_volume(write_dicom(tmp_path / "ct", slices), temporary_folder=tmp_path) as read:
        assert "1024 above Hounsfield units" in read.volume.metadata["notes"]


def test_a_ct_in_hounsfield_units_keeps_its_windows_and_says_nothing(tmp_path: Path) -> None:
    volume = load_volume(write_nifti(tmp_path / "scan.nii", ct()))
    assert volume.modality == "CT"
    assert "notes" not in volume.metadata
    assert presets(volume)["Soft tissue"].low == -160
