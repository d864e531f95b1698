"""Small files that ask for much: each function returns the name and the bytes of an upload."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

import nibabel as nib
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, DeflatedExplicitVRLittleEndian, generate_uid

MEBIBYTE = 2**20
Upload = tuple[str, bytes]


def nifti_header(shape: tuple[int, int, int], dtype: type = np.int16) -> bytes:
    """The 352 bytes before the voxels of a NIfTI-1 file."""
    header = nib.Nifti1Header()
    header.set_data_dtype(dtype)
    header.set_data_shape(shape)
    header.set_zooms((1.0, 1.0, 1.0))
    header.set_sform(np.eye(4), 1)
    header.set_qform(np.eye(4), 1)
    header["magic"], header["vox_offset"] = b"n+1", 352
    return bytes(header.binaryblock) + b"\0" * 4


def nifti_of_zeros(shape: tuple[int, int, int], trailing_bytes: int = 0) -> Upload:
    """A .nii.gz that states and holds zeros, and perhaps more of them after the last voxel."""
    held = io.BytesIO()
    with gzip.GzipFile(fileobj=held, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(nifti_header(shape))
        left = 2 * int(np.prod(shape)) + trailing_bytes
        while left > 0:
            file.write(b"\0" * min(left, 4 * MEBIBYTE))
            left -= 4 * MEBIBYTE
    return "zeros.nii.gz", held.getvalue()


def deflated_dicom(inflated_bytes: int) -> Upload:
    """One slice in the deflated transfer syntax, followed by a private element of zeros."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, generate_uid()
    dataset.SeriesInstanceUID, dataset.Modality = generate_uid(), "CT"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = 4, 4, 1
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.PhotometricInterpretation, dataset.PixelSpacing = "MONOCHROME2", [1, 1]
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    body = io.BytesIO()
    pydicom.dcmwrite(body, dataset, implicit_vr=False, little_endian=True, enforce_file_format=False)
    compressor = zlib.compressobj(9, wbits=-15)
    compressed = compressor.compress(body.getvalue())
    left = inflated_bytes
    while left > 0:  # (0009,1010) UN elements of 512 MiB of zeros each
        length = min(left, 512 * MEBIBYTE)
        compressed += compressor.compress(b"\x09\0\x10\x10UN\0\0" + length.to_bytes(4, "little"))
        for _ in range(length // MEBIBYTE):
            compressed += compressor.compress(b"\0" * MEBIBYTE)
        left -= length
    compressed += compressor.flush()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, dataset.SOPInstanceUID
    meta.TransferSyntaxUID, meta.ImplementationClassUID = DeflatedExplicitVRLittleEndian, generate_uid()
    start = io.BytesIO()
    start.write(b"\0" * 128 + b"DICM")
    pydicom.filewriter.write_file_meta_info(start, meta)
    return "deflated.dcm", start.getvalue() + compressed


def zip_of_zeros(unpacked_bytes: int) -> Upload:
    """A zip of one file of zeros that is no image."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("slice.dcm", "w", force_zip64=True) as member,
    ):
        for _ in range(unpacked_bytes // MEBIBYTE):
            member.write(b"\0" * MEBIBYTE)
    return "zeros.zip", held.getvalue()


def small_scan() -> Upload:
    """A scan that is in order: 32 x 32 x 16 voxels of noise."""
    voxels = np.random.default_rng(0).integers(0, 1000, (32, 32, 16)).astype(np.int16)
    return "small.nii.gz", gzip.compress(nifti_header((32, 32, 16)) + voxels.tobytes(order="F"), mtime=0)
