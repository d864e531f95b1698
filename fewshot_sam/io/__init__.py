"""Images and label maps from files and back: the only place that knows file formats.

Example:
    A label map goes back to the grid that its scan was stored on:

    >>> import tempfile
    >>> from pathlib import Path
    >>> import nibabel as nib
    >>> import numpy as np
    >>> from fewshot_sam.io import load_label_map, load_volume, save_label_map
    >>> folder = tempfile.TemporaryDirectory()
    >>> scan = Path(folder.name, "scan.nii.gz")
    >>> stored = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    >>> nib.save(nib.Nifti1Image(stored, np.diag([-1.0, -1.0, 2.5, 1.0])), scan)
    >>> volume = load_volume(scan)
    >>> volume.name, volume.shape, volume.spacing_mm, volume.voxels.dtype.name
    ('scan', (3, 4, 5), (1.0, 1.0, 2.5), 'int16')
    >>> label_map = np.where(volume.voxels > 30, 7, 0).astype(np.uint8)  # (X, Y, Z), canonical
    >>> save_label_map(label_map, volume, Path(folder.name, "mask.nii.gz"))
    >>> again = load_label_map(Path(folder.name, "mask.nii.gz"), volume)
    >>> again.dtype, bool((again == label_map).all())
    (dtype('uint16'), True)
    >>> folder.cleanup()
"""

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
