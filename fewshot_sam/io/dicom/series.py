"""DICOM series: a folder, an unpacked zip or a list of files, one frame or many frames a file.

A series may hold several volumes; each can then be chosen by the series' UID with #1, #2 ... behind it.

The source grid is dcm2niix's: i along the columns, j along the rows but flipped, k along the
slice normal, ascending; so NIfTI files that dcm2niix made of the same series are on it exactly.
Values are stored values through the modality transform (HU in CT). References: DICOM PS3.3
C.7.6.2 (image plane), C.11.1 (modality LUT).
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.volume import Modality
from fewshot_sam.errors import ImageFormatError, SeriesChoice, SeriesChoiceError, UserError
from fewshot_sam.io.dicom.copies import without_copies
from fewshot_sam.io.dicom.file import damaged, pixel_bytes, read_header
from fewshot_sam.io.dicom.frames import DicomFile, frames_of
from fewshot_sam.io.dicom.geometry import plane_of_affine, stack_slices
from fewshot_sam.io.dicom.kinds import (
    description_of,
    is_directory,
    is_slice,
    modality_of,
    no_scan,
    require_readable,
)
from fewshot_sam.io.dicom.pixels import read_stack
from fewshot_sam.io.dicom.source_headers import SourceHeaders
from fewshot_sam.io.dicom.splitting import Part, split
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.source import SourceImage

_MODALITIES: dict[str, Modality] = {"CT": "CT", "MR": "MR"}
_MAX_TEXT = 100
_MAX_LISTED_SERIES = 50
_GEOMETRY_CODE = 1  # NIfTI "scanner anatomical", what dcm2niix writes


@dataclass(frozen=True)
class _Candidate:
    """A volume that may be chosen.

    Attributes:
        key: the series' UID, with the number of the volume where the series holds several.
        files: all files of the series.
        part: None where the frames cannot be told apart before they are read.
        copies: files that were left out because others hold the same.
    """

    key: str
    files: list[DicomFile]
    part: Part | None
    copies: int = 0

    @property
    def slices(self) -> int:
        """How many slices it has."""
        return len(self.part.frames) if self.part else sum(file.frame_count for file in self.files)

    @property
    def header(self) -> Dataset:
        """Of its first frame's file."""
        return (self.part.frames[0].file if self.part else self.files[0]).header

    @property
    def description(self) -> str:
        """The series' description, and what tells this volume from the others of the series."""
        stated = description_of(self.header)[:_MAX_TEXT]
        said = [stated or "no description", *(self.part.differs_by if self.part else ())]
        return ", ".join(said)[: 2 * _MAX_TEXT]

    def choice(self) -> SeriesChoice:
        """As it is offered."""
        modality = (modality_of(self.header) or "OT")[:_MAX_TEXT]
        return SeriesChoice(self.key, self.description, modality, self.slices)


def read_slices(
    files: Sequence[Path], name: str, limits: ReadLimits, series_uid: str | None = None
) -> SourceImage | None:
    """Read the one volume among ``files``, or the one named; None where no file is of DICOM.

    Raises:
        SeriesChoiceError: several volumes and none named, or the named one is not there.
        ImageFormatError: damaged files, files that hold no slices, colour, or beyond ``limits``.
        GeometryError: slices missing, doubled, not parallel, or without positions.
    """
    found, others = find_dicom(files, limits)
    if not found:
        if others:
            raise no_scan([other.header for other in others], name)
        return None
    return _read_chosen(_choose(_candidates(found, limits), series_uid), name, limits)


def find_dicom(paths: Sequence[Path], limits: ReadLimits) -> tuple[list[DicomFile], list[DicomFile]]:
    """The DICOM files with slices among ``paths``, and those with something else.

    Lists of files (DICOMDIR) and what is not of DICOM are passed over.
    """
    files: list[DicomFile] = []
    others: list[DicomFile] = []
    for path in paths:
        header = _read_header(path, limits)
        if header is None or is_directory(header):
            continue
        (files if is_slice(header) else others).append(DicomFile(path, header))
    return files, others


def _candidates(files: Sequence[DicomFile], limits: ReadLimits) -> list[_Candidate]:
    """The volumes of all series."""
    series: dict[str, list[DicomFile]] = defaultdict(list)
    for file in files:
        series[file.series_uid].append(file)
    return [candidate for uid, here in series.items() for candidate in _of_series(uid, here, limits)]


def _of_series(uid: str, files: list[DicomFile], limits: ReadLimits) -> list[_Candidate]:
    kept = without_copies(files, limits)
    copies = len(files) - len(kept)
    try:
        parts = split([frame for file in kept for frame in frames_of(file)])
    except UserError:  # said when it is chosen
        return [_Candidate(uid, kept, None, copies)]
    if len(parts) == 1:
        return [_Candidate(uid, kept, parts[0], copies)]
    return [_Candidate(f"{uid}#{number + 1}", kept, part, copies) for number, part in enumerate(parts)]


