"""Read files from outside in a confined child; what it wrote is streamed, never loaded whole.

Threads: every call starts a child of its own, and nothing is shared between calls. How many may run
at once is up to the caller (a server has few, see backend/services/reader_pool.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.errors import ImageFormatError, UserError
from fewshot_sam.io.sandbox import protocol
from fewshot_sam.io.sandbox.answers import (
    ChildAnswer,
    LabelsAnswer,
    ReadVolumeAnswer,
    open_array,
    read_answer,
)
from fewshot_sam.io.sandbox.confinement import Confinement
from fewshot_sam.io.sandbox.limits import ChildLimits
from fewshot_sam.io.sandbox.private_folder import InvalidAnswerError, private_folder
from fewshot_sam.io.sandbox.process import run_child

BLOCK_BYTES = 4 * 2**20

Paths = str | Path | Sequence[str | Path]


@dataclass(frozen=True, eq=False)
class VolumeFile:
    """A volume that a child has read, its voxels in a file.

    Attributes:
        volume: its voxels are a read-only memory map, (X, Y, Z) in Fortran order; touching them all
            makes this process as large as they are, :meth:`blocks` does not.
        presets: windows that suit it, the default first; see :func:`fewshot_sam.data.windowing.presets`.
    """

    volume: Volume
    presets: dict[str, Window]
    _file: BinaryIO = field(repr=False)
    _offset: int = 0

    def blocks(self) -> Iterator[np.ndarray]:
        """The voxels in parts of a few megabytes.

        Returns:
            (N,) int16 or float32 arrays, together the volume, X fastest; each is valid until the next.

        Raises:
            ImageFormatError: a voxel is NaN or infinite, which breaks the protocol.
        """
        dtype = self.volume.voxels.dtype
        for block in _blocks(self._file, self._offset, dtype, self.volume.voxels.size):
            if dtype.kind == "f" and not np.isfinite(block).all():
                raise _invalid("a voxel is not a finite number")
            yield block


@dataclass(frozen=True, eq=False)
class LabelSlices:
    """The slices of a label map that hold a label, in a file.

    Attributes:
        plane: the plane of the slices.
        indices: canonical slice indices, ascending.
        shape: (A, B) of a slice in canonical axis order, see :func:`fewshot_sam.data.planes.take_slice`.
        names: of the codes, as far as the files say.
        notes: what was read otherwise than it stands in the files; empty if nothing.
        provenance: see :class:`fewshot_sam.io.labels.LabelMap`.
    """

    plane: Plane
    indices: tuple[int, ...]
    shape: tuple[int, int]
    names: dict[int, LabelName]
    notes: str
    _file: BinaryIO = field(repr=False)
    _offset: int = 0
    provenance: str = ""

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Each index with its (A, B) uint16 codes, valid until the next."""
        size = self.shape[0] * self.shape[1]
        for number, index in enumerate(self.indices):
            start = self._offset + number * size * 2
            (block,) = _blocks(self._file, start, np.dtype("<u2"), size, size)
            yield index, block.reshape(self.shape)

    def codes(self) -> tuple[int, ...]:
        """The label codes on any slice, ascending, without background."""
        found: set[int] = set()
        for _, codes in self:
            found.update(np.unique(codes).tolist())
        return tuple(sorted(found - {0}))


@contextmanager
def read_volume(
    paths: Paths,
    *,
    series_uid: str | None = None,
    resample: bool = False,
    limits: ChildLimits | None = None,
    temporary_folder: Path | None = None,
) -> Iterator[VolumeFile]:
    """Read a volume in a child; its files are there as long as the context is open.

    Args:
        paths, series_uid, resample: as for :func:`fewshot_sam.io.load_volume`. The child can read these and
            no other files; of a single .nhdr or .mhd also the files beside it.
        temporary_folder: where the child's private folder is made; default the system's.

    Raises:
        UserError: the same errors, with the same text, as reading in this process; and
            ImageFormatError if the child ran out of time, memory or disk, crashed, or its
            answer breaks the protocol.
        OSError: the disk is full, or nearly so.
    """
    request = {"task": "volume", "series_uid": series_uid, "resample": resample}
    with _answer_of_child(paths, request, limits, temporary_folder) as (folder, answer, allowed):
        if answer.volume is None:
            raise _invalid("it holds no volume")
        try:
            read = _volume_file(folder, answer.volume, allowed)
        except (InvalidAnswerError, UserError) as error:
            raise _invalid(str(error)) from error
        with read._file:
            yield read


@contextmanager
def read_label_slices(
    paths: Paths,
    grid: SourceGrid,
    plane: Plane | None,
    *,
    default_plane: Plane = Plane.AXIAL,
    limits: ChildLimits | None = None,
    temporary_folder: Path | None = None,
) -> Iterator[LabelSlices]:
    """Read the painted slices of a label map on a volume's grid in a child.

    Args:
        paths: the label map and files with its labels' names, see
            :func:`fewshot_sam.io.labels.read_label_map`.
        grid: the source grid of the volume that the label map belongs to.
        plane: the plane whose slices are wanted, all that hold a label; None for the one that was painted.
        default_plane: taken where the paint says nothing of a plane.

    Raises:
        PlaneChoiceError: no plane is named, and the paint fits several.
        UserError: as :func:`fewshot_sam.io.load_label_map`, and as :func:`read_volume`.
    """
    request = {
        "task": "labels",
        "grid": grid.to_dict(),
        "plane": plane and plane.value,
        "default_plane": default_plane.value,
    }
    with _answer_of_child(paths, request, limits, temporary_folder) as (folder, answer, _):
        if answer.labels is None:
            raise _invalid("it holds no slices")
        try:
            read = _label_slices(folder, answer.labels, grid, plane)
        except InvalidAnswerError as error:
            raise _invalid(str(error)) from error
        with read._file:
            yield read


