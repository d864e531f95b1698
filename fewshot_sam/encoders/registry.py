"""The encoders that can be chosen by name. A new one is a file with an :class:`Encoder` and a line here."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fewshot_sam.encoders.base import Encoder

DEFAULT_ENCODER = "lite-medsam"

ENCODERS: dict[str, str] = {
    DEFAULT_ENCODER: "fewshot_sam.encoders.lite_medsam:LiteMedSamEncoder",
    "sam-vit-b": "fewshot_sam.encoders.sam_vit:SamVitEncoder",
    "sam-vit-l": "fewshot_sam.encoders.sam_vit:SamVitEncoder",
    "sam-vit-h": "fewshot_sam.encoders.sam_vit:SamVitEncoder",
    "medsam": "fewshot_sam.encoders.sam_vit:SamVitEncoder",
}
"""Name to "module:class"; the module is imported when the encoder is used, since most import torch."""

ENCODER_NAMES = ENCODERS.keys()
"""The names in :data:`ENCODERS`, always up to date."""


def encoder_class(name: str) -> type[Encoder]:
    """The class of a registered encoder.

    Raises:
        KeyError: no encoder has this name.
    """
    found: type[Encoder] = resolve_name(ENCODERS[name])
    return found
