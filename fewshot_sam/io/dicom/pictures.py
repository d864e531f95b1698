"""DICOM files that are pictures: projections (X-rays), ultrasound, photographs; grey or in colour."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from fewshot_sam.errors import ImageFormatError, UserError
from fewshot_sam.io.dicom.file import damaged, pixel_bytes, read_whole
from fewshot_sam.io.dicom.frames import DicomFile, DicomFrame
from fewshot_sam.io.dicom.kinds import modality_of
from fewshot_sam.io.dicom.pixels import apply_modality_transform, decode
from fewshot_sam.io.dicom.series import find_dicom
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.natural_order import natural_key

PICTURE_MODALITIES = frozenset(
    {"CR", "DX", "RG", "RF", "XA", "MG", "IO", "PX", "BMD", "US", "IVUS", "ES", "XC", "GM", "SM", "OP", "OPT"}
)
"""Modalities (PS3.3 C.7.3.1.1.1) whose files are pictures, not slices of a body."""
_COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


def find_pictures(files: Sequence[Path], limits: ReadLimits, *, certain: bool) -> list[DicomFile] | None:
    """The DICOM images among the files; None where one of them is a slice of a body by its modality.

    Args:
        certain: all are pictures, whatever their modality.
    """
    found = []
    for path in files:  # one by one: the first slice of a scan settles it
        for file in find_dicom([path], limits)[0]:
            if not certain and modality_of(file.header) not in PICTURE_MODALITIES:
                return None
            found.append(file)
    return found


def read_dicom_pictures(
    found: Sequence[DicomFile], limits: ReadLimits, admit: Callable[[tuple[int, ...], int, Path], None]
) -> Iterator[tuple[Path, np.ndarray, tuple[float, float] | None]]:
    """The frames of DICOM images, in the natural order of their paths.

    Args:
        admit: told (columns, rows), the number of frames and the file before any of it is decoded.

    Returns:
        Of each frame its file, (rows, columns) of any dtype or (rows, columns, 3) uint8 in RGB, and the
        (row, column) size of a pixel in mm.

    Raises:
        ImageFormatError: a file is damaged, or in colours that are not read.
    """
    for file in sorted(found, key=lambda file: natural_key(str(file.path))):
        header = file.header
        admit((int(header.Columns), int(header.Rows)), file.frame_count, file.path)
        pixel_mm = _pixel_mm(header)
        for image in _images(file, limits):
            yield file.path, image, pixel_mm


def _images(file: DicomFile, limits: ReadLimits) -> Iterator[np.ndarray]:
    if int(file.header.get("SamplesPerPixel", 1) or 1) > 1:
        yield from _in_colour(file, limits)
        return
    shown = str(file.header.get("PhotometricInterpretation", "") or "MONOCHROME2")
    if not shown.startswith("MONOCHROME"):
        raise _not_read(file, shown)
    for index, stored in enumerate(decode(file, limits)):
        image = apply_modality_transform(stored, DicomFrame(file, index))
        if shown == "MONOCHROME1":  # its lowest value is white
            image = image.max() - image + image.min()
        yield image


def _in_colour(file: DicomFile, limits: ReadLimits) -> Iterator[np.ndarray]:
    header = file.header
    shown, samples = str(header.get("PhotometricInterpretation", "")), int(header.SamplesPerPixel)
    if shown not in _COLOURS or samples != 3 or int(header.get("BitsAllocated", 8)) != 8:
        raise _not_read(file, shown or "several samples a pixel")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = read_whole(file.path, limits, samples * pixel_bytes(header))
            pixels = dataset.pixel_array  # pydicom turns it to RGB
    except (UserError, MemoryError):
        raise
    except Exception as error:
        raise damaged(file.path) from error
    shape = (file.frame_count, int(header.Rows), int(header.Columns), 3)
    if pixels.size != np.prod(shape) or pixels.dtype != np.uint8:
        raise damaged(file.path)
    yield from pixels.reshape(shape)


def _not_read(file: DicomFile, what: str) -> ImageFormatError:
    return ImageFormatError(
        f"'{file.path.name}' stores its pixels as {what}, which this program does not read. Export it as "
        "greyscale, RGB or PNG."
    )


def _pixel_mm(header: Dataset) -> tuple[float, float] | None:
    """(row, column) size of a pixel, in the patient, else on the detector; None if not stated."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        stated = header.get(keyword)
        try:
            rows, columns = (float(number) for number in stated)
        except (TypeError, ValueError):
            continue
        if all(0.0 < number < 1000.0 for number in (rows, columns)):
            return rows, columns
    return None
