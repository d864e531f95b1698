"""Where other programs find each labelled voxel of an export, mm in RAS+."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import highdicom
import nibabel as nib
import numpy as np
import pydicom
import SimpleITK as sitk  # noqa: N813 - its usual name
from pydicom.dataset import Dataset
from skimage.measure import points_in_poly

from benchmarks.torture.geometry_scans import LPS_TO_RAS, axes_of

Found = dict[int, np.ndarray]
"""(N, 3) float64 places of the voxels of each code."""
WITHIN_MM = 1e-3


def by_nibabel(path: Path, codes: Sequence[int], scan: Path) -> Found:
    """A NIfTI label map."""
    image = nib.load(path)
    stored = np.asarray(image.dataobj)
    return {
        code: nib.affines.apply_affine(image.affine, np.argwhere(stored == code)) for code in _held(stored)
    }


def by_itk(path: Path, codes: Sequence[int], scan: Path) -> Found:
    """A label map in any format that SimpleITK reads."""
    image = sitk.ReadImage(str(path))
    stored = sitk.GetArrayFromImage(image).T
    return {
        code: np.array(
            [image.TransformIndexToPhysicalPoint(each) for each in np.argwhere(stored == code).tolist()]
        )
        * LPS_TO_RAS
        for code in _held(stored)
    }


def by_highdicom(path: Path, codes: Sequence[int], scan: Path) -> Found:
    """A DICOM segmentation; its segments are numbered by code, or count the codes in a binary one."""
    seg = highdicom.seg.segread(path)
    volume = seg.get_volume(combine_segments=True)
    is_label_map = seg.SegmentationType == "LABELMAP"
    found = {}
    for number in _held(volume.array):
        places = nib.affines.apply_affine(volume.affine, np.argwhere(volume.array == number)) * LPS_TO_RAS
        found[number if is_label_map else sorted(codes)[number - 1]] = places
    return found


def by_pydicom(path: Path, codes: Sequence[int], scan: Path) -> Found:
    """A structure set: the pixels whose centres lie within an odd number of its contours.

    Contours must lie in the plane of the slice that they name, and run halfway between pixels.
    """
    slices = {}
    for file in scan.iterdir():
        dataset = pydicom.dcmread(file)
        for frame in range(int(dataset.get("NumberOfFrames", 1))):
            slices[str(dataset.SOPInstanceUID), frame] = (dataset, frame)
    found: dict[int, list[np.ndarray]] = {}
    for code, roi in zip(sorted(codes), pydicom.dcmread(path).ROIContourSequence, strict=True):
        inside: dict[tuple[str, int], np.ndarray] = {}
        for contour in roi.get("ContourSequence", []):
            image = contour.ContourImageSequence[0]
            named = (str(image.ReferencedSOPInstanceUID), int(image.get("ReferencedFrameNumber", 1)) - 1)
            within = _pixels_within(contour, *slices[named])
            inside[named] = inside[named] ^ within if named in inside else within
        found[code] = [_places(mask, *slices[named]) for named, mask in inside.items()]
    return {code: np.concatenate(places) for code, places in found.items()}


def _pixels_within(contour: Dataset, dataset: Dataset, frame: int) -> np.ndarray:
    origin, by_column, by_row = axes_of(dataset, frame)
    points = np.array(contour.ContourData, np.float64).reshape(-1, 3) * LPS_TO_RAS - origin
    column, row = (points @ axis / (axis @ axis) for axis in (by_column, by_row))
    off_plane = np.abs(points - column[:, None] * by_column - row[:, None] * by_row).max()
    halfway = np.column_stack([column, row]) * 2
    off_edge = np.abs(halfway - np.rint(halfway)).max() / 2 * max(map(np.linalg.norm, (by_column, by_row)))
    if off_plane > WITHIN_MM or off_edge > WITHIN_MM:
        raise ValueError(
            f"a contour is {off_plane:.4f} mm off its slice and {off_edge:.4f} mm off pixels' edges"
        )
    centres = np.indices((dataset.Rows, dataset.Columns)).reshape(2, -1).T
    return points_in_poly(centres, np.column_stack([row, column])).reshape(dataset.Rows, dataset.Columns)


def _places(mask: np.ndarray, dataset: Dataset, frame: int) -> np.ndarray:
    origin, by_column, by_row = axes_of(dataset, frame)
    rows, columns = np.nonzero(mask)
    return origin + columns[:, None] * by_column + rows[:, None] * by_row


def in_zip(path: Path, codes: Sequence[int], scan: Path) -> Found:
    """A .zip of one label map, or of one for each label with its code before its name."""
    found: Found = {}
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".nii.gz"):
                here = by_nibabel(Path(archive.extract(name, folder)), codes, scan)
                code = name.split("-")[0]
                found |= {int(code): here[1]} if code.isdecimal() else here
    return found


def in_training_set(path: Path, codes: Sequence[int], scan: Path) -> Found:
    """A .zip of one scan and its label map, which numbers the codes in their order; BIDS keeps them."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        (name,) = [each for each in archive.namelist() if "labelsTr/" in each or each.endswith("dseg.nii.gz")]
        found = by_nibabel(Path(archive.extract(name, folder)), codes, scan)
    kept = name.endswith("dseg.nii.gz")
    return found if kept else {sorted(codes)[number - 1]: places for number, places in found.items()}


READERS: Mapping[str, tuple[Callable[[Path, Sequence[int], Path], Found], ...]] = {
    ".nii": (by_nibabel, by_itk),
    ".nii.gz": (by_nibabel, by_itk),
    ".nrrd": (by_itk,),
    ".seg.nrrd": (by_itk,),
    ".mha": (by_itk,),
    "seg": (by_highdicom,),
    "seg-label-map": (by_highdicom,),
    "rtstruct": (by_pydicom,),
    "labels": (in_zip,),
    "bundle": (in_zip,),
    "nnunet": (in_training_set,),
    "decathlon": (in_training_set,),
    "bids": (in_training_set,),
}
"""Of each kind of export those programs that read it."""


def _held(stored: np.ndarray) -> list[int]:
    return np.unique(stored[stored != 0]).tolist()
