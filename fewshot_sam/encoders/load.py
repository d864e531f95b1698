"""From a name or a path to an encoder."""

from __future__ import annotations

from pathlib import Path

from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.registry import DEFAULT_ENCODER, ENCODER_NAMES, encoder_class
from fewshot_sam.errors import ModelError
from fewshot_sam.progress import Progress, no_progress


def load_encoder(
    name_or_path: str | Path = DEFAULT_ENCODER, device: str = "auto", progress: Progress = no_progress
) -> Encoder:
    """An encoder by name, or by the path of a SAM checkpoint.

    Args:
        name_or_path: one of :data:`~fewshot_sam.encoders.registry.ENCODER_NAMES` (SAM's own and MedSAM
            are downloaded once), or the path of a checkpoint in Meta's format, whose size is read from
            it. A file with "medsam" in its name is taken for MedSAM, which expects another intensity range.
        device: "auto", "cpu", "cuda" or "cuda:N".
        progress: told while a checkpoint downloads.

    Returns:
        The encoder; its weights are loaded when first needed.

    Raises:
        ModelError: if the name is unknown, or the checkpoint missing, damaged or unreachable.
        DeviceError: if the device is not on this machine.
    """
    name = str(name_or_path)
    if name in ENCODER_NAMES:
        return encoder_class(name).from_name(name, device, progress)
    path = Path(name_or_path).expanduser()
    if path.is_file():
        from fewshot_sam.encoders.sam_vit import SamVitEncoder  # the one format of checkpoint files

        return SamVitEncoder(path, device, unit_range="medsam" in path.name.lower())
    raise ModelError(
        f"The encoder must be one of {', '.join(ENCODER_NAMES)} or a SAM checkpoint's path, got {name!r}."
    )
