"""Frozen image encoders. A new encoder is one file with an :class:`Encoder`, and a line in ``load``."""

from fewshot_sam.encoders.base import DecoderWeights, Encoder
from fewshot_sam.encoders.load import ENCODER_NAMES, load_encoder

__all__ = ["ENCODER_NAMES", "DecoderWeights", "Encoder", "load_encoder"]
