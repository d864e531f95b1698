"""Read files from outside in a confined child; what it wrote is streamed, never loaded whole.

Threads: every call starts a child of its own, and nothing is shared between calls. How many may run
at once is up to the caller (a server has few, see backend/services/reader_pool.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_reading import AS_IT_IS, LabelReading
from fewshot_sam.data.pictures import Picture, StackKind
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import UserError
from fewshot_sam.io.sandbox import protocol
from fewshot_sam.io.sandbox.answers import (
    ChildAnswer,
    LabelsAnswer,
    ReadVolumeAnswer,
    open_array,
    read_answer,
)
from fewshot_sam.io.sandbox.confinement import Confinement
from fewshot_sam.io.sandbox.files import LabelSlices, VolumeFile, invalid_answer
from fewshot_sam.io.sandbox.limits import ChildLimits
from fewshot_sam.io.sandbox.private_folder import InvalidAnswerError, private_folder, read_bounded
from fewshot_sam.io.sandbox.process import run_child

Paths = str | Path | Sequence[str | Path]


@contextmanager
def read_volume(
    paths: Paths,
    *,
    series_uid: str | None = None,
    resample: bool = False,
    half: bool = False,
    kind: StackKind = StackKind.SLICES,
    limits: ChildLimits | None = None,
    temporary_folder: Path | None = None,
) -> Iterator[VolumeFile]:
    """Read a volume in a child; its files are there as long as the context is open.

    Args:
        paths, series_uid, resample, half: as for :func:`fewshot_sam.io.load_volume`. The child can read these
            and no other files; of a single header (.nhdr, .mhd, .hdr, .par) also the files beside it.
        kind: what files of pictures are taken for.
        temporary_folder: where the child's private folder is made; default the system's.

    Raises:
        UserError: the same errors, with the same text, as reading in this process; and
            ImageFormatError if the child ran out of time, memory or disk, crashed, or its
            answer breaks the protocol.
        OSError: the disk is full, or nearly so.
    """
    request = {"task": "volume", "series_uid": series_uid, "resample": resample, "half": half}
    request["kind"] = kind.value
    with _answer_of_child(paths, request, limits, temporary_folder) as (folder, answer, allowed):
        if answer.volume is None:
            raise invalid_answer("it holds no volume")
        try:
            headers = _headers(folder, answer.volume)
            read = replace(_volume_file(folder, answer.volume, allowed), headers=headers)
        except (InvalidAnswerError, UserError) as error:
            raise invalid_answer(str(error)) from error
        with closing(read):
            yield read


@contextmanager
def read_label_slices(
    paths: Paths,
    grid: SourceGrid,
    plane: Plane | None,
    *,
    default_plane: Plane = Plane.AXIAL,
    pictures: Sequence[Picture] = (),
    how: LabelReading = AS_IT_IS,
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
        pictures: of a volume of pictures, which files of their names are masks of.
        how: what is done with one of another grid, and with segments that overlap.

    Raises:
        PlaneChoiceError: no plane is named, and the paint fits several.
        UserError: as :func:`fewshot_sam.io.load_label_map`, and as :func:`read_volume`.
    """
    request = {
        "task": "labels",
        "grid": grid.to_dict(),
        "plane": plane and plane.value,
        "default_plane": default_plane.value,
        "pictures": [each.to_dict() for each in pictures],
        "resample": how.resample,
        "overlap": how.overlap and how.overlap.value,
    }
    with _answer_of_child(paths, request, limits, temporary_folder) as (folder, answer, _):
        if answer.labels is None:
            raise invalid_answer("it holds no slices")
        try:
            read = _label_slices(folder, answer.labels, grid, plane)
        except InvalidAnswerError as error:
            raise invalid_answer(str(error)) from error
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
                raise invalid_answer("it holds no probe")
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
            raise invalid_answer(str(error)) from error
        yield folder, answer, allowed


def _headers(folder: Path, described: ReadVolumeAnswer) -> bytes | None:
    if not described.headers:
        return None
    return read_bounded(folder, protocol.HEADERS_FILE, protocol.MAX_HEADERS_BYTES)


def _volume_file(folder: Path, described: ReadVolumeAnswer, limits: ChildLimits) -> VolumeFile:
    source, dtype = described.source.grid(), np.dtype(described.dtype).newbyteorder("<")
    shape = source.canonical_shape
    if not np.isfinite(source.canonical_affine).all():
        raise InvalidAnswerError("its affine is not finite")
    if np.prod(shape, dtype=object) * dtype.itemsize > limits.memory_bytes:
        raise InvalidAnswerError(f"its shape {shape} takes more memory than is allowed")
    windows, pictures = described.windows(), described.stack(shape)
    file, offset = open_array(folder, protocol.VOXELS_FILE, dtype, shape)
    voxels = np.memmap(file, dtype, "r", offset, shape, "F")
    volume = Volume(
        voxels,
        source,
        described.modality,
        described.name,
        described.plane,
        dict(described.metadata),
        pictures,
    )
    if not described.colour:
        return VolumeFile(volume, windows, file, offset)
    whole = (shape[2], shape[1], shape[0], 3)
    try:
        colour = open_array(folder, protocol.COLOUR_FILE, np.dtype(np.uint8), whole)
    except BaseException:
        file.close()
        raise
    volume = replace(volume, colour=np.memmap(colour[0], np.uint8, "r", colour[1], whole))
    return VolumeFile(volume, windows, file, offset, colour)


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
    names, notes, told = labels.label_names(), labels.notes, (labels.provenance, labels.by_name)
    return LabelSlices(plane, indices, shape, names, notes, file, offset, *told, labels.resampled)
