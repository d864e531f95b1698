"""Images and label maps from files and back: the only place that knows file formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fewshot_sam.io.export import save_label_map, save_scalar_map
    from fewshot_sam.io.labels import load_label_map
    from fewshot_sam.io.load import load_volume
    from fewshot_sam.io.sandbox.reading import load_volume_isolated

__all__ = ["load_label_map", "load_volume", "load_volume_isolated", "save_label_map", "save_scalar_map"]

_MODULES = {
    "load_label_map": "labels",
    "load_volume": "load",
    "load_volume_isolated": "sandbox.reading",
    "save_label_map": "export",
    "save_scalar_map": "export",
}


def __getattr__(name: str) -> Any:
    """Load readers when they are needed: a server has none, and the reading child is confined before."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
