"""Write results of a volume on the grid its file was stored on."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.formats.registry import writer_of, written_suffixes
from fewshot_sam.io.halving import on_full_grid
from fewshot_sam.io.label_types import smallest

_NIFTI = (".nii", ".nii.gz")


def save_volume(volume: Volume, path: str | Path) -> None:
    """Write a volume's voxels with the grid, NIfTI codes and units of its source, in the type they have.

    Args:
        path: as for :func:`save_label_map`.

    Raises:
        ImageFormatError: a file name of another kind.
    """
    _save(volume.voxels, volume, Path(path))


def save_label_map(
    label_map: np.ndarray,
    volume: Volume,
    path: str | Path,
    dtype: np.dtype | None = None,
    compressed: bool = True,
) -> None:
    """Write a canonical label map with the grid, NIfTI codes and units of the volume's source.

    Args:
        label_map: (X, Y, Z) on the volume's canonical grid, integers from 0 to 65535.
        volume: the volume that was labelled.
        path: ends in one of :func:`fewshot_sam.io.formats.registry.written_suffixes`: ``.nii``,
            ``.nii.gz``, ``.nrrd`` or ``.mha``; an existing file is replaced whole.
        dtype: of the file's voxels, an integer type; None for uint8, or uint16 where a label's code needs it.
        compressed: the voxels of NRRD and MetaImage; those of NIfTI are as the name says.

    Raises:
        ImageFormatError: not integers of that range, or of the dtype's, or a file name of another kind.
        GeometryError: the array has another shape than the volume.
    """
    codes = smallest(label_map)
    if dtype is not None and (highest := int(codes.max())) > np.iinfo(dtype).max:
        raise ImageFormatError(f"A label map of {dtype} must hold integers up to its largest, got {highest}.")
    _save(codes if dtype is None else codes.astype(dtype, copy=False), volume, Path(path), compressed)


def stored_label_map(label_map: np.ndarray, volume: Volume) -> np.ndarray:
    """A canonical label map on the grid of the volume's source, in the smallest type that holds it.

    Args:
        label_map: (X, Y, Z) integers from 0 to 65535.

    Returns:
        (I, J, K) uint8, or uint16 where a label's code needs it, on ``volume.source.of_file``.

    Raises:
        ImageFormatError: not integers of that range.
        GeometryError: the array has another shape than the volume.
    """
    return on_full_grid(volume.source.from_canonical(smallest(label_map)), volume.source)


def save_scalar_map(scalar_map: np.ndarray, volume: Volume, path: str | Path) -> None:
    """Write a map of real numbers, such as a probability, as float32.

    Args:
        scalar_map: (X, Y, Z) on the volume's canonical grid, of any real dtype.
        volume: the volume it belongs to.
        path: as for :func:`save_label_map`.

    Raises:
        ImageFormatError: a file name of another kind.
        GeometryError: the array has another shape than the volume.
    """
    _save(scalar_map.astype(np.float32), volume, Path(path))


def save_probabilities(probabilities: Mapping[int, np.ndarray], volume: Volume, path: str | Path) -> None:
    """Write canonical maps of several labels as one 4D float32 NIfTI on the source grid.

    The last axis runs over the labels by ascending code; a comment extension of the header holds
    ``{"codes": [...]}`` in that order.

    Args:
        probabilities: code to (X, Y, Z) floats in 0..1, in any real dtype.
        volume: the volume they belong to.
        path: ``.nii`` or ``.nii.gz``.

    Raises:
        GeometryError: a map has another shape than the volume.
    """
    from fewshot_sam.io.formats.nifti import write_with_comment  # imports nibabel

    codes = sorted(probabilities)
    maps = [volume.source.from_canonical(probabilities[code]) for code in codes]
    stored = on_full_grid(np.stack(maps, axis=-1).astype(np.float32), volume.source)
    write_with_comment(stored, volume.source.of_file, Path(path), json.dumps({"codes": codes}))


def _save(array: np.ndarray, volume: Volume, path: Path, compressed: bool = True) -> None:
    found = writer_of(path.name)
    if found is None:
        raise ImageFormatError(
            f"The output's name must end in one of {', '.join(written_suffixes())}, got '{path.name}'."
        )
    writer, suffix = found
    stored = on_full_grid(volume.source.from_canonical(array), volume.source)
    with replaced_whole(path, suffix) as part:
        if compressed or suffix in _NIFTI:
            writer.write(stored, volume.source.of_file, part)
            return
        from fewshot_sam.io.itk import write_itk  # SimpleITK takes a second to import

        write_itk(stored, volume.source.of_file, part, compressed=False)


@contextmanager
def replaced_whole(path: Path, suffix: str = "") -> Iterator[Path]:
    """A path to write to, which becomes ``path`` at the end: readers and a crash never see half a file.

    Args:
        suffix: how its name ends, for writers that go by that.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fewshot-sam-") as folder:
        part = Path(folder) / f"part{suffix}"
        yield part
        os.replace(part, path)  # noqa: PTH105 - keeps the name 'replace' in tracebacks of full disks
