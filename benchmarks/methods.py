"""Every method of the single-volume benchmark behind one call: peers, and ours."""

from __future__ import annotations

import hashlib
import importlib.util
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import fewshot_sam
from benchmarks import protocol
from benchmarks.peers import PEERS, PeerEntry
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.folders import cache_folder
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import default_window
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_planes
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.load import load_encoder
from fewshot_sam.methods.settings import MethodSettings
from fewshot_sam.progress import no_progress
from fewshot_sam.segmenter import FewShotSegmenter
from fewshot_sam.settings import Settings

SEEDS = (0, 1, 2)
ALONE: tuple[str, ...] = ()
"""The volumetric steps that leave each slice to itself."""
METHOD_FOLDERS = ("data", "embeddings", "encoders", "methods", "volumetric")
"""Of the package: what decides a mask."""


@dataclass(frozen=True)
class Task:
    """One case with one budget.

    Attributes:
        reference: canonical (X, Y, Z) uint16; methods that are no oracles see it through ``annotations``.
    """

    case: protocol.BenchmarkCase
    budget: int
    volume: Volume
    reference: np.ndarray
    annotations: SparseAnnotations

    @classmethod
    def of(cls, case: protocol.BenchmarkCase, budget: int, volume: Volume, reference: np.ndarray) -> Task:
        """The task with its slices painted by the protocol; ``reference`` is (X, Y, Z) uint16, canonical."""
        annotations = protocol.case_annotations(case, reference, budget)
        return cls(case, budget, volume, reference, annotations)


@dataclass(frozen=True)
class Segmentation:
    """What a method made of a task.

    Attributes:
        label_map: canonical (X, Y, Z) uint16 of the whole volume.
        seconds: wall time by stage; "total" leaves out "encode", which runs in the background, once a volume.
        details: what the method says of itself, JSON values.
        confidence: canonical (X, Y, Z) uint8, probability times 255 that ``label_map`` is right.
    """

    label_map: np.ndarray
    seconds: dict[str, float]
    details: dict[str, Any] = field(default_factory=dict)
    confidence: np.ndarray | None = None


@dataclass
class Memory:
    """What later runs of one benchmark need not do again.

    Attributes:
        oracles: an oracle's answer, which is the same whatever is painted, by image, labels and peer.
        fits: fitted segmenters and their seconds, by case, budget, seed and settings of the fit; of the
            last case and budget alone.
    """

    oracles: dict[tuple[str, tuple[int, ...], str], Segmentation] = field(default_factory=dict)
    fits: dict[tuple[str, int, int, MethodSettings], tuple[FewShotSegmenter, dict[str, float]]] = field(
        default_factory=dict
    )


@dataclass(frozen=True)
class PeerMethod:
    """A peer; deterministic, so it has one seed."""

    entry: PeerEntry
    seeds: tuple[int, ...] = (0,)

    @property
    def title(self) -> str:
        """For tables."""
        return self.entry.title

    @property
    def missing(self) -> str:
        """What must be installed before it can run; empty if nothing."""
        needed = self.entry.needs
        return needed if needed and importlib.util.find_spec(needed) is None else ""

    def run(self, task: Task, seed: int, memory: Memory) -> Segmentation:
        """Segment the scored slices alone, as its users would."""
        if not self.entry.oracle:
            return self._segment(task)
        key = (task.case.image, task.case.codes, self.entry.title)
        if key not in memory.oracles:
            memory.oracles[key] = self._segment(task)
        return memory.oracles[key]

    def _segment(self, task: Task) -> Segmentation:
        plane, slices = task.case.plane, protocol.extent(task.reference, task.case.plane)
        shown = task.annotations
        if self.entry.oracle:
            shown = protocol.annotate(task.reference, plane, slices)
        shown = SparseAnnotations(plane, {i - slices.start: image for i, image in shown.slices.items()})
        cropped = protocol.crop_slices(task.volume, plane, slices)
        started = time.monotonic()
        found = self.entry.segment(cropped, default_window(task.volume), shown, task.case.codes)
        seconds = time.monotonic() - started
        label_map = np.zeros(task.volume.shape, np.uint16)
        stacked = np.moveaxis(label_map, plane.axis, 0)
        stacked[slices.start : slices.stop] = np.moveaxis(found, plane.axis, 0)
        return Segmentation(label_map, {"total": seconds})

    def fingerprint(self) -> str:
        """Changes with the code that decides the result."""
        module = importlib.util.find_spec(self.entry.segment.__module__)
        return hash_files([Path(module.origin)] if module and module.origin else [])


