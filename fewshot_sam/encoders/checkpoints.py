"""Reading SAM checkpoints without running code from them, and checking what they are."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from fewshot_sam.encoders.base import DecoderWeights
from fewshot_sam.errors import ModelError


def file_hash(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_hash(path: Path, expected: str) -> None:
    """Check a file against "sha256:HEX".

    Raises:
        ModelError: if the file is missing or its hash is another.
        ValueError: ``expected`` is a hash of another kind.
    """
    algorithm, _, digest = expected.partition(":")
    if algorithm != "sha256":
        raise ValueError(f"the hash must be a SHA-256, got {algorithm}")
    if not path.exists():
        raise ModelError(f"The model file {path.name} is missing; install the requirements again.")
    found = file_hash(path)
    if found != digest:
        raise ModelError(
            f"The model file {path.name} must have sha256 {digest}, got {found}: it is damaged or was "
            "replaced. Delete it and fetch it again."
        )


def load_state(path: Path) -> dict[str, torch.Tensor]:
    """The state dict of a checkpoint; nothing but tensors is unpickled.

    Returns:
        Parameter name to tensor on the CPU, each of the shape and dtype it was saved with, such as
        (1, 64, 64, C) float32 positions.

    Raises:
        ModelError: if the file is not a torch checkpoint of tensors.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ModelError(f"The checkpoint {path} does not exist.") from error
    except Exception as error:  # torch's reader fails in any way on foreign bytes, also with KeyError
        raise ModelError(
            f"{path.name} is not a PyTorch checkpoint of plain tensors, or it is damaged."
        ) from error
    for key in ("model", "state_dict"):
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise ModelError(f"{path.name} holds no network weights; it must be a SAM checkpoint.")
    return state


def part(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """The entries of a state dict under ``prefix``, named without it.

    Tensors are of any shape, (C,) or (C, D) among them, and any dtype; they are not copied.
    """
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def decoder_weights(state: dict[str, torch.Tensor]) -> DecoderWeights:
    """The mask decoder and positional encoding of a whole SAM.

    Args:
        state: its state dict, of any float dtype; tensors have the shapes of
            ``segment_anything.modeling.Sam``, such as (2, C / 2) for the random Fourier matrix.

    Returns:
        The same weights in float32; see :class:`~fewshot_sam.encoders.base.DecoderWeights` for the shapes.

    Raises:
        ModelError: if they are not in it.
    """
    mask_decoder = part(state, "mask_decoder.")
    try:
        frequencies = state["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"]
        no_mask = state["prompt_encoder.no_mask_embed.weight"]
    except KeyError as error:
        raise ModelError(
            f"The checkpoint has no {error.args[0]}; it must be a whole SAM checkpoint."
        ) from error
    if not mask_decoder:
        raise ModelError("The checkpoint has no mask decoder; it must be a whole SAM checkpoint.")
    return DecoderWeights(
        {key: value.float() for key, value in mask_decoder.items()},
        frequencies.float(),
        no_mask.float()[0],
        *_prompt_embeddings(state),
    )


def _prompt_embeddings(state: dict[str, torch.Tensor]) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """(4, C) and (C,) float32 of the prompt encoder; None where the checkpoint has none."""
    names = [f"prompt_encoder.point_embeddings.{number}.weight" for number in range(4)]
    end = "prompt_encoder.not_a_point_embed.weight"
    if not {*names, end} <= state.keys():
        return None, None
    return torch.cat([state[name] for name in names]).float(), state[end].float()[0]