def load_volume_isolated(
    paths: Paths,
    *,
    series_uid: str | None = None,
    timeout_s: float = 300,
    memory_limit_mb: int | None = None,
) -> Volume:
    """Like :func:`fewshot_sam.io.load_volume`, parsed in a confined child process with limits.

    Args:
        paths, series_uid: as for :func:`fewshot_sam.io.load_volume`.
        timeout_s: wall-clock seconds after which the child is ended.
        memory_limit_mb: address space of the child (POSIX; elsewhere only the time is limited);
            default a third of the machine's memory, at most 8000.

    Raises:
        UserError: see :func:`read_volume`.
    """
    limits = ChildLimits(timeout_s) if memory_limit_mb is None else ChildLimits(timeout_s, memory_limit_mb)
    with read_volume(paths, series_uid=series_uid, limits=limits) as read:
        mapped = read.volume
        voxels = np.empty(mapped.shape, mapped.voxels.dtype, order="F")
        flat, start = voxels.reshape(-1, order="F"), 0
        for block in read.blocks():
            flat[start : start + block.size] = block
            start += block.size
    voxels.setflags(write=False)
    return Volume(
        voxels, mapped.source, mapped.modality, mapped.name, mapped.acquisition_plane, mapped.metadata
    )


def check_confinement(temporary_folder: Path | None = None) -> Confinement:
    """Start a child that tries to escape; what is in force on this machine.

    Raises:
        ImageFormatError: the child cannot run.
    """
    with private_folder(temporary_folder) as outside:
        canary = outside / "canary"
        canary.write_text("not to be read", encoding="ascii")
        request = {"task": "probe", "canary": str(canary)}
        with _answer_of_child([], request, None, outside) as (_, answer, _):
            if answer.probe is None:
                raise _invalid("it holds no probe")
            stated = answer.in_force
            return Confinement(
                landlock=0 if answer.probe.file else stated.landlock,
                seccomp=stated.seccomp and not answer.probe.socket,
            )


@contextmanager
def _answer_of_child(
    paths: Paths, request: dict[str, Any], limits: ChildLimits | None, temporary_folder: Path | None
) -> Iterator[tuple[Path, ChildAnswer, ChildLimits]]:
    listed = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    allowed = limits or ChildLimits()
    with private_folder(temporary_folder) as folder:
        run_child(folder, [path.absolute() for path in listed], request, allowed)
        try:
            answer = read_answer(folder)
        except InvalidAnswerError as error:
            raise _invalid(str(error)) from error
        yield folder, answer, allowed


def _volume_file(folder: Path, described: ReadVolumeAnswer, limits: ChildLimits) -> VolumeFile:
    source, dtype = described.source.grid(), np.dtype(described.dtype).newbyteorder("<")
    shape = source.canonical_shape
    if not np.isfinite(source.canonical_affine).all():
        raise InvalidAnswerError("its affine is not finite")
    if np.prod(shape, dtype=object) * dtype.itemsize > limits.memory_bytes:
        raise InvalidAnswerError(f"its shape {shape} takes more memory than is allowed")
    windows = described.windows()
    file, offset = open_array(folder, protocol.VOXELS_FILE, dtype, shape)
    voxels = np.memmap(file, dtype, "r", offset, shape, "F")
    volume = Volume(
        voxels, source, described.modality, described.name, described.plane, dict(described.metadata)
    )
    return VolumeFile(volume, windows, file, offset)


def _label_slices(folder: Path, labels: LabelsAnswer, grid: SourceGrid, asked: Plane | None) -> LabelSlices:
    indices, found = labels.indices, labels.plane or asked
    if found is None or (asked is not None and found != asked):
        raise InvalidAnswerError("it is of another plane than was asked for")
    plane = Plane(found)
    lengths = list(grid.canonical_shape)
    count = lengths.pop(plane.axis)
    if any(index >= count for index in indices) or sorted(set(indices)) != list(indices):
        raise InvalidAnswerError(f"its slices must ascend from 0 to {count - 1}")
    shape = (lengths[0], lengths[1])
    file, offset = open_array(folder, protocol.SLICES_FILE, np.dtype("<u2"), (len(indices), *shape))
    return LabelSlices(
        plane, indices, shape, labels.label_names(), labels.notes, file, offset, labels.provenance
    )


def _blocks(
    file: BinaryIO, offset: int, dtype: np.dtype, count: int, max_count: int | None = None
) -> Iterator[np.ndarray]:
    """``count`` values from ``offset`` on, at most ``max_count`` at a time."""
    max_count = max_count or BLOCK_BYTES // dtype.itemsize
    buffer = np.empty(min(max_count, count), dtype)
    file.seek(offset)
    for start in range(0, count, max_count):
        block = buffer[: min(max_count, count - start)]
        if file.readinto(block.view(np.uint8)) != block.nbytes:  # type: ignore[attr-defined]
            raise _invalid("a file of voxels ends early")
        yield block


def _invalid(what: str) -> ImageFormatError:
    return ImageFormatError(
        f"Reading the files failed: the reader's answer was not valid ({what[:300]}). They may be damaged."
    )
