"""Tiny images in the formats this program reads, for the tests of fewshot_sam.io."""

from __future__ import annotations

import itertools
from pathlib import Path

import nibabel as nib
import nibabel.orientations as nio
import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

SPACING_MM = (0.8, 1.2, 2.5)


def all_axis_orientations() -> list[str]:
    """The 48 axis codes from "RAS" to "SPL"."""
    return [
        "".join(codes)
        for axes in itertools.permutations(["RL", "AP", "SI"])
        for codes in itertools.product(*axes)
    ]


def axis_affine(codes: str, spacing: tuple[float, float, float] = SPACING_MM) -> np.ndarray:
    """Affine of a grid whose stored axes run along ``codes``, origin off centre."""
    orientation = nio.axcodes2ornt(tuple(codes))
    affine = np.eye(4)
    affine[:3, :3] = 0
    for stored_axis, (world_axis, direction) in enumerate(orientation):
        affine[int(world_axis), stored_axis] = direction * spacing[stored_axis]
    affine[:3, 3] = (-11.5, 7.25, 40.0)
    return affine


def rotation(x_deg: float, y_deg: float, z_deg: float) -> np.ndarray:
    """(3, 3) rotation about x, then y, then z, in degrees."""
    (cx, cy, cz), (sx, sy, sz) = (
        np.cos(np.radians([x_deg, y_deg, z_deg])),
        np.sin(np.radians([x_deg, y_deg, z_deg])),
    )
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def oblique_affine(codes: str, angles_deg: tuple[float, float, float]) -> np.ndarray:
    """:func:`axis_affine` turned in world space."""
    affine = axis_affine(codes)
    affine[:3, :3] = rotation(*angles_deg) @ affine[:3, :3]
    return affine


def write_nifti(
    path: Path,
    array: np.ndarray,
    affine: np.ndarray | None = None,
    *,
    qform_code: int = 0,
    sform_code: int = 2,
    unit: str = "mm",
    slope: float | None = None,
    intercept: float | None = None,
    **header_fields: object,
) -> Path:
    """Write ``array`` as it is (stored values); ``header_fields`` overwrite raw header fields."""
    affine = axis_affine("RAS") if affine is None else affine
    header = nib.Nifti1Header()
    header.set_data_dtype(array.dtype)
    header.set_data_shape(array.shape)
    header.set_zooms([*np.linalg.norm(affine[:3, :3], axis=0), 1.0, 1.0][: array.ndim])
    header.set_xyzt_units(unit)
    if qform_code:
        header.set_qform(affine, qform_code)
    if sform_code:
        header.set_sform(affine, sform_code)
    header.set_slope_inter(slope, intercept)
    for name, value in header_fields.items():
        if name == "voxel_sizes":
            header["pixdim"][1:4] = value
        else:
            header[name] = value
    header["vox_offset"] = 352
    header["magic"] = b"n+1"
    path.write_bytes(header.binaryblock + b"\0\0\0\0" + np.asarray(array).tobytes(order="F"))
    return path


def random_voxels(shape: tuple[int, int, int] = (5, 6, 7), seed: int = 0) -> np.ndarray:
    """int16 from -900 to 900; different in every voxel nearly always."""
    return np.random.default_rng(seed).integers(-900, 900, shape).astype(np.int16)


UNNAMED: dict[str, object] = {
    "PatientName": "",
    "PatientID": "",
    "PatientBirthDate": "",
    "PatientSex": "",
    "StudyDate": "",
    "StudyTime": "",
    "StudyID": "",
    "AccessionNumber": "",
    "ReferringPhysicianName": "",
    "SeriesNumber": 1,
    "Manufacturer": "",
}
"""What identifies a patient and a study, empty."""
UNSIGNED_16_BITS: dict[str, object] = {
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "BitsAllocated": 16,
    "BitsStored": 16,
    "HighBit": 15,
    "PixelRepresentation": 0,
}


def dicom_slice(
    pixels: np.ndarray,
    position: tuple[float, float, float],
    *,
    series_uid: str = "1.2.3.4",
    orientation: tuple[float, ...] = (1, 0, 0, 0, 1, 0),
    spacing: tuple[float, float] = (0.8, 0.6),
    intercept: float = -1024,
    slope: float = 1,
    modality: str = "CT",
    number: int = 1,
    **tags: object,
) -> FileDataset:
    """A slice of uint16 (rows, columns) ``pixels`` with its upper left voxel at ``position`` (LPS, mm)."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    values: dict[str, object] = {
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": series_uid,
        "FrameOfReferenceUID": "1.2.3.9",
        "SeriesDescription": f"Series {series_uid[-1]}",
        **UNNAMED,
        "Modality": modality,
        "InstanceNumber": number,
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "ImagePositionPatient": [float(value) for value in position],
        "ImageOrientationPatient": [float(value) for value in orientation],
        "PixelSpacing": list(spacing),
        "SliceThickness": 2.0,
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        **UNSIGNED_16_BITS,
        "RescaleIntercept": intercept,
        "RescaleSlope": slope,
        "RescaleType": "HU",
        "PixelData": np.ascontiguousarray(pixels, np.uint16).tobytes(),
    }
    for keyword, value in (values | tags).items():
        setattr(dataset, keyword, value)
    return dataset


def dicom_series(count: int = 4, *, gap_mm: float = 2.0, seed: int = 0, **tags: object) -> list[FileDataset]:
    """``count`` axial slices of 5 rows and 4 columns, ascending."""
    generator = np.random.default_rng(seed)
    return [
        dicom_slice(
            generator.integers(0, 3000, (5, 4)),
            (-10.0, -20.0, 30.0 + index * gap_mm),
            number=index + 1,
            **tags,
        )
        for index in range(count)
    ]


def write_dicom(folder: Path, datasets: list[FileDataset], start: int = 0) -> Path:
    """Write the files with names that do not follow the slice order."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, dataset in enumerate(datasets):
        name = f"{(index * 7919 + start) % 100003:06d}.dcm"
        dataset.save_as(folder / name, enforce_file_format=True)
    return folder


def without(dataset: FileDataset, keyword: str) -> Dataset:
    """The data set without one element."""
    delattr(dataset, keyword)
    return dataset


def pixels_of(dataset: Dataset) -> np.ndarray:
    """(rows, columns) uint16 of an uncompressed DICOM slice."""
    return np.frombuffer(dataset.PixelData, np.uint16).reshape(dataset.Rows, dataset.Columns)
