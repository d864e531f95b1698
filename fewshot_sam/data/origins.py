"""How a label came onto a slice, and the file beside a label map that says so."""

from __future__ import annotations

from enum import StrEnum

PROVENANCE_FORMAT = "few-shot-sam-provenance"
PROVENANCE_SUFFIX = "-provenance.json"
"""How the names of such files end."""


class OriginKind(StrEnum):
    """How a label came onto a slice."""

    PAINTED = "painted"  # by hand
    OUTLINED = "outlined"  # SAM drew it in a box or at a point, and a person took it
    ACCEPTED = "accepted"  # predicted or interpolated, and taken by a person as it was
    CORRECTED = "corrected"  # one of those, an outline or an import, changed by a person
    IMPORTED = "imported"  # from a label map file
    MERGED = "merged"  # of what several people read of the same scan
    INTERPOLATED = "interpolated"  # filled in between painted slices; nobody has accepted it
    PREDICTED = "predicted"  # by a model; nobody has accepted it
