"""What a label is in a terminology, so that other programs know it whatever it is called.

DICOM describes a segment by a category, a type and, where there are two of it, a side (PS3.3 C.8.20.4), each
a coded term (PS3.3 8.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fewshot_sam.data.text import printable

MAX_SCHEME, MAX_VALUE, MAX_MEANING = 16, 16, 64
"""Characters of a short string (SH) and of a long one (LO)."""


@dataclass(frozen=True)
class CodedTerm:
    """A term of a coding scheme.

    Attributes:
        scheme: coding scheme designator, such as "SCT" for SNOMED CT.
        value: code value, such as "10200004".
        meaning: code meaning, such as "Liver".

    Raises:
        ValueError: a text is empty, longer than DICOM allows, or holds what is no character of it.
    """

    scheme: str
    value: str
    meaning: str

    def __post_init__(self) -> None:
        longest = {"scheme": MAX_SCHEME, "value": MAX_VALUE, "meaning": MAX_MEANING}
        for name, most in longest.items():
            text = getattr(self, name)
            if not isinstance(text, str) or not text.strip() or len(text) > most:
                raise ValueError(
                    f"The {name} of a coded term must be a text of 1 to {most} characters, got {text!r}."
                )
            if "\\" in text or text != printable(text):
                raise ValueError(
                    f"The {name} of a coded term must be printable and hold no backslash, got {text!r}."
                )


@dataclass(frozen=True)
class SegmentTerm:
    """What a label is.

    Attributes:
        category: what kind of thing, such as "Anatomical structure" or "Morphologically abnormal structure".
        type: which one, such as "Kidney".
        modifier: which of several, such as "Right"; None where there is one.
    """

    category: CodedTerm
    type: CodedTerm
    modifier: CodedTerm | None = None

    @property
    def words(self) -> str:
        """As people read it, such as "Kidney, right"."""
        return (
            self.type.meaning
            if self.modifier is None
            else f"{self.type.meaning}, {self.modifier.meaning.lower()}"
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stated: Mapping[str, Any]) -> SegmentTerm:
        """From JSON values.

        Raises:
            ValueError, TypeError, KeyError: they are not of :meth:`to_dict`'s form.
        """
        modifier = stated.get("modifier")
        return cls(
            CodedTerm(**stated["category"]),
            CodedTerm(**stated["type"]),
            None if modifier is None else CodedTerm(**modifier),
        )
