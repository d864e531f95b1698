"""What a training set is made of, and what makes one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.label_types import smallest


@dataclass(frozen=True, eq=False)
class Case:
    """A scan of a training set.

    Attributes:
        name: ASCII letters and digits; no other case of the set has it. It names nobody.
        volume: the scan.
        codes: its label map, canonical (X, Y, Z) unsigned integers; None where it is not labelled (yet).
        file_name: what its file was called, which may tell what kind of image it is. It is not written.
    """

    name: str
    volume: Volume
    codes: np.ndarray | None
    file_name: str = ""


@dataclass(frozen=True)
class SetFile:
    """A file of a training set.

    Attributes:
        name: its path in the set, with "/" between folders.
        write: writes it to a path, whose name ends as ``name`` does.
    """

    name: str
    write: Callable[[Path], None]


class TrainingSet(Protocol):
    """A layout of files, filled a case at a time, so that many large scans take the memory of one."""

    def __init__(self, title: str, labels: Mapping[int, LabelName]) -> None:
        """Begin a set.

        Args:
            title: what people call it.
            labels: of all codes that its cases hold.
        """

    def add(self, case: Case) -> Iterator[SetFile]:
        """The files of one more case.

        Raises:
            ImageFormatError: it holds a code that has no label.
        """

    def close(self) -> Iterator[SetFile]:
        """The files that describe the whole set."""


def text_file(name: str, text: str) -> SetFile:
    """A file of UTF-8 text, with the line ends that it has."""
    return SetFile(name, lambda path: _write(path, text.encode()))


def json_file(name: str, content: Mapping[str, Any]) -> SetFile:
    """A file of JSON."""
    return text_file(name, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def image_file(name: str, volume: Volume) -> SetFile:
    """A scan as NIfTI on the grid of its file: int16 where that is exact, else float32; a CT in HU.

    One that was opened at half resolution stays so: what it had between its voxels is not known here.
    """

    def write(path: Path) -> None:
        from fewshot_sam.io.formats import nifti  # imports nibabel

        offset = volume.hounsfield_offset if volume.modality == "CT" else 0
        voxels = volume.voxels - volume.voxels.dtype.type(offset) if offset else volume.voxels
        nifti.write(volume.source.from_canonical(voxels), volume.source, path)

    return SetFile(name, write)


def labels_file(name: str, codes: np.ndarray, volume: Volume) -> SetFile:
    """A label map as NIfTI on the very grid of its scan's :func:`image_file`.

    Args:
        codes: canonical (X, Y, Z) unsigned integers.
    """

    def write(path: Path) -> None:
        from fewshot_sam.io.formats import nifti

        nifti.write(volume.source.from_canonical(smallest(codes)), volume.source, path)

    return SetFile(name, write)


def require_scan(volume: Volume) -> None:
    """Raise ImageFormatError for a stack of unrelated pictures."""
    if volume.pictures:
        raise ImageFormatError(
            "A training set in this layout is of scans, and these are unrelated pictures. Take their masks "
            "as PNG or COCO."
        )


def require_names(codes: np.ndarray, labels: Mapping[int, LabelName]) -> None:
    """Raise ImageFormatError where a code of a label map, (X, Y, Z) unsigned integers, has no label."""
    nameless = sorted({int(code) for code in np.unique(codes)} - {0, *labels})
    if nameless:
        raise ImageFormatError(f"Each code of the mask must have a name, but {nameless[0]} has none.")


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
