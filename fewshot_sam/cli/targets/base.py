"""What ``export`` gives to what it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

    from fewshot_sam.data.label_names import LabelName
    from fewshot_sam.data.volume import Volume
    from fewshot_sam.io.dicom.source_headers import SourceHeaders


@dataclass(frozen=True, eq=False)
class MaskExport:
    """A mask of a scan that is to be written.

    Attributes:
        image: the file or folder of the scan.
        volume: the scan.
        headers: of its DICOM files; None of other formats.
        codes: the mask, canonical (X, Y, Z) uint16.
        names: of the codes that it holds, ascending, with what they are as far as their names say it; in a
            training set of the codes that any of its masks holds.
        output: the file to write.
        others: reads the other cases of a training set, one after the other.
        smoothing_voxels: of surfaces.
    """

    image: Path
    volume: Volume
    headers: SourceHeaders | None
    codes: np.ndarray
    names: Mapping[int, LabelName]
    output: Path
    others: Callable[[], Iterable[MaskExport]] = tuple
    smoothing_voxels: float = 0.0

    def cases(self) -> Iterator[MaskExport]:
        """This one, then the others."""
        yield self
        yield from self.others()


class ExportTarget(Protocol):
    """A kind of file."""

    def __call__(self, mask: MaskExport) -> list[str]:
        """Write the file.

        Returns:
            Sentences about what a user should know of it.

        Raises:
            UserError: the mask cannot be written so.
        """
