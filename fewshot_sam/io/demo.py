"""The demo volume of a fresh machine: a head T1 at 1 mm that nilearn's wheel ships.

The ICBM 152 2009a average (Fonov et al. 2011, NeuroImage 54:313) with its grey and white matter
maps. The files are stored under a private path of nilearn, so its version is pinned in
requirements.txt.
"""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np

from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.load import read_source
from fewshot_sam.io.source import SourceImage

GREY_MATTER = 1
WHITE_MATTER = 2
_FILE_NAME = "mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"


def demo_volume() -> Volume:
    """The head T1 as a volume, int16, modality MR.

    Raises:
        ImageFormatError: if this nilearn does not ship the file.
    """
    volume = _shipped("t1").to_volume()
    return Volume(volume.voxels, volume.source, "MR", "Head MR (demo)", metadata={"source": "ICBM 152 2009a"})


def demo_label_map() -> np.ndarray:
    """(X, Y, Z) uint16 label map of :func:`demo_volume`: 1 grey matter, 2 white matter, 0 neither.

    A voxel has a label where that tissue's probability is the larger and at least one half.
    """
    grey, white = _shipped("gm"), _shipped("wm")
    half = 0.5 * max(float(grey.array.max()), float(white.array.max()))
    labels = np.where(grey.array >= white.array, GREY_MATTER, WHITE_MATTER).astype(np.uint16)
    labels[np.maximum(grey.array, white.array) < half] = 0
    return np.asfortranarray(grey.grid.to_canonical(labels))


def _shipped(tissue: str) -> SourceImage:
    name = _FILE_NAME.format(tissue)
    resource = files("nilearn") / "datasets" / "data" / name
    if not resource.is_file():
        raise ImageFormatError(
            f"The demo volume is not there: the installed nilearn does not ship {name}. "
            "Install the version that requirements.txt names."
        )
    with as_file(resource) as path:
        return read_source(path)
