"""Masks as files for other programs, on the grid the volume was stored on."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from backend.errors import InvalidRequestError
from backend.services.masks import Masks
from fewshot_sam.data.volume import Volume
from fewshot_sam.io import save_label_map

_FORMULA_START = re.compile(r"((?:^|[;,|\t\r\n])[\s\"']*)([=+\-@\uff1d\uff0b\uff0d\uff20])")
FORMATS = ("nifti", "bundle", "labels", "csv", "names", "confidence")


@dataclass(frozen=True)
class ExportFile:
    """A file to hand out."""

    name: str
    media_type: str
    content: bytes


class Exports:
    """Masks as NIfTI, as zip files, as names and as a table."""

    def __init__(self, masks: Masks, temporary_folder: Path) -> None:
        self._masks = masks
        self._temporary_folder = temporary_folder

    def export(self, owner: str, mask_id: str, kind: str) -> ExportFile:
        """The mask as a file.

        Args:
            kind: "nifti": one multi-label .nii.gz; "names": JSON of its codes; "bundle": both in a
                zip; "labels": a zip with one .nii.gz of 0 and 1 a label; "csv": voxels and mL;
                "confidence": .nii.gz of how sure the mask is of each voxel, in percent, uint8.

        Raises NotFoundError when a confidence is asked for and the mask has none.
        """
        if kind not in FORMATS:
            raise InvalidRequestError(f"The format must be one of {', '.join(FORMATS)}, got {kind[:20]!r}.")
        if kind == "confidence":
            volume, confidence = self._masks.confidence(owner, mask_id)
            name = f"{safe_stem(volume.name)}-confidence.nii.gz"
            return ExportFile(name, "application/gzip", self._nifti(_percent(confidence), volume))
        _, volume, label_map, labels = self._masks.open(owner, mask_id)
        stem = safe_stem(volume.name)
        if kind == "csv":
            return ExportFile(f"{stem}-volumes.csv", "text/csv", _table(labels))
        if kind == "names":
            return ExportFile(f"{stem}-labels.json", "application/json", _names(labels))
        if kind == "nifti":
            nifti = self._nifti(_with_codes(label_map, labels), volume)
            return ExportFile(f"{stem}-mask.nii.gz", "application/gzip", nifti)
        if kind == "bundle":
            files = {
                f"{stem}-mask.nii.gz": self._nifti(_with_codes(label_map, labels), volume),
                f"{stem}-mask.json": _names(labels),
                f"{stem}-volumes.csv": _table(labels),
            }
            return ExportFile(f"{stem}-mask.zip", "application/zip", _zip(files))
        return ExportFile(
            f"{stem}-labels.zip", "application/zip", _zip(self._one_by_one(label_map, labels, volume))
        )

    def _one_by_one(
        self, label_map: np.ndarray, labels: list[dict[str, Any]], volume: Volume
    ) -> dict[str, bytes]:
        files = {}
        for label in labels:
            name = f"{label['code']:03d}-{safe_stem(label['name'])}.nii.gz"
            files[name] = self._nifti((label_map == label["value"]).view(np.uint8), volume)
        return files

    def _nifti(self, label_map: np.ndarray, volume: Volume) -> bytes:
        self._temporary_folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="export-", dir=self._temporary_folder) as folder:
            path = Path(folder) / "mask.nii.gz"
            save_label_map(label_map, volume, path)
            return path.read_bytes()


def safe_stem(name: str) -> str:
    """A volume's name as the start of a file name that every system takes."""
    stem = re.sub(r"\.(nii(\.gz)?|nrrd|nhdr|mha|mhd|zip|dcm)$", "", name, flags=re.IGNORECASE)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", stem).strip("._-")[:80]
    return stem or "volume"


def _with_codes(label_map: np.ndarray, labels: list[dict[str, Any]]) -> np.ndarray:
    lookup = np.arange(256, dtype=np.uint16)
    for label in labels:
        lookup[label["value"]] = label["code"]
    # A byte a voxel where that is enough: beside a whole CT the other one counts.
    return lookup.astype(np.min_scalar_type(int(lookup.max())))[label_map]


def _percent(confidence: np.ndarray) -> np.ndarray:
    lookup = np.rint(np.arange(256) * (100 / 255)).astype(np.uint8)
    return lookup[confidence]


def _names(labels: list[dict[str, Any]]) -> bytes:
    by_code = {str(label["code"]): label["name"] for label in labels}
    return json.dumps(by_code, indent=1, ensure_ascii=False).encode()


def _table(labels: list[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["code", "label", "voxels", "volume_ml"])
    for label in labels:
        volume_ml = Decimal(f"{label['volume_ml']:.4f}")  # a number to the writer, with all its digits
        writer.writerow([label["code"], harmless_cell(label["name"]), label["voxels"], volume_ml])
    return text.getvalue().encode("utf-8-sig")


def harmless_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula, whichever character it splits cells at.

    An apostrophe goes before =, +, - and @ (full-width ones too) where a cell would begin with them: at
    the start, and after a semicolon, comma, tab, bar or line end, as some languages separate cells.
    Control characters become spaces.
    """
    plain = "".join(character if character.isprintable() else " " for character in text)
    return _FORMULA_START.sub(r"\1'\2", plain)


def _zip(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:  # NIfTI is compressed already
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()
