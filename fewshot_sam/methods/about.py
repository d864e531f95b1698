"""The description in a model's file: its types and ranges, and what is told of it. Imports no torch."""

from __future__ import annotations

import math
from dataclasses import MISSING, dataclass, field, fields
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictInt, TypeAdapter, ValidationError

from fewshot_sam.data.label_names import MAX_CODE
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.text import printable
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.model_card import ModelCard
from fewshot_sam.methods.upgrade import upgrade_model

FiniteNumber = Annotated[float, Field(strict=True, allow_inf_nan=False)]
MAX_VOLUMES = 10_000
_SHOWN = 200
"""Characters of a text that a file from outside may choose."""


@dataclass(frozen=True)
class ModelAbout:
    """What a file says of itself, see :class:`fewshot_sam.methods.fitted_model.FittedModel`."""

    __pydantic_config__ = ConfigDict(extra="ignore")

    method: str
    method_state: dict[str, Any]
    plane: Plane
    codes: list[Annotated[StrictInt, Field(ge=1, le=MAX_CODE)]]
    encoder: str
    encoder_identity: str
    window: tuple[FiniteNumber, FiniteNumber] | None
    volumes: Annotated[list[tuple[str, FiniteNumber]], Field(max_length=MAX_VOLUMES)]
    settings: Any
    fit: dict[str, Any]
    card: ModelCard = field(default_factory=ModelCard)


_ABOUT = TypeAdapter(ModelAbout)
_REQUIRED = {each.name for each in fields(ModelAbout) if each.default_factory is MISSING}


def parse_about(stated: dict[str, Any], name: str) -> ModelAbout:
    """The description of a file of this or an earlier version, in today's words.

    Args:
        name: of the file, for errors.

    Raises:
        ModelError: a part is missing, or has another type or length.
    """
    about = upgrade_model(stated)
    if not about.keys() >= _REQUIRED:
        raise ModelError(f"{name} was made by another version; fit the model again.")
    try:
        parsed = _ABOUT.validate_python(about)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise damaged(name, ".".join(map(str, first["loc"]))[:_SHOWN], first["msg"]) from None
    if len(parsed.codes) != len(set(parsed.codes)):
        raise damaged(name, "codes", "two are the same")
    return parsed


def damaged(name: str, part: str, reason: str = "") -> ModelError:
    """The error of a file, part of which is something else than this program writes there."""
    why = f" ({reason[0].lower()}{reason[1:]})" if reason else ""
    return ModelError(f"{name} is damaged: {part} is not what a few-shot model has there{why}.")


def describe(about: ModelAbout) -> dict[str, Any]:
    """What the file says of itself, JSON-able; what is no number or text of its kind is left out.

    Returns:
        "method", "settings", "encoder", "encoder_identity", "plane", "window" (None: each volume's own),
        "input_size", "pictures" (None: not known), "codes", "labels" (code, name, color), "slices" (None
        where it was not noted), "cross_validated_dice" by code, "volumes", the content hashes of what it
        learnt from, "sources", the same with the slices of each, and "title", "author", "licence", "note",
        "program", "created", "seed".
    """
    card = about.card
    slices, dice = about.fit.get("slices"), about.fit.get("cross_validated_dice")
    known = dice if isinstance(dice, dict) else {}
    volumes = [printable(content_hash)[:_SHOWN] for content_hash, _ in about.volumes]
    return {
        "title": printable(card.title),
        "author": printable(card.author),
        "licence": printable(card.licence),
        "note": "\n".join(map(printable, card.note.splitlines())),
        "program": printable(card.program),
        "created": card.created,
        "method": printable(about.method)[:_SHOWN],
        "settings": about.settings if isinstance(about.settings, dict) else {},
        "seed": card.seed,
        "encoder": printable(about.encoder)[:_SHOWN],
        "encoder_identity": printable(about.encoder_identity)[:_SHOWN],
        "plane": about.plane.value,
        "window": list(about.window) if about.window else None,
        "input_size": card.input_size,
        "pictures": card.pictures,
        "codes": sorted(about.codes),
        "labels": [
            {"code": label.code, "name": printable(label.name), "color": label.color}
            for label in sorted(card.labels, key=lambda label: label.code)
            if label.code in about.codes
        ],
        "slices": slices if isinstance(slices, int) else None,
        "cross_validated_dice": {code: _number(known.get(str(code))) for code in sorted(about.codes)},
        "volumes": volumes,
        "sources": [
            {"sha256": shown, "slices": card.slices.get(content_hash)}
            for shown, (content_hash, _) in zip(volumes, about.volumes, strict=True)
        ],
    }


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < math.inf else None
