"""Files that say how the labels of a label map came to be, written by an export of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from backend.schemas.limits import MAX_CODE, MAX_SLICE_INDEX
from backend.services.imported_origins import Said
from fewshot_sam.data.origins import PROVENANCE_FORMAT, PROVENANCE_SUFFIX, OriginKind
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.text import printable
from fewshot_sam.errors import ImageFormatError

MAX_BYTES = 8 * 1024 * 1024
_Text = Annotated[str, StringConstraints(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Label(_Part):
    code: Annotated[int, Field(ge=1, le=MAX_CODE)]
    kind: OriginKind
    by: _Text | None = None
    model: _Text | None = None


class _Slice(_Part):
    slice_index: Annotated[int, Field(ge=0, le=MAX_SLICE_INDEX)]
    labels: Annotated[list[_Label], Field(max_length=255)]


class Sidecar(_Part):
    """A provenance file."""

    format: Literal["few-shot-sam-provenance"]
    version: Annotated[int, Field(ge=1, le=1)]
    plane: Plane
    model: _Text | None = None
    slices: Annotated[list[_Slice], Field(max_length=MAX_SLICE_INDEX)]

    def said(self, plane: Plane, indices: Sequence[int], values: Mapping[int, int]) -> Said:
        """What it says of slices of a plane, by slice index and label value.

        Labels of slices that it does not name were predicted.

        Args:
            values: label value by code.
        """
        if plane != self.plane:
            return {}
        rest = _facts(OriginKind.PREDICTED, None, self.model)
        found = {(index, value): rest for index in indices for value in values.values()}
        for each in self.slices:
            for label in each.labels:
                if label.code in values:
                    facts = _facts(label.kind, label.by, label.model)
                    found[each.slice_index, values[label.code]] = facts
        return found


def split_sidecar(files: list[Path]) -> tuple[list[Path], Path | None]:
    """The files without the one that holds provenance, and that one."""
    found = [path for path in files if path.name.lower().endswith(PROVENANCE_SUFFIX)]
    if len(found) == len(files):
        raise ImageFormatError("The files hold no label map. Choose it together with its provenance.")
    if len(found) > 1:
        raise ImageFormatError(
            f"Choose one provenance file (*{PROVENANCE_SUFFIX}) with a label map, got {len(found)}."
        )
    return [path for path in files if path not in found], found[0] if found else None


def read_sidecar(path: Path) -> Sidecar:
    """The file, checked; nothing of it is believed to be of an account of this server.

    Raises:
        ImageFormatError: it is too large, or not what our export writes.
    """
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ImageFormatError(f"A provenance file must have at most {MAX_BYTES // 1024**2} MB, got more.")
    try:
        return Sidecar.model_validate_json(content)
    except ValidationError as error:
        raise ImageFormatError(
            f"'{path.name}' must be provenance as our exports write it ({PROVENANCE_FORMAT}, version 1), "
            "and is not. Import the label map without it."
        ) from error


def sidecar_in(text: str) -> Sidecar | None:
    """What came in one archive with a label map; None where that is not what our export writes."""
    try:
        return Sidecar.model_validate_json(text)
    except ValidationError:
        return None


def _facts(kind: OriginKind, by: str | None, model: str | None) -> dict[str, Any]:
    texts = {"by": by and printable(by), "model": model and printable(model)}
    return {"kind": kind.value, **{key: text for key, text in texts.items() if text}}
