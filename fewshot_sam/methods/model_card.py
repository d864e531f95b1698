"""What a model's file says of it beyond what predicting takes: names, colours, licence, how it was made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field, StrictBool, StrictInt

from fewshot_sam.data.label_names import MAX_CODE, MAX_LABEL_NAME
from fewshot_sam.data.terms import SegmentTerm
from fewshot_sam.data.text import cut_characters, on_one_line, printable

if TYPE_CHECKING:
    from fewshot_sam.data.painted_case import PaintedCase
    from fewshot_sam.encoders.base import Encoder

MAX_LINE, MAX_NOTE = 200, 2000
"""Characters of a title, an author or a licence, and of a note."""
_Line = Annotated[str, Field(max_length=MAX_LINE)]
_Count = Annotated[StrictInt, Field(ge=0)]


@dataclass(frozen=True)
class CardLabel:
    """What a code of a model is called, and where there are, its colour as #rrggbb and its term."""

    __pydantic_config__ = ConfigDict(extra="ignore")

    code: Annotated[StrictInt, Field(ge=1, le=MAX_CODE)]
    name: Annotated[str, Field(min_length=1, max_length=MAX_LABEL_NAME)]
    color: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] | None = None
    term: SegmentTerm | None = None


@dataclass(frozen=True)
class ModelCard:
    """Beside the network in a model's file. Every part may be missing, as in files of earlier versions.

    No patient, file, volume or project is named here; title, author, licence and note are what somebody
    typed.

    Attributes:
        labels: names, colours and terms of codes, ascending.
        program: name and version of the one that wrote the file.
        created: the day of the fit, ISO 8601, UTC.
        seed: of everything random in the fit.
        input_size: a slice is resized so that its longer side has so many pixels.
        pictures: whether it learnt from unrelated pictures; None: from files of earlier versions.
        slices: painted and reviewed slices that were learnt from, by the volume's content hash.
    """

    __pydantic_config__ = ConfigDict(extra="ignore")

    labels: list[CardLabel] = field(default_factory=list)
    title: _Line = ""
    author: _Line = ""
    licence: _Line = ""
    note: Annotated[str, Field(max_length=MAX_NOTE)] = ""
    program: _Line = ""
    created: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    seed: StrictInt | None = None
    input_size: _Count | None = None
    pictures: StrictBool | None = None
    slices: dict[str, _Count] = field(default_factory=dict)

    @classmethod
    def of_fit(cls, cases: Sequence[PaintedCase], encoder: Encoder, seed: int) -> ModelCard:
        """How a model that is fitted today is made; of stacks of pictures each picture is a case."""
        slices: Counter[str] = Counter()
        for case in cases:
            slices[case.volume.content_hash] += len(case.display)
        return cls(
            created=datetime.now(UTC).date().isoformat(),
            seed=seed,
            input_size=encoder.input_size,
            pictures=any(case.volume.pictures for case in cases),
            slices=dict(slices),
        )

    def named(
        self,
        names: Mapping[int, tuple[str, str | None]],
        terms: Mapping[int, SegmentTerm | None] | None = None,
    ) -> ModelCard:
        """With names and colours by code, and what those are of which somebody said it."""
        said = terms or {}
        labels = [
            CardLabel(
                code,
                cut_characters(on_one_line(name), MAX_LABEL_NAME) or f"label {code}",
                color,
                said.get(code),
            )
            for code, (name, color) in sorted(names.items())
        ]
        return replace(self, labels=labels)

    def signed(self, title: str = "", author: str = "", licence: str = "", note: str = "") -> ModelCard:
        """With what somebody typed: on one line each but the note, and cut."""
        lines = (cut_characters(on_one_line(text), MAX_LINE) for text in (title, author, licence))
        kept = "\n".join(printable(line).rstrip() for line in note.splitlines()).strip()
        title, author, licence = lines
        return replace(self, title=title, author=author, licence=licence, note=kept[:MAX_NOTE])

    def recoded(self, codes: Mapping[int, int]) -> ModelCard:
        """With other codes; labels of codes that are not among them are left out."""
        kept = [replace(label, code=codes[label.code]) for label in self.labels if label.code in codes]
        return replace(self, labels=sorted(kept, key=lambda label: label.code))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)
