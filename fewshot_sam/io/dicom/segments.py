"""What a DICOM segmentation says of a label (PS3.3 C.8.20.4, Segment Description Macro)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from highdicom.color import CIELabColor
from highdicom.content import AlgorithmIdentificationSequence
from highdicom.seg import SegmentDescription
from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes

from fewshot_sam import __version__
from fewshot_sam.data.terms import CodedTerm, SegmentTerm
from fewshot_sam.data.text import cut_characters, on_one_line
from fewshot_sam.io.terminology import UNKNOWN

PROGRAM = "Few-shot SAM"
MAX_LABEL = 64
"""Characters of a long string (LO)."""

AlgorithmType = Literal["MANUAL", "SEMIAUTOMATIC", "AUTOMATIC"]


@dataclass(frozen=True)
class Segment:
    """A label as a segmentation describes it.

    Attributes:
        code: in the label map, 1 to 65535.
        name: what people call it.
        color: #rrggbb; None for none.
        term: what it is; None where nobody said.
        algorithm: how it was made.
        algorithm_name: what made it, where that was not people alone.
    """

    code: int
    name: str
    color: str | None = None
    term: SegmentTerm | None = None
    algorithm: AlgorithmType = "SEMIAUTOMATIC"
    algorithm_name: str | None = PROGRAM


def described(segment: Segment, number: int) -> SegmentDescription:
    """The item of the segment sequence for a segment, by its number in the file."""
    term = segment.term or UNKNOWN
    description = SegmentDescription(
        segment_number=number,
        segment_label=label_text(segment.name, segment.code),
        segmented_property_category=_concept(term.category),
        segmented_property_type=_concept(term.type),
        algorithm_type=segment.algorithm,
        algorithm_identification=_algorithm(segment),
        display_color=_lab(segment.color) if segment.color else None,
    )
    if term.modifier is not None:
        description.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [
            _concept(term.modifier)
        ]
    return description


def label_text(name: str, code: int) -> str:
    """A name as DICOM may hold it: at most 64 characters, no backslash; "Label 5" where it is empty."""
    return cut_characters(on_one_line(name.replace("\\", "/")), MAX_LABEL) or f"Label {code}"


def _algorithm(segment: Segment) -> AlgorithmIdentificationSequence | None:
    if segment.algorithm == "MANUAL":
        return None
    return AlgorithmIdentificationSequence(
        name=label_text(segment.algorithm_name or PROGRAM, segment.code),
        family=codes.DCM.ArtificialIntelligence,
        version=__version__,
    )


def _concept(term: CodedTerm) -> CodedConcept:
    return CodedConcept(term.value, term.scheme, term.meaning)


def _lab(color: str) -> CIELabColor:
    red, green, blue = bytes.fromhex(color[1:])
    return CIELabColor.from_rgb(red, green, blue)
