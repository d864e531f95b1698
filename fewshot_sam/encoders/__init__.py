"""Frozen image encoders: one file an encoder, chosen by name through ``registry``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fewshot_sam.encoders.base import DecoderWeights, Encoder, SamCheckpoint
    from fewshot_sam.encoders.load import load_encoder
    from fewshot_sam.encoders.registry import ENCODER_NAMES, ENCODERS

__all__ = ["ENCODERS", "ENCODER_NAMES", "DecoderWeights", "Encoder", "SamCheckpoint", "load_encoder"]

_MODULES = {
    "DecoderWeights": "base",
    "ENCODERS": "registry",
    "ENCODER_NAMES": "registry",
    "Encoder": "base",
    "SamCheckpoint": "base",
    "load_encoder": "load",
}


def __getattr__(name: str) -> Any:
    """Import torch only when an encoder is used: the command line's --help lists the encoders' names."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