@dataclass(frozen=True)
class OurMethod:
    """The few-shot segmenter on the whole volume, with some settings.

    Attributes:
        encoder: default: the default one.
        encode_ahead: encode the whole volume first, so that seconds of fitting and predicting hold none of
            it; else only what these read is encoded.
    """

    title: str
    settings: Settings
    seeds: tuple[int, ...] = SEEDS
    missing: str = ""
    encoder: Encoder | None = None
    encode_ahead: bool = True

    def run(self, task: Task, seed: int, memory: Memory) -> Segmentation:
        """Encode if the cache does not hold the volume, fit on the painted slices, predict.

        Methods that differ in their prediction alone share the fit; each counts its seconds in full.
        """
        key = (task.case.name, task.budget, seed, self.settings.fit)
        if key not in memory.fits:
            memory.fits = {k: fit for k, fit in memory.fits.items() if k[:2] == key[:2]}
            memory.fits[key] = self._fit(task, seed)
        segmenter, spent = memory.fits[key]
        segmenter.settings = self.settings
        started = time.monotonic()
        prediction = segmenter.predict(task.volume, annotations=task.annotations)
        predicted = time.monotonic() - started
        seconds = {**spent, "predict": predicted, "total": spent["fit"] + predicted}
        details = {"backend": segmenter.encoder.backend, "report": prediction.report}
        return Segmentation(prediction.label_map, seconds, details, prediction.confidence)

    def _fit(self, task: Task, seed: int) -> tuple[FewShotSegmenter, dict[str, float]]:
        cache, encoder = EmbeddingCache(cache_folder()), self.encoder or load_encoder()
        started = time.monotonic()
        if self.encode_ahead:
            encode_planes(task.volume, task.case.plane, encoder, cache, None, no_progress)
        encoded = time.monotonic()
        segmenter = FewShotSegmenter(encoder=encoder, seed=seed, settings=self.settings, cache=cache)
        segmenter.fit([(task.volume, task.annotations)])
        return segmenter, {"encode": encoded - started, "fit": time.monotonic() - encoded}

    def fingerprint(self) -> str:
        """Changes with any module of the method, its settings or the encoder's weights."""
        package = Path(fewshot_sam.__file__).parent
        modules = [
            *package.glob("*.py"),
            *(file for name in METHOD_FOLDERS for file in (package / name).rglob("*.py")),
        ]
        return hash_files(modules) + f"-{hashlib.sha256(str(self.settings).encode()).hexdigest()[:8]}"


Method = PeerMethod | OurMethod

METHODS: dict[str, Method] = {
    **{name: PeerMethod(entry) for name, entry in PEERS.items()},
    "ours_plain": OurMethod(
        "Ours, few-shot decoder alone (the paper)", Settings.for_method("sam_decoder", steps=ALONE)
    ),
    "ours_head": OurMethod("Ours, triplanar head alone", Settings.for_method("triplanar", steps=ALONE)),
    "ours": OurMethod("Ours, in full (the default)", Settings()),
}
RIVALS = tuple(name for name, entry in PEERS.items() if entry.rival)
"""Best of these, chosen per case and budget, is "the best peer"."""
NOISE_FLOOR = "noise_floor"
"""No method, but run and scored as one."""


RUN_ON_MANY_LABELS = (*RIVALS, "ours", NOISE_FLOOR)
"""What the targets compare: of 31 labels a random walker takes minutes a run, and so would each variant."""


def is_run(name: str, case: protocol.BenchmarkCase) -> bool:
    """Whether a method is run on a case when it was not asked for by name: of many labels, few are."""
    return not case.has_many_labels or name in RUN_ON_MANY_LABELS


def hash_files(paths: list[Path]) -> str:
    """Hash of the files and of the protocol."""
    digest = hashlib.sha256()
    for path in sorted([*paths, Path(protocol.__file__)]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
