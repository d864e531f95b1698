"""Scans of a known pattern in every format, written and read by other programs: where each voxel is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import highdicom
import nibabel as nib
import numpy as np
import pydicom
import SimpleITK as sitk  # noqa: N813 - its usual name
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import format_number_as_ds

SHAPE = (5, 6, 7)
SPACING_MM = (0.8, 1.2, 2.5)
ORIGIN_MM = (-11.5, 7.25, 40.0)
LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True)
class KnownScan:
    """A scan on disk.

    Attributes:
        path: what is opened.
        choice: which of its volumes, where it holds several.
        values: (N,) of its voxels, no two alike where they are painted.
        places: (N, 3) float64 of them, mm in RAS+, by a reader that is not ours.
        stored: (N, 3) their indices in that reader's array.
    """

    path: Path
    choice: str | None
    values: np.ndarray
    places: np.ndarray
    stored: np.ndarray


def pattern() -> np.ndarray:
    """(I, J, K) int16, each voxel another value."""
    return np.random.default_rng(7).permutation(np.prod(SHAPE)).reshape(SHAPE).astype(np.int16)


def by_nibabel(path: Path, choice: str | None = None) -> KnownScan:
    """What nibabel reads."""
    image = nib.load(path)
    stored = np.asarray(image.dataobj)
    if choice is not None:
        stored = stored[..., int(choice.removeprefix("#")) - 1]
    index = np.argwhere(np.ones(stored.shape[:3], bool))
    return KnownScan(
        path, choice, stored[tuple(index.T)], nib.affines.apply_affine(image.affine, index), index
    )


def by_itk(path: Path) -> KnownScan:
    """What SimpleITK reads."""
    image = sitk.ReadImage(str(path))
    stored = sitk.GetArrayFromImage(image).T
    index = np.argwhere(np.ones(stored.shape, bool))
    places = [image.TransformIndexToPhysicalPoint(each) for each in index.tolist()]
    return KnownScan(path, None, stored[tuple(index.T)], np.array(places) * LPS_TO_RAS, index)


def by_pydicom(folder: Path) -> KnownScan:
    """What the files state of each pixel, by pydicom alone."""
    values, places, index = [], [], []
    for number, path in enumerate(sorted(folder.iterdir())):
        dataset = pydicom.dcmread(path)
        pixels = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
        for frame, image in enumerate(pixels):
            origin, by_column, by_row = axes_of(dataset, frame)
            rows, columns = np.indices(image.shape).reshape(2, -1)
            values.append(image.ravel())
            places.append(origin + columns[:, None] * by_column + rows[:, None] * by_row)
            index.append(np.column_stack([columns, rows, np.full(rows.shape, number + frame)]))
    return KnownScan(folder, None, np.concatenate(values), np.concatenate(places), np.concatenate(index))


def axes_of(dataset: Dataset, frame: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First pixel, step to the next column and to the next row of a frame: (3,) float64 each, mm in RAS+."""
    if "PerFrameFunctionalGroupsSequence" in dataset:
        groups = [dataset.SharedFunctionalGroupsSequence[0], dataset.PerFrameFunctionalGroupsSequence[frame]]

        def stated(sequence: str, keyword: str) -> list[float]:
            held = next(group for group in groups if sequence in group)
            return [float(each) for each in held[sequence].value[0][keyword].value]

        position = stated("PlanePositionSequence", "ImagePositionPatient")
        orientation = stated("PlaneOrientationSequence", "ImageOrientationPatient")
        spacing = stated("PixelMeasuresSequence", "PixelSpacing")
    else:
        position, orientation, spacing = (
            [float(each) for each in dataset[keyword].value]
            for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
        )
    along_columns, along_rows = np.array(orientation).reshape(2, 3) * LPS_TO_RAS
    return np.array(position) * LPS_TO_RAS, along_columns * spacing[1], along_rows * spacing[0]


def _nifti(
    path: Path, affine: np.ndarray, *, kind: type = nib.Nifti1Image, codes: tuple[int, int]
) -> KnownScan:
    image = kind(pattern(), affine)
    image.set_qform(affine, codes[0])
    image.set_sform(affine if codes[1] else None, codes[1])
    nib.save(image, path)
    return by_nibabel(path)


def _mgh(path: Path, affine: np.ndarray) -> KnownScan:
    nib.save(nib.MGHImage(pattern(), affine), path)
    return by_nibabel(path)


def _itk(path: Path, affine: np.ndarray, reader: Callable[[Path], KnownScan] = by_itk) -> KnownScan:
    image = sitk.GetImageFromArray(np.ascontiguousarray(pattern().T))
    axes = LPS_TO_RAS[:, None] * affine[:3, :3]
    image.SetSpacing(np.linalg.norm(axes, axis=0).tolist())
    image.SetDirection((axes / np.linalg.norm(axes, axis=0)).ravel().tolist())
    image.SetOrigin((LPS_TO_RAS * affine[:3, 3]).tolist())
    sitk.WriteImage(image, str(path), path.suffix not in (".mhd", ".nhdr"))
    return reader(path)


_EMPTY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName", "Manufacturer"),
)


