"""Files that try to make a reader return the bytes of another file: the canary.

Each trick writes its files into an upload's folder, given the path of a canary, and returns the
files to upload. ``returns_canary`` says whether voxels that came back hold bytes of it.
"""

from __future__ import annotations

from tests.fewshot_sam.header_trick import CANARY, ENVIRONMENT, HOSTNAME, HeaderTrick, returns_canary
from tests.fewshot_sam.tricks_of_files import (
    dicom_tricks,
    link_tricks,
    nifti_tricks,
    picture_tricks,
    zip_tricks,
)
from tests.fewshot_sam.tricks_of_headers import (
    metaimage_header,
    metaimage_structure_tricks,
    named_file_tricks,
    nrrd_header,
    nrrd_structure_tricks,
)

__all__ = ["CANARY", "ENVIRONMENT", "HOSTNAME", "HeaderTrick", "all_tricks", "returns_canary"]


def all_tricks() -> list[HeaderTrick]:
    """Every trick, each with an id of its own."""
    return [
        *named_file_tricks("nrrd", nrrd_header),
        *named_file_tricks("metaimage", metaimage_header),
        *nrrd_structure_tricks(),
        *metaimage_structure_tricks(),
        *nifti_tricks(),
        *dicom_tricks(),
        *zip_tricks(),
        *picture_tricks(),
        *link_tricks(),
    ]
