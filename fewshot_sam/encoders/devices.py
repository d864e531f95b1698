"""Choosing the device and the number format the encoder runs in."""

from __future__ import annotations

import torch

from fewshot_sam.errors import DeviceError


def resolve_device(device: str = "auto") -> torch.device:
    """The torch device for "auto", "cpu", "cuda" or "cuda:N"; auto takes CUDA where there is one.

    Raises:
        DeviceError: if the name is not one of these, or the machine has no such device.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device == "cpu":
        return torch.device("cpu")
    kind, _, number = device.partition(":")
    if kind != "cuda" or (number and not number.isdigit()):
        raise DeviceError(f"The device must be auto, cpu, cuda or cuda:N, got {device!r}.")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(number or 0) >= count:
        found = f"{count} CUDA device(s)" if count else "no CUDA device"
        raise DeviceError(f"The device {device} is not on this machine, which has {found}; use --device cpu.")
    return torch.device("cuda", int(number or 0))


def cuda_autocast_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the GPU computes it, else float16."""
    return torch.bfloat16 if torch.cuda.get_device_capability(device)[0] >= 8 else torch.float16
