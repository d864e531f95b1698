"""The terms that a label may be, from the value sets that pydicom ships."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fewshot_sam.data.terms import CodedTerm, SegmentTerm

_SNOMED = "SCT"
_ANATOMICAL = CodedTerm(_SNOMED, "91723000", "Anatomical Structure")
_SUBSTANCE = CodedTerm(_SNOMED, "91720002", "Body Substance")
_ABNORMAL = CodedTerm(_SNOMED, "49755003", "Morphologically Abnormal Structure")
TISSUE = CodedTerm(_SNOMED, "85756007", "Tissue")
# Of PS3.16: tissues, lesions, substances, structures; those of brain, prostate and heart that are not among
# them; all structures that DICOM names anywhere. Of two with the same name the first stays.
_VALUE_SETS = (
    (7191, TISSUE),
    (7194, _ABNORMAL),
    (7197, _SUBSTANCE),
    (7192, _ANATOMICAL),
    (7140, _ANATOMICAL),
    (6300, _ANATOMICAL),
    (12305, _ANATOMICAL),
    (8134, _ANATOMICAL),
)
_NO_STRUCTURES = {
    "128462008": _ABNORMAL,  # Metastasis
    "94391008": _ABNORMAL,  # Pulmonary metastasis
    "60046008": _ABNORMAL,  # Pleural effusion
    "38000004": _SUBSTANCE,  # Lymph
    "409615008": _SUBSTANCE,  # Ascitic fluid
}
"""What the last of them holds beside structures."""


def listed_terms() -> list[SegmentTerm]:
    """All terms of SNOMED CT in those value sets; no two of them have the same code or the same meaning."""
    terms: dict[str, SegmentTerm] = {}
    codes: set[str] = set()
    for category, type_ in _all_types():
        meaning = type_.meaning.casefold()
        if type_.value not in codes and meaning not in terms:
            codes.add(type_.value)
            terms[meaning] = SegmentTerm(category, type_)
    return list(terms.values())


def _all_types() -> Iterator[tuple[CodedTerm, CodedTerm]]:
    # Three megabytes of dictionaries that nothing else needs.
    from pydicom.sr.codedict import CID_CONCEPTS, CONCEPTS

    concepts: dict[str, Any] = CONCEPTS[_SNOMED]
    for value_set, category in _VALUE_SETS:
        for keyword in sorted(CID_CONCEPTS[value_set][_SNOMED]):
            for value, (meaning, value_sets) in concepts[keyword].items():
                if value_set in value_sets:
                    yield _NO_STRUCTURES.get(value, category), CodedTerm(_SNOMED, value, meaning)