def _slices(affine: np.ndarray) -> list[FileDataset]:
    """Slices along the third axis in stored order, columns along the first, as scanners write them."""
    steps = LPS_TO_RAS[:, None] * affine[:3, :3]
    sizes = np.linalg.norm(steps, axis=0)
    uids = {name: generate_uid() for name in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")}
    made = []
    for k in range(SHAPE[2]):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        for keyword, uid in uids.items():
            setattr(dataset, keyword, uid)
        for keyword in _EMPTY:
            setattr(dataset, keyword, "")
        dataset.Modality, dataset.SeriesNumber, dataset.InstanceNumber = "CT", 1, k + 1
        dataset.ImageType, dataset.AcquisitionNumber = ["ORIGINAL", "PRIMARY", "AXIAL"], 1
        dataset.PatientPosition, dataset.SliceThickness = "HFS", _ds(sizes[2])
        dataset.ImagePositionPatient = [_ds(each) for each in LPS_TO_RAS * (affine @ [0, 0, k, 1])[:3]]
        dataset.ImageOrientationPatient = [_ds(each) for each in (steps[:, :2] / sizes[:2]).T.ravel()]
        dataset.PixelSpacing = [_ds(sizes[1]), _ds(sizes[0])]
        dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = SHAPE[1], SHAPE[0], 1
        dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 0
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
        dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 0, 1, "HU"
        dataset.PixelData = pattern()[:, :, k].T.astype("<u2").tobytes()
        made.append(dataset)
    return made


def _ds(number: float) -> str:
    return format_number_as_ds(float(number))


def _dicom(path: Path, affine: np.ndarray) -> KnownScan:
    path.mkdir()
    for number, dataset in enumerate(_slices(affine)):
        dataset.save_as(path / f"{number}.dcm", enforce_file_format=True)
    return by_pydicom(path)


def _enhanced(path: Path, affine: np.ndarray) -> KnownScan:
    path.mkdir()
    made = highdicom.legacy.LegacyConvertedEnhancedCTImage(
        legacy_datasets=_slices(affine), series_instance_uid=generate_uid(), series_number=2,
        sop_instance_uid=generate_uid(), instance_number=1,
    )  # fmt: skip
    made.save_as(path / "all.dcm")
    return by_pydicom(path)


def _analyze(path: Path, affine: np.ndarray) -> KnownScan:
    """It states voxel sizes and an origin; nibabel says where that is."""
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    placed = np.diag([-sizes[0], sizes[1], sizes[2], 1.0])
    nib.save(nib.Spm2AnalyzeImage(pattern(), placed), path)
    path.with_suffix(".mat").unlink()
    header = bytearray(path.read_bytes())
    header[253:259] = np.array([3, 4, 2], np.int16).tobytes()  # SPM's origin, counted from 1
    path.write_bytes(header)
    return by_nibabel(path)


_PHILIPS = Path(nib.__file__).parent / "tests" / "data" / "phantom_EPI_asc_CLEAR_2_1.PAR"
_MIDDLE_SLICE = slice(200, 520)


def _philips(path: Path, affine: np.ndarray) -> KnownScan:
    """A scan of Philips that nibabel brings, tilted by angles that are taken from the affine."""
    angles = " ".join(f"{each:.3f}" for each in affine[:3, :3].sum(axis=1) * 5)
    lines = _PHILIPS.read_text(encoding="latin-1").splitlines()
    turned = [
        line.split(":")[0] + f":   {angles}" if line.startswith(".    Angulation midslice") else line
        for line in lines
    ]
    path.write_text("\n".join(turned) + "\n", encoding="latin-1")
    path.with_suffix(".REC").write_bytes(_PHILIPS.with_suffix(".REC").read_bytes())
    return by_nibabel(path, "#2")


FORMATS: dict[str, Callable[[Path, np.ndarray], KnownScan]] = {
    "a.nii": lambda path, affine: _nifti(path, affine, codes=(1, 1)),
    "sform.nii.gz": lambda path, affine: _nifti(path, affine, codes=(0, 2)),
    "qform.nii.gz": lambda path, affine: _nifti(path, affine, codes=(1, 0)),
    "second.nii": lambda path, affine: _nifti(path, affine, kind=nib.Nifti2Image, codes=(0, 1)),
    "pair.hdr": lambda path, affine: _nifti(path, affine, kind=nib.Nifti1Pair, codes=(1, 1)),
    "second.hdr": lambda path, affine: _nifti(path, affine, kind=nib.Nifti2Pair, codes=(0, 1)),
    "analyze.hdr": _analyze,
    "a.nrrd": _itk,
    "a.nhdr": _itk,
    "a.mha": _itk,
    "a.mhd": _itk,
    "a.mgz": _mgh,
    "a.mgh": _mgh,
    "a.mnc": lambda path, affine: _itk(path, affine, by_nibabel),
    "a.PAR": _philips,
    "dicom": _dicom,
    "enhanced": _enhanced,
}
"""By the name of the file or folder that is opened."""


def grids() -> dict[str, np.ndarray]:
    """(4, 4) float64 affines: the 48 orders and directions of axes, half of them left-handed, each at right
    angles to the patient and turned twice.
    """
    found = {}
    for codes in _axis_codes():
        upright = _upright(codes)
        for name, angles in (("", (0, 0, 0)), (" tilted", (7, -11, 4)), (" steep", (31, 24, -38))):
            affine = upright.copy()
            affine[:3, :3] = _rotation(*angles) @ upright[:3, :3]
            found[codes + name] = affine
    return found


def _axis_codes() -> list[str]:
    from itertools import permutations, product

    return ["".join(codes) for axes in permutations(("RL", "AP", "SI")) for codes in product(*axes)]


def _upright(codes: str) -> np.ndarray:
    affine = np.zeros((4, 4))
    for stored, (world, sign) in enumerate(nib.orientations.axcodes2ornt(codes)):
        affine[int(world), stored] = sign * SPACING_MM[stored]
    affine[:, 3] = (*ORIGIN_MM, 1)
    return affine


def _rotation(*degrees: float) -> np.ndarray:
    made = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees)):
        first, second = (each for each in range(3) if each != axis)
        turn = np.eye(3)
        turn[first, first] = turn[second, second] = np.cos(angle)
        turn[first, second], turn[second, first] = -np.sin(angle), np.sin(angle)
        made = turn @ made
    return made
