"""How labels came onto slices, and what the masks that they came from are."""

from __future__ import annotations

from pathlib import PurePath

from pydantic import Field

from backend.schemas.enums import SliceState
from backend.schemas.parts import ApiAnswer, ModelOriginAnswer, OriginAnswer
from fewshot_sam.data.planes import Plane


class SliceOriginsAnswer(ApiAnswer):
    """How the labels of a slice's latest version came onto it."""

    plane: Plane
    slice_index: int
    version: int
    state: SliceState
    author: str
    saved_at: str
    labels: dict[str, OriginAnswer] = Field(description="by label value")


class MaskOriginAnswer(ApiAnswer):
    """What made a mask."""

    mask_id: str
    run_id: str
    created_at: str
    method: str
    encoder: str | None
    seed: int
    model_id: str | None
    sources: list[str] = Field(description="volumes that its model learnt from, as called then")
    model_file: ModelOriginAnswer | None = Field(description="of a model that came as a file")

    @property
    def title(self) -> str:
        """Method and encoder in one text, without the folder that a checkpoint is in."""
        parts = [self.method, *([PurePath(self.encoder).name] if self.encoder else [])]
        if self.model_file is not None:
            parts.append(f"model {self.model_file.sha256[:12]} {self.model_file.title}".rstrip())
        return ", ".join(parts)


class ProvenanceAnswer(ApiAnswer):
    """How every label of a volume came onto every slice; what is on no slice here is predicted."""

    volume_id: str
    people: dict[str, str | None] = Field(
        description="names of those in `by` and `author`; null for one without an account"
    )
    masks: list[MaskOriginAnswer] = Field(description="those that labels came from, and the newest, the last")
    slices: list[SliceOriginsAnswer]

    def person(self, by: str) -> str | None:
        """What a person is called; None for one without an account."""
        return self.people.get(by)
