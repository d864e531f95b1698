"""Files the end-to-end tests upload: real scans as people have them, and broken ones."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom


def zip_folder(folder: Path, target: Path) -> Path:
    """A zip of all files in ``folder``."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return target


def canonical_labels(path: Path) -> np.ndarray:
    """A reference label map on its canonical (X, Y, Z) grid, integers."""
    return np.asarray(nib.as_closest_canonical(nib.load(path)).dataobj).astype(np.int32)


def _write_nifti(target: Path, voxels: np.ndarray, affine: np.ndarray | None = None) -> Path:
    nib.save(nib.Nifti1Image(voxels, np.eye(4) if affine is None else affine), target)
    return target


def _volume() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 1000, (12, 11, 10)).astype(np.int16)


def truncated_nifti(folder: Path) -> Path:
    """A NIfTI whose voxels end early, as after an interrupted download."""
    whole = _write_nifti(folder / "whole.nii", _volume())
    target = folder / "truncated.nii"
    target.write_bytes(whole.read_bytes()[:900])
    return target


def text_named_nifti(folder: Path) -> Path:
    """A text file that only its name calls an image."""
    target = folder / "notes.nii.gz"
    target.write_text("This is not an image.\n" * 50)
    return target


def empty_file(folder: Path) -> Path:
    """A file of 0 bytes."""
    target = folder / "empty.nii"
    target.touch()
    return target


def four_dimensional(folder: Path) -> Path:
    """A time series."""
    return _write_nifti(folder / "series.nii.gz", np.stack([_volume()] * 4, axis=-1))


def colour(folder: Path) -> Path:
    """An RGB volume."""
    dtype = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    return _write_nifti(folder / "colour.nii.gz", np.zeros((6, 6, 6), dtype))


def complex_valued(folder: Path) -> Path:
    """A volume of complex numbers."""
    return _write_nifti(folder / "complex.nii.gz", _volume().astype(np.complex64))


def sheared(folder: Path) -> Path:
    """Voxel axes that are not at right angles, as from a tilted gantry."""
    affine = np.eye(4)
    affine[1, 2] = 0.4
    return _write_nifti(folder / "sheared.nii.gz", _volume(), affine)


def zero_voxel_size(folder: Path) -> Path:
    """A header with a voxel size of 0."""
    path = _write_nifti(folder / "flat.nii", _volume())
    content = bytearray(path.read_bytes())
    content[76 + 4 * 3 : 76 + 4 * 4] = np.float32(0).tobytes()  # pixdim[3]
    path.write_bytes(content)
    return path


def all_nan(folder: Path) -> Path:
    """A volume without a single number."""
    return _write_nifti(folder / "nan.nii.gz", np.full((6, 6, 6), np.nan, np.float32))


def zip_without_images(folder: Path) -> Path:
    """A zip of text."""
    target = folder / "letters.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("letter.txt", "Dear colleague")
    return target


def damaged_zip(folder: Path) -> Path:
    """Bytes that only their name calls a zip."""
    target = folder / "damaged.zip"
    target.write_bytes(b"PK\x03\x04" + bytes(200))
    return target


def zip_bomb(folder: Path) -> Path:
    """A small zip that grows a thousandfold."""
    target = folder / "bomb.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(8):
            archive.writestr(f"{number}.dcm", bytes(64 * 1024 * 1024))
    return target


def dicom_with_a_gap(series: Path, folder: Path) -> Path:
    """A real series with one slice missing in the middle."""
    target = folder / "gap.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for number, path in enumerate(sorted(series.iterdir())):
            if number != 9:
                archive.write(path, path.name)
    return target


def truncated_dicom(series: Path, folder: Path) -> Path:
    """A real series whose files were cut short."""
    target = folder / "cut.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(series.iterdir()):
            archive.writestr(path.name, path.read_bytes()[:6000])
    return target


def two_series(series: Path, folder: Path) -> Path:
    """A zip that holds two series; not an error but a question."""
    target = folder / "two.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(series.iterdir()):
            dataset = pydicom.dcmread(path)
            for number, description in enumerate(("arterial", "venous"), start=1):
                dataset.SeriesInstanceUID = f"1.2.3.{number}"
                dataset.SeriesDescription = description
                copy = folder / "copy.dcm"
                dataset.save_as(copy)
                archive.write(copy, f"{description}/{path.name}")
    return target


BROKEN: tuple[Callable[[Path], Path], ...] = (
    truncated_nifti,
    text_named_nifti,
    empty_file,
    complex_valued,
    zero_voxel_size,
    all_nan,
    zip_without_images,
    damaged_zip,
    zip_bomb,
)
"""Builders of files that must be refused with one sentence."""

BROKEN_DICOM: tuple[Callable[[Path, Path], Path], ...] = (dicom_with_a_gap, truncated_dicom)
"""The same from a real DICOM series."""
