"""Headers (``.hdr``) with voxels (``.img``) beside them: NIfTI and Analyze 7.5, as nibabel reads them.

Analyze states voxel sizes and no orientation. Like nibabel we take its first axis to run to the left; where
SPM wrote which voxel is the origin, it is, else the grid is centred. SPM's ``.mat`` file is not read.
"""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.spm2analyze import Spm2AnalyzeHeader

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io.formats.nifti import chosen_part, is_compressed, read_voxels
from fewshot_sam.io.formats.nifti_header import grid_of, read_nifti_header
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.parsing.detached import open_beside
from fewshot_sam.io.parsing.inflate import InflatingReader
from fewshot_sam.io.source import SourceImage, check_axes

_ANALYZE_BYTES = 348
_NIFTI_MAGIC = slice(344, 348)
_STATED_CODE = 2  # NIfTI "aligned": SPM says where the origin is, and no more


def read(path: Path, name: str, limits: ReadLimits, wanted: str | None = None) -> SourceImage:
    """Read a pair, or one of the volumes that it holds.

    Args:
        path: the .hdr file; the .img or .img.gz file must be beside it.

    Raises:
        ImageFormatError, GeometryError, SeriesChoiceError: as :func:`fewshot_sam.io.formats.nifti.read`.
    """
    with path.open("rb") as file:
        reader = InflatingReader(file, "gzip" if is_compressed(path) else "raw")
        start = reader.read_up_to(_ANALYZE_BYTES)
    fields: nib.analyze.AnalyzeHeader
    if _is_nifti(start):
        with path.open("rb") as file:
            reader = InflatingReader(file, "gzip" if is_compressed(path) else "raw")
            header = read_nifti_header(reader, path, of_pair=True)
        fields = header.fields
        shape, part = chosen_part(fields, path, wanted)
        grid, kind = grid_of(header, shape, path), "NIfTI"
    else:
        fields = _analyze_header(start, path)
        shape, part = chosen_part(fields, path, wanted)
        grid, kind = _analyze_grid(fields, shape, path), "Analyze"
    voxels = _file_of_voxels(path)
    with open_beside(path, voxels.name) as data:
        reader = InflatingReader(data, "gzip" if is_compressed(voxels) else "raw")
        array = read_voxels(reader, fields, shape, part, voxels, limits)
    metadata = {} if grid.qform_code or grid.sform_code else {"orientation": "unknown"}
    return part.noted(SourceImage(array, grid, name, metadata={**metadata, "format": kind}))


def _is_nifti(start: bytes) -> bool:
    return start[_NIFTI_MAGIC] in (b"ni1\0", b"n+1\0") or start[4:7] in (b"ni2", b"n+2")


def _file_of_voxels(path: Path) -> Path:
    """The file beside a header that holds its voxels."""
    stem, is_upper = path.name.removesuffix(path.suffix), path.suffix.isupper()
    names = [stem + (ending.upper() if is_upper else ending) for ending in (".img", ".img.gz")]
    for name in names:
        if path.with_name(name).is_file() and not path.with_name(name).is_symlink():
            return path.with_name(name)
    raise ImageFormatError(
        f"The voxels of '{path.name}' must be in the file '{names[0]}' beside it, which is not there. Give "
        "both files together, or save the image as one .nii file."
    )


def _analyze_header(start: bytes, path: Path) -> Spm2AnalyzeHeader:
    """The header, its voxel sizes as the file states them, which nibabel would make positive."""
    try:
        if not Spm2AnalyzeHeader.may_contain_header(start):
            raise ValueError("not Analyze")
        fields = Spm2AnalyzeHeader(start)
        fields["pixdim"] = Spm2AnalyzeHeader(start, check=False)["pixdim"]
        return fields
    except Exception as error:  # nibabel raises nearly anything for a damaged header
        raise ImageFormatError(
            f"'{path.name}' is no readable header of NIfTI or Analyze. Check that the file is complete and "
            "not renamed."
        ) from error


def _analyze_grid(fields: Spm2AnalyzeHeader, shape: tuple[int, int, int], path: Path) -> SourceGrid:
    sizes = np.array(fields["pixdim"][1:4], np.float64)
    if not (np.isfinite(sizes).all() and (sizes > 0).all()):
        stated = ", ".join(f"{size:g}" for size in sizes)
        raise GeometryError(
            f"The voxel sizes (pixdim) of '{path.name}' must be positive numbers, got {stated}. "
            "Re-export the image with its voxel size."
        )
    affine = np.array(fields.get_origin_affine(), np.float64)
    check_axes(affine)
    says_origin = bool(np.any(fields["origin"][:3]))
    return SourceGrid(shape, affine, qform_code=0, sform_code=_STATED_CODE if says_origin else 0)
