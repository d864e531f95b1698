"""The mask of a run as a program of MONAI Label asked for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from backend.asker import Asker
from backend.errors import InvalidRequestError
from backend.exports.base import ExportedMask, ExportFile
from backend.exports.nifti import with_codes
from backend.exports.registry import find_export
from backend.services.masks import Masks
from backend.services.monai_label.outlines import asap_xml
from backend.services.monai_label.words import MODEL, codes_by_name
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.export import save_label_map

SEGMENTATION = ".seg.nrrd"
SUFFIXES = (".nii.gz", ".nii", ".nrrd", SEGMENTATION, ".mha")
DTYPES = ("uint8", "uint16", "int16", "int32")
OCTETS = "application/octet-stream"


@dataclass(frozen=True)
class ResultForm:
    """How a program wants a mask.

    Attributes:
        suffix: one of SUFFIXES, or "dicom_seg" for a DICOM segmentation.
        dtype: of the file's voxels; None for the smallest that holds the codes.
        compressed: the file's voxels, where its format leaves that open.
    """

    suffix: str = SUFFIXES[0]
    dtype: np.dtype | None = None
    compressed: bool = True

    @classmethod
    def of(cls, params: Mapping[str, Any], dicom_seg: bool = False) -> ResultForm:
        """From the "result_" parameters of a request. Raises InvalidRequestError for what is not offered."""
        if dicom_seg:
            return cls("dicom_seg")
        suffix, dtype = params.get("result_extension") or SUFFIXES[0], params.get("result_dtype")
        if suffix not in SUFFIXES:
            raise InvalidRequestError(
                f"The result_extension must be one of {', '.join(SUFFIXES)}, got {str(suffix)[:20]!r}."
            )
        if dtype is not None and dtype not in DTYPES:
            raise InvalidRequestError(
                f"The result_dtype must be one of {', '.join(DTYPES)}, got {str(dtype)[:20]!r}."
            )
        compressed = params.get("result_compress", True) is not False
        return cls(suffix, None if dtype is None else np.dtype(dtype), compressed)


@dataclass(frozen=True)
class InferenceResult:
    """A mask for a program: its file, and what is said beside it."""

    file: ExportFile
    params: dict[str, Any]


class Results:
    """Makes results of masks."""

    def __init__(self, masks: Masks, temporary_folder: Path) -> None:
        self._masks = masks
        self._temporary_folder = temporary_folder

    def of_mask(self, asker: Asker, mask_id: str, form: ResultForm) -> InferenceResult:
        """The mask as a file on the grid of its volume's, with the labels' codes.

        "label_names" holds the labels that are in it alone: programs count the values they find, and name
        them by that list in its order.

        Raises:
            NotFoundError: there is no such mask for the asker.
            UserError: it cannot be written so.
        """
        mask = self._masks.for_export(asker, mask_id, self._temporary_folder)
        held = [label for label in mask.labels if label["voxels"]]
        params = {"label_names": codes_by_name(held), "model": MODEL, "mask_id": mask_id}
        return InferenceResult(self._file(mask, form), params)

    def outlines(self, asker: Asker, mask_id: str, image: str) -> bytes:
        """Outlines of a picture: see :func:`backend.services.monai_label.outlines.asap_xml`."""
        mask = self._masks.for_export(asker, mask_id, self._temporary_folder)
        return asap_xml(mask, image)

    def _file(self, mask: ExportedMask, form: ResultForm) -> ExportFile:
        if form.suffix in (SEGMENTATION, "dicom_seg"):
            return find_export("slicer" if form.suffix == SEGMENTATION else "seg")(mask)
        codes = with_codes(mask.label_map, mask.labels)
        self._temporary_folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="export-", dir=self._temporary_folder) as folder:
            path = Path(folder) / f"mask{form.suffix}"
            try:
                save_label_map(codes, mask.volume, path, form.dtype, form.compressed)
            except ImageFormatError as error:
                if form.dtype is None:
                    raise
                raise InvalidRequestError(
                    f"A mask of the type {form.dtype} must hold codes up to {np.iinfo(form.dtype).max}, and "
                    f"this project's go up to {codes.max()}. Give its labels smaller codes on the page."
                ) from error
            return ExportFile(f"{mask.stem}{form.suffix}", OCTETS, path.read_bytes())


def parse_params(text: str) -> dict[str, Any]:
    """The parameters of a request's form. Raises InvalidRequestError unless they are a JSON object."""
    try:
        params = json.loads(text or "{}")
    except (ValueError, RecursionError):
        params = None
    if not isinstance(params, dict):
        raise InvalidRequestError("The field params must be a JSON object.")
    return params
