"""Reading uploaded files: in confined processes with limits, a few at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from backend.config import Config
from backend.reading_limits import reading_limits
from backend.services.reader_pool import ReaderPool
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_reading import AS_IT_IS, LabelReading
from fewshot_sam.data.pictures import Picture, StackKind
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import UserError
from fewshot_sam.io.sandbox.limits import ChildLimits, no_check
from fewshot_sam.io.sandbox.reading import (
    LabelSlices,
    VolumeFile,
    check_confinement,
    read_label_slices,
    read_volume,
)

logger = logging.getLogger(__name__)


class Readers:
    """Reads what people upload; this process parses none of it.

    Args:
        pool: places for readers; held until what was read is stored.
        limits: time and memory of one reader.
        temporary_folder: where readers work; made when needed.
    """

    def __init__(self, pool: ReaderPool, limits: ChildLimits, temporary_folder: Path) -> None:
        self._pool = pool
        self._limits = limits
        self._temporary_folder = temporary_folder

    @classmethod
    def for_config(cls, config: Config) -> Readers:
        """Readers as the configuration wants them."""
        return cls(ReaderPool(config.max_readers), reading_limits(config), config.temporary_folder)

    @contextmanager
    def volume(
        self,
        paths: list[Path],
        series_uid: str | None = None,
        resample: bool = False,
        half: bool = False,
        check: Callable[[], None] = no_check,
        kind: StackKind = StackKind.SLICES,
    ) -> Iterator[VolumeFile]:
        """The volume in uploaded files, as long as the context is open.

        Args:
            check: called several times a second; what it raises ends the reading.
            kind: what files of pictures are taken for.

        Raises:
            UserError: see fewshot_sam.io.sandbox.reading.read_volume.
            BusyError: too many others are read.
        """
        chosen = paths[0] if len(paths) == 1 else paths
        with (
            self._pool.reader(),
            read_volume(
                chosen,
                series_uid=series_uid,
                resample=resample,
                half=half,
                kind=kind,
                limits=replace(self._limits, check=check),
                temporary_folder=self._temporary_folder,
            ) as read,
        ):
            yield read

    @contextmanager
    def label_slices(
        self,
        paths: list[Path],
        grid: SourceGrid,
        plane: Plane | None,
        default_plane: Plane,
        check: Callable[[], None] = no_check,
        pictures: Sequence[Picture] = (),
        how: LabelReading = AS_IT_IS,
    ) -> Iterator[LabelSlices]:
        """The painted slices in an uploaded label map, as long as the context is open.

        Args:
            check: called several times a second; what it raises ends the reading.
            pictures: of a volume of pictures, whose masks are told by their names.
            how: what is done with one of another grid, and with segments that overlap.

        Raises:
            UserError: see fewshot_sam.io.sandbox.reading.read_label_slices.
            BusyError: too many others are read.
        """
        with (
            self._pool.reader(),
            read_label_slices(
                paths,
                grid,
                plane,
                default_plane=default_plane,
                pictures=pictures,
                how=how,
                limits=replace(self._limits, check=check),
                temporary_folder=self._temporary_folder,
            ) as read,
        ):
            yield read

    def log_confinement(self) -> None:
        """Write to the log what holds the reading process on this machine, found by trying."""
        try:
            found = check_confinement(self._temporary_folder)
        except (UserError, OSError) as error:
            logger.warning("The reading process cannot be started: %s", error)
        else:
            logger.log(logging.INFO if found.complete else logging.WARNING, "%s", found)
