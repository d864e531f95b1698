"""Every format in, every orientation, every format out: other programs find each labelled voxel where it was.

A scan of a known pattern is written and read by other programs, opened here, labelled by its values, exported
in every way, and read by other programs again. They must find each voxel within a micrometre of where it was.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its usual name

from backend.exports.base import ExportedMask
from backend.exports.registry import EXPORTS, find_export
from backend.schemas.provenance import ProvenanceAnswer
from benchmarks.torture import geometry_readers, geometry_scans
from benchmarks.torture.geometry_readers import WITHIN_MM
from benchmarks.torture.geometry_scans import KnownScan
from benchmarks.torture.row import Found, TortureRow
from fewshot_sam.cli.targets.base import MaskExport
from fewshot_sam.cli.targets.registry import TARGETS
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.io import load_label_map, save_label_map
from fewshot_sam.io.dicom.source_headers import SourceHeaders
from fewshot_sam.io.formats.registry import written_suffixes
from fewshot_sam.io.load import load_scan

PAINTED = {2: ((0, 0, 0),), 3: ((-1, 0, 1),), 5: ((1, 2, 3),), 9: ((2, 1, -1), (3, 1, -1))}
"""Codes, and the stored voxels that get them: no rotation or mirror image of it looks the same."""
EXPORTED = {"nifti": ".nii.gz", "labels": "labels", "bundle": "bundle", "slicer": ".seg.nrrd", "seg": "seg",
            "seg_label_map": "seg-label-map", "rtstruct": "rtstruct"}  # fmt: skip
"""The page's downloads that hold voxels or outlines, by what reads them; others hold numbers and texts."""
WITHOUT_PLACE = ("csv", "statistics", "report", "provenance", "names", "png", "coco", "confidence")
"""Downloads without a place, of pictures, and the map of confidence, which is written as the mask is."""
SURFACES = ("stl", "obj", "glb")
"""They run between voxels and are smoothed; tests/fewshot_sam/io/surfaces holds them to half a voxel."""
OF_DICOM = ("seg", "seg-label-map", "rtstruct")


