"""Whether the values of a CT are Hounsfield units, or lie above them as scanners store them."""

from __future__ import annotations

import numpy as np

from fewshot_sam.data.sampling import sample_of

STORED_OFFSET = 1024
"""What scanners add to Hounsfield units (HU) so that none is negative: air is about 0, water 1024."""

_SAMPLES = 1_000_000
_NEGATIVE = -150.0
_FEW = 0.001
_AIR = 200.0
_LEAST_AIR = 0.01
_TISSUE = 600.0
"""Above all lung, below all fat."""
_LEAST_TISSUE = 0.02
_SOFT = (850.0, 1150.0)
"""Fat to the liver with contrast, -174 to 126 HU."""
_LEAST_SOFT = 0.75
"""Share of the tissue. Real CTs have 0.84 and more of it there, real MRs 0.63 and less however scaled."""
_MEDIAN = (900.0, 1110.0)
_BONE = 1200.0
_SHARES_OF_BONE = (0.003, 0.2)


def hounsfield_offset(voxels: np.ndarray) -> int:
    """How far the values of a CT lie above Hounsfield units: 1024 or 0.

    They lie above if there is air at 0, hardly anything negative, and most of what is no air lies about
    water at 1024 with some bone above. Values of an MR may have any scale, but spread wider than that.

    Args:
        voxels: (X, Y, Z) int16 or float32 in the file's units.
    """
    sample = sample_of(voxels, _SAMPLES)
    if (sample < _NEGATIVE).mean() > _FEW or (sample <= _AIR).mean() < _LEAST_AIR:
        return 0
    tissue = sample[sample > _TISSUE]
    if tissue.size < _LEAST_TISSUE * sample.size:
        return 0
    soft = float(((tissue >= _SOFT[0]) & (tissue <= _SOFT[1])).mean())
    bone = float((tissue > _BONE).mean())
    least, most = _SHARES_OF_BONE
    about_water = _MEDIAN[0] <= float(np.median(tissue)) <= _MEDIAN[1]
    return STORED_OFFSET if soft >= _LEAST_SOFT and least <= bone <= most and about_water else 0
