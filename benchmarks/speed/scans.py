"""The scans the cases run on: real ones, and synthetic ones made of them, kept as the app keeps voxels."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import zoom

from benchmarks import protocol
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import cache_key, encode_planes, encode_volume
from fewshot_sam.embeddings.plan import slices_to_encode
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.io import load_label_map, load_volume
from fewshot_sam.progress import no_progress

PLANE = Plane.AXIAL
PAINTED = 5
ABDOMEN_CODES = (1, 2, 3, 5, 6, 52)
LIVER = 5


@dataclass(frozen=True, eq=False)
class Scan:
    """A volume and what is where in it.

    Attributes:
        reference: canonical (X, Y, Z) uint16.
    """

    volume: Volume
    reference: np.ndarray

    def only(self, codes: Iterable[int]) -> Scan:
        """The same scan with these labels alone."""
        kept = np.where(np.isin(self.reference, list(codes)), self.reference, 0).astype(np.uint16)
        return Scan(self.volume, kept)

    def largest_painted(self, count: int) -> Scan:
        """The same scan with the ``count`` labels that cover most of the slices the protocol paints."""
        painted = protocol.painted_annotations(self.reference, PLANE, PAINTED)
        codes, voxels = np.unique(np.stack(list(painted.slices.values())), return_counts=True)
        order = np.argsort(-voxels[codes > 0], kind="stable")
        return self.only(codes[codes > 0][order][:count].tolist())

    def painted(self, budget: int = PAINTED) -> SparseAnnotations:
        """The protocol's slices, as painted by a person who knows the reference."""
        return protocol.painted_annotations(self.reference, PLANE, budget)

    def save(self, folder: Path) -> None:
        """Voxels as .npy with X fastest, as the app stores them; :func:`open_scan` maps them."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "voxels.npy", np.asfortranarray(self.volume.voxels))
        np.save(folder / "reference.npy", np.asfortranarray(self.reference))
        about = {"source": self.volume.source.to_dict(), "name": self.volume.name}
        (folder / "scan.json").write_text(json.dumps(about))


def open_scan(folder: Path) -> Scan:
    """A scan of :meth:`Scan.save`; its arrays are read-only memory maps, as in the app."""
    about = json.loads((folder / "scan.json").read_text())
    voxels, reference = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("voxels", "reference"))
    source = SourceGrid.from_dict(about["source"])
    return Scan(Volume(voxels, source, "CT", about["name"], PLANE), reference)


def ct_abdomen() -> Scan:
    """122x101x112 at 3 mm, all labels."""
    return _real("ct_abdomen/image.nii.gz")


def ct_dicom() -> Scan:
    """512x512x20 at 0.98 mm, 2 mm apart, all labels."""
    return _real("ct_dicom/series")


def _real(image: str) -> Scan:
    path = protocol.data_folder() / image
    volume = load_volume(path)
    return Scan(volume, load_label_map(path.parent / "labels.nii.gz", volume).astype(np.uint16))


def resampled(scan: Scan, shape: tuple[int, int, int], name: str) -> Scan:
    """The scan on a grid of ``shape`` over the same extent; voxels linear, labels nearest."""
    factors = [new / old for new, old in zip(shape, scan.volume.shape, strict=True)]
    voxels = zoom(scan.volume.voxels, factors, order=1, mode="nearest", grid_mode=True)
    reference = zoom(scan.reference, factors, order=0, mode="nearest", grid_mode=True)
    spacing = [old / factor for old, factor in zip(scan.volume.spacing_mm, factors, strict=True)]
    source = SourceGrid(shape, np.diag([*spacing, 1.0]))
    return Scan(Volume(voxels, source, "CT", name, PLANE), reference)


def stretched(scan: Scan, slices: int, name: str) -> Scan:
    """The scan with its slices interpolated to ``slices``, 1 mm apart: anatomy too long, sizes real."""
    x, y, _ = scan.volume.shape
    longer = resampled(scan, (x, y, slices), name)
    source = SourceGrid((x, y, slices), np.diag([*scan.volume.spacing_mm[:2], 1.0, 1.0]))
    return Scan(Volume(longer.volume.voxels, source, "CT", name, PLANE), longer.reference)


def fill(scan: Scan, encoder: Encoder, cache: EmbeddingCache) -> None:
    """Encode what the method reads, unless the cache has it; the app does so in the background."""
    encode_planes(scan.volume, PLANE, encoder, cache, None, no_progress)


def fill_by_repeating(scan: Scan, encoder: Encoder, cache: EmbeddingCache, encoded: int) -> None:
    """Fill a cache of the benchmark's own: ``encoded`` slices a plane for real, the others are copies.

    Each is a copy of the nearest real one. For measuring what comes after encoding, on volumes that would
    take long to encode.
    """
    for plane, wanted in slices_to_encode(scan.volume, PLANE, encoder).items():
        chosen = np.unique(np.linspace(0, len(wanted) - 1, encoded).round().astype(int))
        real = np.array(wanted)[chosen]
        embeddings = encode_volume(scan.volume, plane, encoder, cache, slices=real.tolist())
        for index in wanted:
            if not embeddings.done[index]:
                nearest = int(real[np.abs(real - index).argmin()])
                embeddings.write(index, embeddings.read(nearest))


def slices_read(scan: Scan, encoder: Encoder) -> int:
    """How many slices of all planes the method reads, and the cache therefore holds."""
    return sum(map(len, slices_to_encode(scan.volume, PLANE, encoder).values()))


def embedding_bytes(scan: Scan, encoder: Encoder) -> int:
    """Bytes of one slice's embedding in the cache."""
    key = cache_key(scan.volume, PLANE, encoder, default_window(scan.volume))
    return 2 * int(np.prod(key.embedding_shape))


def mean_dice(label_map: np.ndarray, scan: Scan, painted: SparseAnnotations) -> float:
    """Mean over labels of Dice on the unpainted slices of the protocol's extent.

    Args:
        label_map: canonical (X, Y, Z) integer.
    """
    unpainted = protocol.scored_slices(scan.reference, painted)
    found, wanted = label_map[:, :, unpainted], scan.reference[:, :, unpainted]
    scores = []
    for code in painted.codes:
        total = np.count_nonzero(found == code) + np.count_nonzero(wanted == code)
        scores.append(2 * np.count_nonzero((found == code) & (wanted == code)) / total if total else 1.0)
    return float(np.mean(scores))
