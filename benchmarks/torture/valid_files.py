"""Small valid files of every format that can be opened, to be mutated."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    EnhancedCTImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from benchmarks.attacks.inputs import nifti_header

Files = dict[str, bytes]  # a file alone, or slices and headers that belong together
_SAMPLES = Path(nib.__file__).parent / "tests" / "data"
"""Small files that nibabel installs."""
SHAPE = (40, 36, 5)  # X, Y, Z; JPEG 2000 needs 32


def all_files() -> dict[str, Files]:
    """Kind to the files of one upload; each is opened without an error as it is."""
    made: dict[str, Callable[[], Files]] = {
        "nii": lambda: {"a.nii": _nifti()},
        "nii.gz": lambda: {"a.nii.gz": gzip.compress(_nifti(), mtime=0)},
        "nrrd": lambda: {"a.nrrd": _nrrd("raw")},
        "nrrd gzip": lambda: {"a.nrrd": _nrrd("gzip")},
        "nrrd text": lambda: {"a.nrrd": _nrrd("ascii")},
        "mha": lambda: {"a.mha": _metaimage(compressed=False)},
        "mha zlib": lambda: {"a.mha": _metaimage(compressed=True)},
        "dicom explicit": lambda: _dicom(ExplicitVRLittleEndian),
        "dicom implicit": lambda: _dicom(ImplicitVRLittleEndian),
        "dicom big endian": lambda: _dicom(ExplicitVRBigEndian),
        "dicom deflated": lambda: _dicom(DeflatedExplicitVRLittleEndian),
        "dicom rle": lambda: _dicom(RLELossless),
        "dicom jpeg": lambda: _dicom(JPEGBaseline8Bit),
        "dicom jpeg 2000": lambda: _dicom(JPEG2000Lossless),
        "dicom enhanced": _enhanced,
        "dicom zip": lambda: {"a.zip": _zipped(_dicom(ExplicitVRLittleEndian))},
        "nii pair": lambda: {
            "a.hdr": _nifti().replace(b"n+1\0", b"ni1\0")[:348],
            "a.img": bytes(352) + _pixels(),
        },
        "analyze": lambda: {
            "a.hdr": _nifti().replace(b"n+1\0", bytes(4))[:348],
            "a.img": bytes(352) + _pixels(),
        },
        "mgz": lambda: {"a.mgz": gzip.compress(nib.MGHImage(_voxels(), np.eye(4)).to_bytes(), mtime=0)},
        "minc 1": lambda: {"a.mnc": (_SAMPLES / "tiny.mnc").read_bytes()},
        "minc 2": lambda: {"a.mnc": (_SAMPLES / "minc2_1_scale.mnc").read_bytes()},
        "par": _philips,
        "png": lambda: _pictures("png"),
        "jpeg": lambda: _pictures("jpg"),
        "tiff": lambda: _pictures("tif"),
        "tiff stack": lambda: {"a.tif": _tiff_stack()},
        "png zip": lambda: {"a.zip": _zipped(_pictures("png"))},
    }
    return {kind: make() for kind, make in made.items()}


def _voxels() -> np.ndarray:
    """(X, Y, Z) int16, the same every time."""
    return np.random.default_rng(1).integers(0, 200, SHAPE).astype(np.int16)


def _nifti() -> bytes:
    return nifti_header(SHAPE) + _voxels().tobytes(order="F")


def _pixels() -> bytes:
    return _voxels().tobytes(order="F")


def _philips() -> Files:
    """The first of the three dynamics of a scan that nibabel brings."""
    name, slices = "phantom_EPI_asc_CLEAR_2_1", 9
    lines = (_SAMPLES / f"{name}.PAR").read_text(encoding="latin-1").splitlines()
    images = [line for line in lines if line and line[0] not in "#."]
    kept = [
        line[:-1] + "1" if "number of dynamics" in line else line
        for line in lines
        if line not in images[slices:]
    ]
    voxels = (_SAMPLES / f"{name}.REC").read_bytes()[: slices * 64 * 64 * 2]
    return {"a.PAR": "\n".join(kept).encode("latin-1"), "a.REC": voxels}


def _nrrd(encoding: str) -> bytes:
    header = (
        "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\n"
        f"sizes: {' '.join(map(str, SHAPE))}\nspace directions: (1,0,0) (0,1,0) (0,0,2)\n"
        f"endian: little\nencoding: {encoding}\nspace origin: (0,0,0)\n\n"
    )
    data = _voxels().tobytes(order="F")
    if encoding == "gzip":
        data = gzip.compress(data, mtime=0)
    if encoding == "ascii":
        data = "\n".join(map(str, _voxels().ravel(order="F"))).encode()
    return header.encode() + data


def _metaimage(compressed: bool) -> bytes:
    data = _voxels().tobytes(order="F")
    payload = zlib.compress(data) if compressed else data
    size = f"CompressedDataSize = {len(payload)}\n" if compressed else ""
    return (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        f"CompressedData = {compressed}\n{size}TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n"
        f"ElementSpacing = 1 1 2\nDimSize = {' '.join(map(str, SHAPE))}\nElementType = MET_SHORT\n"
        "ElementDataFile = LOCAL\n"
    ).encode() + payload


def _slice(syntax: pydicom.uid.UID, number: int) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = syntax, CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"1.2.3.{number + 1}"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, f"1.2.3.{number + 1}"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.4"
    dataset.Modality, dataset.PatientName, dataset.SeriesDescription = "CT", "DOE^JOHN", "Abdomen"
    dataset.InstanceNumber, dataset.PixelSpacing = number + 1, [1, 1]
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 2 * number], [1, 0, 0, 0, 1, 0]
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.Columns, dataset.Rows, dataset.SamplesPerPixel = SHAPE[0], SHAPE[1], 1
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 0
    return dataset


def _set_pixels(dataset: FileDataset, syntax: pydicom.uid.UID, pixels: np.ndarray) -> None:
    """Put (rows, columns) cells into a slice, encoded as its transfer syntax says."""
    bits = 8 if syntax == JPEGBaseline8Bit else 16
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
    if syntax == JPEGBaseline8Bit:
        encoded = io.BytesIO()
        Image.fromarray(pixels.astype(np.uint8)).save(encoded, "JPEG", quality=95)
        dataset.PixelData = encapsulate([encoded.getvalue()])
    elif syntax in (RLELossless, JPEG2000Lossless):
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.PixelData = pixels.astype("<u2").tobytes()
        dataset.compress(syntax, generate_instance_uid=False)
    else:
        order = ">u2" if syntax == ExplicitVRBigEndian else "<u2"
        dataset.PixelData = pixels.astype(order).tobytes()
        dataset["PixelData"].VR = "OW"


def _written(dataset: FileDataset) -> bytes:
    file = io.BytesIO()
    pydicom.dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def _dicom(syntax: pydicom.uid.UID) -> Files:
    made = {}
    for number in range(3):
        dataset = _slice(syntax, number)
        _set_pixels(dataset, syntax, _voxels()[:, :, number].T)
        made[f"{number}.dcm"] = _written(dataset)
    return made


def _enhanced() -> Files:
    dataset = _slice(ExplicitVRLittleEndian, 0)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = EnhancedCTImageStorage
    dataset.NumberOfFrames = SHAPE[2]
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(dataset, name)
    shared, frames = pydicom.Dataset(), []
    shared.PixelMeasuresSequence = [pydicom.Dataset()]
    shared.PixelMeasuresSequence[0].PixelSpacing = [1, 1]
    shared.PixelMeasuresSequence[0].SliceThickness = 2
    shared.PlaneOrientationSequence = [pydicom.Dataset()]
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    for number in range(SHAPE[2]):
        frame = pydicom.Dataset()
        frame.PlanePositionSequence = [pydicom.Dataset()]
        frame.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 2 * number]
        frames.append(frame)
    dataset.SharedFunctionalGroupsSequence, dataset.PerFrameFunctionalGroupsSequence = [shared], frames
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelData = np.ascontiguousarray(_voxels().transpose(2, 1, 0)).astype("<u2").tobytes()
    return {"a.dcm": _written(dataset)}


def _pictures(ending: str) -> Files:
    made = {}
    for number in range(3):
        file = io.BytesIO()
        kind = {"png": "PNG", "jpg": "JPEG", "tif": "TIFF"}[ending]
        options = {"compression": "tiff_lzw"} if ending == "tif" and number == 1 else {}
        Image.fromarray(_voxels()[:, :, number].T.astype(np.uint8)).save(file, kind, **options)
        made[f"{number}.{ending}"] = file.getvalue()
    return made


def _tiff_stack() -> bytes:
    file = io.BytesIO()
    pages = [Image.fromarray(_voxels()[:, :, number].T.astype(np.uint8)) for number in range(SHAPE[2])]
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_deflate")
    return file.getvalue()


def _zipped(files: Files) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()
