"""Names of devices; a GPU is pretended where one is needed."""

from __future__ import annotations

import pytest
import torch

from fewshot_sam.encoders import devices
from fewshot_sam.errors import DeviceError


def pretend_gpus(monkeypatch: pytest.MonkeyPatch, count: int, capability: tuple[int, int] = (8, 0)) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)


def test_auto_takes_a_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_gpus(monkeypatch, 0)
    assert devices.resolve_device() == torch.device("cpu")
    pretend_gpus(monkeypatch, 1)
    assert devices.resolve_device("auto") == torch.device("cuda")
    assert devices.resolve_device("cpu") == torch.device("cpu")


def test_gpus_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_gpus(monkeypatch, 2)
    assert devices.resolve_device("cuda") == torch.device("cuda", 0)
    assert devices.resolve_device("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(DeviceError, match=r"cuda:2 is not on this machine, which has 2 CUDA device\(s\)"):
        devices.resolve_device("cuda:2")


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:7"])
def test_no_gpu(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    pretend_gpus(monkeypatch, 0)
    with pytest.raises(DeviceError, match=f"{name} is not on this machine, which has no CUDA device; use"):
        devices.resolve_device(name)


@pytest.mark.parametrize("name", ["", "gpu", "mps", "cuda:x", "cuda:-1", "CPU", "cpu:0"])
def test_other_names(name: str) -> None:
    with pytest.raises(DeviceError, match="must be auto, cpu, cuda or cuda:N, got "):
        devices.resolve_device(name)


def test_bfloat16_where_the_gpu_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for capability, dtype in {(7, 5): torch.float16, (8, 0): torch.bfloat16, (9, 0): torch.bfloat16}.items():
        pretend_gpus(monkeypatch, 1, capability)
        assert devices.cuda_autocast_dtype(torch.device("cuda")) == dtype
