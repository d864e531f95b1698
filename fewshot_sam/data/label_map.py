"""A label map that was read from files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fewshot_sam.data.label_names import LabelName


@dataclass(frozen=True, eq=False)
class LabelMap:
    """A label map on the canonical grid of its volume.

    Attributes:
        codes: (X, Y, Z) uint16 in Fortran order, 0 is background.
        names: of the codes, as far as files say.
        notes: sentences about what was read otherwise than it stands in the files; empty if nothing.
        provenance: text of a file that came in one folder or archive with it and says where its labels
            come from, unchecked; empty if none.
        by_name: its codes are numbers that the file counted, so that names tell what is what.
        resampled: it was on another grid, and each voxel got the label nearest to it.
    """

    codes: np.ndarray
    names: dict[int, LabelName]
    notes: str = ""
    provenance: str = ""
    by_name: bool = False
    resampled: bool = False
