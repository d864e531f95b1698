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

CHECKPOINT_FILES = {
    "sam-vit-b": "sam_vit_b_01ec64.pth",
    "sam-vit-l": "sam_vit_l_0b3195.pth",
    "sam-vit-h": "sam_vit_h_4b8939.pth",
    "medsam": "medsam_vit_b.pth",
}
"""Encoders that are downloaded, and under which name; the others come with the program."""

ENCODER_NAMES = ENCODERS.keys()
"""The names in :data:`ENCODERS`, always up to date."""


def encoder_class(name: str) -> type[Encoder]:
    """The class of a registered encoder.

    Raises:
        KeyError: no encoder has this name.
    """
    found: type[Encoder] = resolve_name(ENCODERS[name])
    return found
