"""Find out what kind of file or folder a path is, and read it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError, UserError
from fewshot_sam.io.archive import unpack_zip
from fewshot_sam.io.dicom.series import find_dicom, read_series
from fewshot_sam.io.formats.images import IMAGE_ENDINGS, read_image_stack
from fewshot_sam.io.formats.metaimage import read_metaimage
from fewshot_sam.io.formats.nifti import read_nifti
from fewshot_sam.io.formats.nrrd import read_nrrd
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.source import SourceImage

_NIFTI_ENDINGS = (".nii", ".nii.gz")
_NRRD_ENDINGS = (".nrrd", ".nhdr")
_METAIMAGE_ENDINGS = (".mha", ".mhd")
KINDS = (
    "NIfTI (.nii, .nii.gz), NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd), DICOM (folder, files or .zip), "
    "or PNG, JPEG or TIFF slices"
)


def load_volume(
    path: str | Path | Sequence[str | Path],
    *,
    series_uid: str | None = None,
    limits: ReadLimits | None = None,
) -> Volume:
    """Read a scalar 3D image as a volume on its canonical grid.

    Args:
        path: a file, a folder (DICOM or PNG, JPEG, TIFF slices; subfolders included), a zip of
            such a folder, or a list of the files.
        series_uid: which series to take where DICOM files hold several.
        limits: on voxels, slices and unpacked bytes; None: the defaults of :class:`ReadLimits`.

    Raises:
        ImageFormatError: the files are damaged, of no kind this program reads, or beyond ``limits``.
        GeometryError: position, orientation or voxel size cannot be used.
        SeriesChoiceError: several DICOM series and none named.
    """
    return read_source(path, series_uid=series_uid, limits=limits).to_volume()


def read_source(
    path: str | Path | Sequence[str | Path],
    *,
    series_uid: str | None = None,
    limits: ReadLimits | None = None,
) -> SourceImage:
    """Like :func:`load_volume`, but on the stored grid and with the stored type."""
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(item) for item in path]
    if not paths:
        raise ImageFormatError(f"There is no file to read. Choose {KINDS}.")
    for item in paths:
        if not item.exists():
            raise ImageFormatError(f"'{item}' does not exist. Check the path.")
    try:
        return _read_paths(paths, series_uid, limits or ReadLimits())
    except (UserError, MemoryError):
        raise
    except Exception as error:  # damaged headers make the libraries raise nearly anything
        raise ImageFormatError(
            f"'{paths[0].name}' is damaged: its header holds impossible values. Export or download it again."
        ) from error


def _read_paths(paths: list[Path], series_uid: str | None, limits: ReadLimits) -> SourceImage:
    header = _single_file(paths)
    if header is None:
        return _read_many(paths, _stem(paths[0]) if len(paths) == 1 else "series", series_uid, limits)
    return _read_file(header, series_uid, limits)


def _single_file(paths: list[Path]) -> Path | None:
    """The file to read if ``paths`` is one file, or a detached header with its data files."""
    if len(paths) == 1:
        return None if paths[0].is_dir() else paths[0]
    headers = [path for path in paths if path.name.lower().endswith((".nhdr", ".mhd"))]
    volumes = [
        path for path in paths if path.name.lower().endswith((*_NIFTI_ENDINGS, ".nrrd", ".mha", ".zip"))
    ]
    if len(headers) + len(volumes) > 1 or volumes:
        raise ImageFormatError(
            f"One volume must be opened at a time, got {len(paths)} files with "
            f"'{(headers + volumes)[0].name}'. Open the files one by one."
        )
    return headers[0] if headers else None


def _read_file(path: Path, series_uid: str | None, limits: ReadLimits) -> SourceImage:
    file_name = path.name.lower()
    if file_name.endswith(_NIFTI_ENDINGS):
        return read_nifti(path, _stem(path), limits)
    if file_name.endswith(_NRRD_ENDINGS):
        return read_nrrd(path, _stem(path), limits)
    if file_name.endswith(_METAIMAGE_ENDINGS):
        return read_metaimage(path, _stem(path), limits)
    if file_name.endswith(".zip"):
        with tempfile.TemporaryDirectory(prefix="fewshot-sam-zip-") as folder:
            unpack_zip(path, Path(folder), limits)
            return _read_many([Path(folder)], _stem(path), series_uid, limits)
    return _read_many([path], _stem(path), series_uid, limits)


def _read_many(paths: list[Path], name: str, series_uid: str | None, limits: ReadLimits) -> SourceImage:
    files = [file for path in paths for file in (_files_below(path) if path.is_dir() else [path])]
    dicom = find_dicom(files, limits)
    if dicom:
        return read_series(dicom, name, limits, series_uid)
    images = [file for file in files if file.suffix.lower() in IMAGE_ENDINGS]
    if images:
        return read_image_stack(images, name, limits)
    what = f"'{paths[0].name}' is" if len(paths) == 1 and not paths[0].is_dir() else f"'{name}' holds"
    raise ImageFormatError(f"{what} no image this program reads. Choose {KINDS}.")


def _files_below(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".") and "__MACOSX" not in path.parts
    )


def _stem(path: Path) -> str:
    name = path.resolve().name
    for ending in (".nii.gz", *_NRRD_ENDINGS, *_METAIMAGE_ENDINGS, ".nii", ".zip", *IMAGE_ENDINGS, ".dcm"):
        if name.lower().endswith(ending):
            return name[: -len(ending)] or "volume"
    return name or "volume"
