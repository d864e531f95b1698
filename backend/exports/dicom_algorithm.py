"""What a DICOM segmentation says of how a segment was made (PS3.3, C.8.20.4)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from fewshot_sam import __version__
from fewshot_sam.data.origins import OriginKind
from fewshot_sam.data.text import cut_characters

MAX_NAME_LENGTH = 64
"""Characters of a long string (LO)."""


@dataclass(frozen=True)
class DicomAlgorithm:
    """Segment Algorithm Type (0062,0008) and Segment Algorithm Name (0062,0009).

    Attributes:
        name: None for MANUAL, where the standard wants none.
    """

    type: Literal["MANUAL", "SEMIAUTOMATIC", "AUTOMATIC"]
    name: str | None


def dicom_algorithm(kinds: Collection[OriginKind], model: str | None) -> DicomAlgorithm:
    """The algorithm of a label whose slices came to be in these ways.

    MANUAL is what people alone painted, AUTOMATIC what a model alone predicted. Everything else is
    SEMIAUTOMATIC: also what was imported, as it is not known how that was made.

    Args:
        model: what predicted, in words.

    Examples:
        >>> dicom_algorithm({OriginKind.PAINTED}, None)
        DicomAlgorithm(type='MANUAL', name=None)
    """
    found = set(kinds)
    if found == {OriginKind.PAINTED}:
        return DicomAlgorithm("MANUAL", None)
    name = f"Few-shot SAM {__version__}" + (f" ({model})" if model else "")
    type_: Literal["SEMIAUTOMATIC", "AUTOMATIC"] = (
        "AUTOMATIC" if found <= {OriginKind.PREDICTED} else "SEMIAUTOMATIC"
    )
    return DicomAlgorithm(type_, cut_characters(name, MAX_NAME_LENGTH))
