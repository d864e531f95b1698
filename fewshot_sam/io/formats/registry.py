"""The file formats. A new one is a module (see :mod:`fewshot_sam.io.formats.base`) and a line here.

Nothing but the standard library is imported here: a format's module is loaded when a file of it is
read or written. The reading child is confined before that, and the server reads no file at all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from fewshot_sam.io.formats.base import Format, FormatKind

if TYPE_CHECKING:
    from fewshot_sam.io.formats.base import Archive, FileReader, LayeredReader, SlicesReader, Writer

_HERE = "fewshot_sam.io.formats"
_DICOM = "fewshot_sam.io.dicom.series"
_FILE, _SLICES, _ARCHIVE = FormatKind

FORMATS: dict[str, Format] = {
    "nifti": Format(
        "NIfTI", f"{_HERE}.nifti", _FILE, (".nii", ".nii.gz"), written_suffixes=(".nii", ".nii.gz")
    ),
    "nifti_pair": Format("NIfTI and Analyze pairs", f"{_HERE}.nifti_pair", _FILE, (".hdr",), (".hdr",)),
    "nrrd": Format("NRRD", f"{_HERE}.nrrd", _FILE, (".nrrd", ".nhdr"), (".nhdr",), (".nrrd",), layered=True),
    "metaimage": Format("MetaImage", f"{_HERE}.metaimage", _FILE, (".mha", ".mhd"), (".mhd",), (".mha",)),
    "mgh": Format("MGH", f"{_HERE}.mgh", _FILE, (".mgh", ".mgz", ".mgh.gz")),
    "minc": Format("MINC", f"{_HERE}.minc", _FILE, (".mnc",)),
    "philips": Format("Philips PAR/REC", f"{_HERE}.philips", _FILE, (".par",), (".par",)),
    "dicom": Format(
        "DICOM (folder, files or .zip)", _DICOM, _SLICES, (".dcm",),
        by_content=True, argument="a DICOM folder or zip",
    ),
    "images": Format(
        "PNG, JPEG or TIFF slices", f"{_HERE}.images", _SLICES, (".png", ".jpg", ".jpeg", ".tif", ".tiff"),
        argument="a folder of PNG, JPEG or TIFF slices",
    ),
    "zip": Format("", f"{_HERE}.zip_archive", _ARCHIVE, (".zip",)),
}  # fmt: skip
"""In the order in which files are tried and messages list them; DICOM goes before pictures."""


def of_kind(kind: FormatKind) -> list[Format]:
    """The registered formats of one kind."""
    return [each for each in FORMATS.values() if each.kind is kind]


def of_file(file_name: str) -> Format | None:
    """The format of kind FILE or ARCHIVE that a file's name tells; None where slices may be in it."""
    whole = (each for each in FORMATS.values() if each.kind is not FormatKind.SLICES)
    return next((each for each in whole if file_name.lower().endswith(each.suffixes)), None)


def holds_volume(file_name: str) -> bool:
    """Whether a file of this name is a whole volume, by its ending."""
    found = of_file(file_name)
    return found is not None and found.kind is FormatKind.FILE


def writer_of(file_name: str) -> tuple[Writer, str] | None:
    """The module that writes a file of this name, and the ending it goes by; None where there is none."""
    for each in FORMATS.values():
        for suffix in _longest_first(each.written_suffixes):
            if file_name.lower().endswith(suffix):
                return cast("Writer", import_module(each.module)), suffix
    return None


def file_reader(found: Format) -> FileReader:
    """Load the module of a format of kind FILE."""
    return cast("FileReader", import_module(found.module))


def layered_reader(found: Format) -> LayeredReader:
    """Load the module of a format that is ``layered``."""
    return cast("LayeredReader", import_module(found.module))


def slices_reader(found: Format) -> SlicesReader:
    """Load the module of a format of kind SLICES."""
    return cast("SlicesReader", import_module(found.module))


def archive(found: Format) -> Archive:
    """Load the module of a format of kind ARCHIVE."""
    return cast("Archive", import_module(found.module))


def header_suffixes() -> tuple[str, ...]:
    """Endings of headers whose voxels are in a file beside them."""
    return tuple(suffix for each in FORMATS.values() for suffix in each.header_suffixes)


def written_suffixes() -> tuple[str, ...]:
    """Endings of the files that label maps can be written to."""
    return tuple(suffix for each in FORMATS.values() for suffix in each.written_suffixes)


def stem(file_name: str) -> str:
    """A file's name without the ending of any registered format; "volume" where nothing is left."""
    suffixes = [suffix for each in FORMATS.values() for suffix in each.suffixes]
    for suffix in _longest_first(suffixes):
        if file_name.lower().endswith(suffix):
            return file_name[: -len(suffix)] or "volume"
    return file_name or "volume"


def readable_kinds() -> str:
    """What can be read, as error messages say it."""
    titles = [each.title_with_suffixes for each in FORMATS.values() if each.title]
    return f"{', '.join(titles[:-1])}, or {titles[-1]}"


def image_argument() -> str:
    """What can be read, as the command line's help says it."""
    suffixes = [suffix for each in of_kind(FormatKind.FILE) for suffix in each.suffixes]
    files = f"{', '.join(suffixes[:-1])} or {suffixes[-1]} file"
    others = [each.argument for each in FORMATS.values() if each.argument]
    return f"{', '.join([files, *others[:-1]])}, or {others[-1]}"


def _longest_first(suffixes: tuple[str, ...] | list[str]) -> list[str]:
    return sorted(suffixes, key=len, reverse=True)
