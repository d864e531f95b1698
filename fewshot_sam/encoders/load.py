"""From a name or a path to an encoder."""

from __future__ import annotations

from pathlib import Path

from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.lite_medsam import LiteMedSamEncoder
from fewshot_sam.encoders.sam_vit import PUBLISHED, SamVitEncoder, load_published
from fewshot_sam.errors import ModelError
from fewshot_sam.progress import Progress, no_progress

ENCODER_NAMES = (LiteMedSamEncoder.name, *PUBLISHED)


def load_encoder(
    name_or_path: str | Path = "lite-medsam", device: str = "auto", progress: Progress = no_progress
) -> Encoder:
    """An encoder by name, or by the path of a SAM checkpoint.

    Args:
        name_or_path: one of :data:`ENCODER_NAMES` (all but the first are downloaded once), or the path
            of a checkpoint in Meta's format, whose size is read from it. A file with "medsam" in its
            name is taken for MedSAM, which wants another intensity range.
        device: "auto", "cpu", "cuda" or "cuda:N".
        progress: told while a checkpoint downloads.

    Raises:
        ModelError: if the name is unknown, or the checkpoint missing, damaged or unreachable.
        DeviceError: if the device is not on this machine.
    """
    name = str(name_or_path)
    if name == LiteMedSamEncoder.name:
        return LiteMedSamEncoder(device)
    if name in PUBLISHED:
        return load_published(name, device, progress)
    path = Path(name_or_path).expanduser()
    if path.is_file():
        return SamVitEncoder(path, device, unit_range="medsam" in path.name.lower())
    raise ModelError(
        f"The encoder must be one of {', '.join(ENCODER_NAMES)} or a SAM checkpoint's path, got {name!r}."
    )