@dataclass(frozen=True, eq=False)
class _Case:
    """A scan that was opened here and labelled.

    Attributes:
        volume, headers: as they come back from where they are stored.
        wanted: (N, 3) places of each code, mm in RAS+.
    """

    scan: KnownScan
    folder: Path
    volume: Volume
    headers: SourceHeaders | None
    label_map: np.ndarray
    wanted: dict[int, np.ndarray]

    @classmethod
    def of(cls, scan: KnownScan, folder: Path) -> _Case:
        volume, headers = load_scan(scan.path, series_uid=scan.choice)
        stored_grid = json.loads(json.dumps(volume.source.to_dict()))
        volume = replace(volume, source=SourceGrid.from_dict(stored_grid))
        headers = headers and SourceHeaders.from_bytes(headers.to_bytes())
        label_map, wanted = np.zeros(volume.shape, np.uint16), {}
        ends = scan.stored.max(axis=0) + 1
        for code, voxels in PAINTED.items():
            rows = [(scan.stored == np.mod(voxel, ends)).all(axis=1).argmax() for voxel in voxels]
            wanted[code] = scan.places[rows]
            if len(np.unique(scan.values)) == len(scan.values):
                label_map[np.isin(volume.voxels, scan.values[rows])] = code
            else:  # a real scan: the nearest voxel to each place
                voxel = (
                    np.column_stack([scan.places[rows], np.ones(len(rows))]) @ np.linalg.inv(volume.affine).T
                )
                label_map[tuple(np.rint(voxel[:, :3]).astype(int).T)] = code
        return cls(scan, folder, volume, headers, label_map, wanted)

    @cached_property
    def names(self) -> dict[int, LabelName]:
        return {code: LabelName(f"Structure {code}", "#e6194b") for code in PAINTED}

    def exports(self) -> Iterator[tuple[str, str, Path]]:
        """What was exported how: a name, the kind that reads it, and the file."""
        for suffix in written_suffixes():
            path = self.folder / f"mask{suffix}"
            save_label_map(self.label_map, self.volume, path)
            yield f"save {suffix}", suffix, path
        for name, line in TARGETS.items():
            if name in SURFACES or (name in OF_DICOM and self.headers is None):
                continue
            path = self.folder / f"target-{name}{line.suffixes[0]}"
            line.load()(
                MaskExport(self.scan.path, self.volume, self.headers, self.label_map, self.names, path)
            )
            yield f"--to {name}", line.suffixes[0] if name == "seg.nrrd" else name, path
        for name, kind in EXPORTED.items():
            if kind in OF_DICOM and self.headers is None:
                continue
            made = find_export(name)(self._as_downloaded())
            path = self.folder / f"download-{made.name}"
            path.write_bytes(made.content)
            yield f"download {name}", kind, path

    def _as_downloaded(self) -> ExportedMask:
        labels: list[dict[str, Any]] = [
            {"value": value, "code": code, "name": self.names[code].name, "color": "#e6194b", "term": None,
             "voxels": len(PAINTED[code]), "volume_ml": 0.0}
            for value, code in enumerate(PAINTED, 1)
        ]  # fmt: skip
        lookup = np.zeros(max(PAINTED) + 1, np.uint8)
        lookup[list(PAINTED)] = range(1, len(PAINTED) + 1)
        return ExportedMask(
            volume=replace(self.volume, name="scan"), labels=labels, answer=cast("Any", None),
            plane=Plane.AXIAL, reviewed=[], load_label_map=lambda: lookup[self.label_map],
            load_confidence=lambda: np.zeros(self.volume.shape, np.uint8),
            provenance=ProvenanceAnswer(volume_id="", people={}, masks=[], slices=[]),
            load_scores=lambda: None, load_headers=lambda: self.headers, temporary_folder=self.folder / "tmp",
        )  # fmt: skip

    def faults(self) -> Iterator[str]:
        """What is not where it was, and label maps of other programs that are not taken as they are."""
        for name, kind, path in self.exports():
            if kind not in geometry_readers.READERS:
                yield f"{name}: no other program is known that reads it"
                continue
            for reader in geometry_readers.READERS[kind]:
                yield from self._off(f"{name} by {reader.__name__}", reader, path)
            if kind not in ("labels", "bundle", "nnunet", "decathlon", "bids"):
                yield from self._not_taken(name, path, numbered=kind in ("seg", "rtstruct"))
        yield from self._turned()

    def _off(self, name: str, reader: Any, path: Path) -> Iterator[str]:
        try:
            found = reader(path, list(PAINTED), self.scan.path)
        except Exception as error:
            yield f"{name}: {type(error).__name__} {str(error)[:100]}"
            return
        for code, wanted in self.wanted.items():
            there = found.get(code, np.empty((0, 3)))
            apart = np.linalg.norm(there[:, None] - wanted[None], axis=2)
            if there.shape != wanted.shape or apart.min(axis=0).max() > WITHIN_MM:
                far = apart.min(axis=0).max() if there.size else np.inf
                yield f"{name}: code {code} has {len(there)} of {len(wanted)} voxels, {far:.4f} mm off"

    def _not_taken(self, name: str, path: Path, *, numbered: bool) -> Iterator[str]:
        wanted = np.searchsorted([0, *PAINTED], self.label_map) if numbered else self.label_map
        try:
            if not np.array_equal(load_label_map(path, self.volume), wanted):
                yield f"{name}: reads back otherwise"
        except Exception as error:
            yield f"{name}: is not read back, {type(error).__name__} {str(error)[:100]}"

    def _turned(self) -> Iterator[str]:
        """A label map that SimpleITK stores with its axes in another order."""
        image = sitk.ReadImage(str(self.folder / "mask.nrrd"))
        for codes in ("RAS", "PIL"):
            path = self.folder / f"turned-{codes}.nrrd"
            sitk.WriteImage(sitk.DICOMOrient(image, codes), str(path))
            yield from self._not_taken(f"label map turned to {codes}", path, numbered=False)


def scan_everything(folder: Path, count: int, seed: int) -> Found:
    """``count`` scans: the formats in turn, each in the orientations in an order of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    grids, formats = geometry_scans.grids(), geometry_scans.FORMATS
    names = sorted(grids)
    orders = {each: np.random.default_rng((seed, n)).permutation(names) for n, each in enumerate(formats)}
    faults, exported = [], 0
    for number in range(count):
        file = list(formats)[number % len(formats)]
        grid = str(orders[file][number // len(formats) % len(names)])
        with tempfile.TemporaryDirectory(dir=folder) as place:
            try:
                case = _Case.of(formats[file](Path(place) / file, grids[grid]), Path(place))
                found = list(case.faults())
                exported += len(list(Path(place).glob("mask*"))) + len(list(Path(place).glob("*-*")))
            except Exception as error:
                found = [f"{type(error).__name__} {str(error)[:200]}"]
        faults += [f"{file}, {grid}: {fault}" for fault in found]
    faults += [
        f"the download {name} is not tried"
        for name in EXPORTS
        if name not in (*EXPORTED, *WITHOUT_PLACE, *SURFACES)
    ]
    return Found(f"{count} scans of {len(formats)} kinds, {exported} exports; {len(faults)} faults", faults)


GEOMETRY = TortureRow(
    f"every labelled voxel within {WITHIN_MM:g} mm of where it was, by another program",
    len(geometry_scans.FORMATS) * len(geometry_scans.grids()),
    "scans",
    scan_everything,
)