def _choose(candidates: list[_Candidate], wanted: str | None) -> _Candidate:
    """The candidate of that key, or of that series if it is the only one there, or the only one."""
    chosen = [each for each in candidates if wanted in (None, each.key)]
    of_series = [each for each in candidates if each.key.partition("#")[0] == wanted]
    if len(chosen or of_series) == 1:
        return (chosen or of_series)[0]
    raise _ask(of_series or candidates, wanted if not (chosen or of_series) else None)


def _ask(candidates: list[_Candidate], missing: str | None) -> SeriesChoiceError:
    choices = sorted((each.choice() for each in candidates), key=lambda choice: -choice.slices)
    shown = choices[:_MAX_LISTED_SERIES]
    listed = "; ".join(
        f"{c.description} ({c.modality}, {c.slices} slice{'' if c.slices == 1 else 's'}, {c.series_uid})"
        for c in shown
    )
    more = f"; and {len(choices) - len(shown)} more" if len(shown) < len(choices) else ""
    series = len({each.key.partition("#")[0] for each in candidates})
    if series == len(candidates):
        what = f"The files hold {series} series"
    else:
        where = "The series holds" if series == 1 else f"The files hold {series} series with"
        what = f"{where} {len(candidates)} volumes"
    said = f"Series {missing} is not among the files. " if missing else ""
    return SeriesChoiceError(f"{said}{what}, choose one: {listed}{more}.", choices)


def _read_chosen(chosen: _Candidate, name: str, limits: ReadLimits) -> SourceImage:
    files = list(dict.fromkeys(f.file for f in chosen.part.frames)) if chosen.part else chosen.files
    halved = _check_shape(files, name, limits)
    _check_unpacked(files, name, limits, halved)
    require_readable(files)
    frames = chosen.part.frames if chosen.part else [f for file in files for f in frames_of(file)]
    stack = stack_slices(frames)
    if halved and stack.positions is not None:
        raise ImageFormatError(
            f"'{name}' is too large for this machine, and its slices form no regular stack, so it cannot be "
            "opened at half resolution. Open a part of it, or raise the limit (FEWSHOT_SAM_MAX_VOXELS)."
        )
    array = read_stack(frames, stack, limits, halved=halved)
    grid = SourceGrid(stack.shape, stack.affine, qform_code=_GEOMETRY_CODE, sform_code=_GEOMETRY_CODE)
    metadata = {"series_uid": chosen.key.partition("#")[0], "format": "DICOM"}
    if chosen.copies:
        metadata["notes"] = _copies_note(chosen.copies)
    return SourceImage(
        array,
        grid,
        _name(chosen, name),
        modality=_modality(files[0].header),
        acquisition_plane=plane_of_affine(stack.affine),
        metadata=metadata,
        slice_positions=stack.positions,
        headers=SourceHeaders.of(frames[number] for number in stack.order),
    )


def _modality(header: Dataset) -> Modality | None:
    stated = modality_of(header)
    return _MODALITIES.get(stated, "OT") if stated else None


def _name(chosen: _Candidate, name: str) -> str:
    if chosen.part and chosen.part.differs_by:
        return chosen.description
    return description_of(chosen.header) or name


def _copies_note(count: int) -> str:
    if count == 1:
        return "1 file holds the same slice as another one and was left out."
    return f"{count} files hold the same slices as others and were left out."


def _stated_shape(files: list[DicomFile]) -> tuple[int, int, int]:
    """(columns, rows, frames) of all files together, before any pixel is decoded."""
    rows, columns = (max(int(file.header[tag].value) for file in files) for tag in ("Rows", "Columns"))
    return columns, rows, sum(max(file.frame_count, 1) for file in files)


def _check_shape(files: list[DicomFile], name: str, limits: ReadLimits) -> bool:
    """Whether they are read at half resolution, which files of one frame each can be."""
    if all(file.frame_count <= 1 for file in files):
        return limits.halves(_stated_shape(files), name)
    limits.check_shape(_stated_shape(files), name)
    return False


def _check_unpacked(files: list[DicomFile], name: str, limits: ReadLimits, halved: bool) -> None:
    """Check before any pixel is decoded: 300 bytes of JPEG 2000 can be 16 million pixels."""
    sent_bytes = sum(file.path.stat().st_size for file in files)
    stated_bytes = sum(pixel_bytes(file.header) for file in files)
    if stated_bytes > sent_bytes:
        limits.check_streamed(stated_bytes, sent_bytes, name, halved=halved)


def _read_header(path: Path, limits: ReadLimits) -> Dataset | None:
    try:
        with path.open("rb") as file:
            start = file.read(132)
        plain = (
            start[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x08") and start[2:4] < b"\x20\x00"
        )  # no preamble, as before 1993
        if start[128:132] != b"DICM" and not plain:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read_header(path, limits, force=plain)
    except Exception as error:
        if start[128:132] == b"DICM":
            raise damaged(path) from error
        return None
