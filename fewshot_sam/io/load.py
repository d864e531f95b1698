"""Find out what kind of file or folder a path is, and read it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fewshot_sam.data.file_names import is_clutter
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.data.pictures import StackKind
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError, SeriesChoice, SeriesChoiceError, UserError
from fewshot_sam.io.formats import registry
from fewshot_sam.io.formats.base import FormatKind
from fewshot_sam.io.halving import on_half_grid
from fewshot_sam.io.limits import HALF_IMAGE, ReadLimits
from fewshot_sam.io.parsing.several import require_one
from fewshot_sam.io.resampling import regular, require_regular
from fewshot_sam.io.source import SourceImage

if TYPE_CHECKING:
    from fewshot_sam.io.dicom.source_headers import SourceHeaders

_DESCRIPTIONS = (".json", ".txt", ".tsv", ".csv", ".bval", ".bvec", ".label", ".ctbl", ".md", ".pdf")
"""Endings of what programs and people put beside a volume; nothing in these files is a voxel."""
_MAX_NAMED = 5

LookAround = Callable[[Path, Sequence[Path]], None]


@dataclass(frozen=True)
class _Reading:
    """What holds for every file of one reading; see :func:`read_source`."""

    series_uid: str | None
    limits: ReadLimits
    look_around: LookAround | None
    kind: StackKind = StackKind.SLICES
    labels_on: SourceGrid | None = None
    overlap: Overlap | None = None


def load_volume(
    path: str | Path | Sequence[str | Path],
    *,
    series_uid: str | None = None,
    limits: ReadLimits | None = None,
    resample: bool = False,
    pictures: StackKind | bool = False,
    half: bool = False,
) -> Volume:
    """Read a scalar 3D image as a volume on its canonical grid.

    Args:
        path: a file, a folder (DICOM or PNG, JPEG, TIFF slices; subfolders included), a zip of
            such a folder, or a list of the files.
        series_uid: which series to take where DICOM files hold several; of several files that are a volume
            each, ``#1`` is the first.
        limits: on voxels, slices and unpacked bytes; None: the defaults of :class:`ReadLimits`.
        resample: put slices that form no regular stack (tilted gantry, drifting spacing, sheared affine) on
            a regular grid by linear interpolation; the metadata's "notes" say so. Others stay as they are.
        pictures: the files are unrelated pictures (X-rays, ultrasound, microscopy), not slices of a body;
            their sizes may differ, and they may be in colour.
        half: open an image that is too large for this machine at half resolution; masks are written on the
            grid of the file, which is ``source.full`` of the volume. Others stay as they are.

    Raises:
        HalfChoiceError: it is too large, would not be at half resolution, and ``half`` is not set.
        ImageFormatError: the files are damaged, of no kind this program reads, or beyond ``limits``.
        GeometryError: position, orientation or voxel size cannot be used.
        IrregularGridError: the slices form no regular stack, and ``resample`` is not set.
        SeriesChoiceError: several DICOM series, or several volumes, and none named.
        PicturesChoiceError: ``pictures`` is ``StackKind.ASK``, and it cannot be told whether they are.
    """
    return load_scan(
        path, series_uid=series_uid, limits=limits, resample=resample, pictures=pictures, half=half
    )[0]


def load_scan(
    path: str | Path | Sequence[str | Path],
    *,
    series_uid: str | None = None,
    limits: ReadLimits | None = None,
    resample: bool = False,
    pictures: StackKind | bool = False,
    half: bool = False,
) -> tuple[Volume, SourceHeaders | None]:
    """Like :func:`load_volume`, with the headers of the files where they are slices of DICOM."""
    allowed = replace(limits or ReadLimits(), half=HALF_IMAGE if half else "")
    kind = StackKind.PICTURES if pictures is True else StackKind(pictures or StackKind.SLICES)
    source = read_source(path, series_uid=series_uid, limits=allowed, irregular=resample, kind=kind)
    if resample:
        source = regular(source, allowed)
    return source.to_volume(), source.headers


def read_source(
    path: str | Path | Sequence[str | Path],
    *,
    series_uid: str | None = None,
    limits: ReadLimits | None = None,
    irregular: bool = False,
    look_around: LookAround | None = None,
    kind: StackKind = StackKind.SLICES,
    labels_on: SourceGrid | None = None,
    overlap: Overlap | None = None,
) -> SourceImage:
    """Like :func:`load_volume`, but on the stored grid and with the stored type.

    Where ``irregular`` is set the slices may form no regular stack. ``look_around`` is called with the file
    of the volume and all files that were with it, where that was a folder or an archive; they may be gone
    afterwards. With ``labels_on`` labels of the scan on that source grid are wanted: DICOM objects that hold
    such are read, on that grid; ``overlap`` says which segment counts where several hold a voxel.
    """
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(item) for item in path]
    if not paths:
        raise ImageFormatError(f"There is no file to read. Choose {registry.readable_kinds()}.")
    if len(paths) > 1:  # as a folder's, dropped file by file
        paths = [item for item in paths if not is_clutter([item.name])] or paths
    for item in paths:
        if not item.exists():
            raise ImageFormatError(f"'{item}' does not exist. Check the path.")
    try:
        reading = _Reading(series_uid, limits or ReadLimits(), look_around, kind, labels_on, overlap)
        image = on_half_grid(_read_paths(paths, reading))
        if not irregular:
            require_regular(image)
        return image
    except (UserError, MemoryError):
        raise
    except Exception as error:  # damaged headers make the libraries raise nearly anything
        raise ImageFormatError(
            f"'{paths[0].name}' is damaged: its header holds impossible values. Export or download it again."
        ) from error


def _read_paths(paths: list[Path], reading: _Reading) -> SourceImage:
    header = _single_file(paths)
    if header is None:
        return _read_many(paths, _stem(paths[0]) if len(paths) == 1 else "series", reading)
    return _read_file(header, _stem(header), reading)


def _single_file(paths: list[Path]) -> Path | None:
    """The file to read if ``paths`` is one file, or one with its voxels or a description beside it."""
    if len(paths) == 1:
        return None if paths[0].is_dir() else paths[0]
    headers = [path for path in paths if path.name.lower().endswith(registry.header_suffixes())]
    volumes = [path for path in paths if path not in headers and registry.of_file(path.name)]
    if len(volumes) == 1 and all(path in volumes or _is_description(path) for path in paths):
        return volumes[0]
    if len(headers) + len(volumes) > 1 or volumes:
        raise ImageFormatError(
            f"One volume must be opened at a time, got {len(paths)} files with "
            f"'{(headers + volumes)[0].name}'. Open the files one by one."
        )
    return headers[0] if headers else None


def _is_of_kind(path: Path, kind: FormatKind) -> bool:
    found = registry.of_file(path.name)
    return found is not None and found.kind is kind


def _is_description(path: Path) -> bool:
    return path.suffix.lower() in _DESCRIPTIONS


def _read_file(path: Path, name: str, reading: _Reading) -> SourceImage:
    found = registry.of_file(path.name)
    if found is None:
        return _read_many([path], name, reading)
    if found.kind is FormatKind.FILE and reading.overlap is not None and found.layered:
        return registry.layered_reader(found).read_layered(path, name, reading.limits, reading.overlap)
    if found.kind is FormatKind.FILE:
        try:
            return registry.file_reader(found).read(path, name, reading.limits, reading.series_uid)
        except SeriesChoiceError as error:
            if reading.labels_on is None:
                raise
            raise require_one(error, path.name) from error
    with tempfile.TemporaryDirectory(prefix="fewshot-sam-zip-") as folder:
        registry.archive(found).unpack(path, Path(folder), reading.limits)
        return _read_many([Path(folder)], name, reading)


def _read_many(paths: list[Path], name: str, reading: _Reading) -> SourceImage:
    """Read files of one volume."""
    files = files_below(paths)
    volumes = [path for path in files if registry.holds_volume(path.name)]
    if reading.labels_on is not None and not volumes:
        from fewshot_sam.io.dicom.label_objects import read_labels

        labels = read_labels(files, reading.labels_on, name, reading.limits, reading.overlap)
        if labels is not None:
            return labels
    if reading.kind is not StackKind.SLICES and not volumes:
        from fewshot_sam.io.formats.pictures import read_pictures

        found = read_pictures(files, name, reading.limits, certain=reading.kind is StackKind.PICTURES)
        if found is not None:
            return found
    for each in registry.of_kind(FormatKind.SLICES):
        if volumes and not each.by_content:
            continue  # a picture beside a volume shows it
        chosen = (
            files if each.by_content else [path for path in files if path.suffix.lower() in each.suffixes]
        )
        if not chosen:
            continue
        image = registry.slices_reader(each).read_slices(chosen, name, reading.limits, reading.series_uid)
        if image is not None:
            return image
    if volumes:
        volume, wanted = _chosen(volumes, name, reading.series_uid)
        if reading.look_around is not None:
            reading.look_around(volume, files)
        return _read_chosen(volumes, volume, replace(reading, series_uid=wanted))
    is_one_file = len(paths) == 1 and not paths[0].is_dir()
    if files and not any(path.stat().st_size for path in files):
        what = f"'{paths[0].name}' is empty" if is_one_file else f"All files of '{name}' are empty"
        raise ImageFormatError(f"{what}. Copy or download it again, or export it anew.")
    if (packed := next((path for path in files if _is_of_kind(path, FormatKind.ARCHIVE)), None)) is not None:
        raise ImageFormatError(
            f"'{name}' holds another archive, '{packed.name}'. Unpack it first, then choose what is in it."
        )
    what = f"'{paths[0].name}' is" if is_one_file else f"'{name}' holds"
    raise ImageFormatError(f"{what} no image this program reads. Choose {registry.readable_kinds()}.")


def _chosen(volumes: list[Path], name: str, series_uid: str | None) -> tuple[Path, str | None]:
    """The only one, or the one that ``series_uid`` names, and which volume in it: "#2.3" is the third of it.

    Raises:
        SeriesChoiceError: there are several, and none is named.
    """
    by_key = {f"#{number}": path for number, path in enumerate(volumes, 1)}
    key, _, part = (series_uid or "").partition(".")
    if len(volumes) == 1:
        return volumes[0], f"#{part}" if part and key in by_key else series_uid
    if key in by_key:
        return by_key[key], f"#{part}" if part else None
    named = ", ".join(f"'{path.name}' ({key})" for key, path in list(by_key.items())[:_MAX_NAMED])
    more = " ..." if len(volumes) > _MAX_NAMED else ""
    raise SeriesChoiceError(
        f"'{name}' holds {len(volumes)} volumes, choose one: {named}{more}.",
        [SeriesChoice(key, registry.stem(path.name), "", 0) for key, path in by_key.items()],
    )


def _read_chosen(volumes: list[Path], volume: Path, reading: _Reading) -> SourceImage:
    """Read one of several files; where it holds several volumes itself, each is named by both numbers."""
    try:
        return _read_file(volume, registry.stem(volume.name), reading)
    except SeriesChoiceError as error:
        if len(volumes) == 1:
            raise
        number = f"#{volumes.index(volume) + 1}"
        choices = [
            replace(choice, series_uid=f"{number}.{choice.series_uid.removeprefix('#')}")
            for choice in error.choices
        ]
        shown = re.sub(r"\(#(\d+)\)", rf"({number}.\1)", str(error))
        raise SeriesChoiceError(shown, choices) from error


def files_below(paths: Sequence[Path]) -> list[Path]:
    """The files, and those in the folders among them, without what systems put there."""
    return [file for path in paths for file in (sorted(_in_folder(path)) if path.is_dir() else [path])]


def _in_folder(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not is_clutter(path.relative_to(folder).parts):
            yield path


def _stem(path: Path) -> str:
    return registry.stem(path.resolve().name)
