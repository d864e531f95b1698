"""The real methods with a toy encoder, in this process: models that can be saved and used elsewhere."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from backend.config import Config
from backend.jobs.records import JobRecords
from backend.jobs.run_job import RunJob
from backend.jobs.toolbox import Toolbox
from backend.schemas.answers import RunAnswer
from backend.services import Services
from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.segmenter import FewShotSegmenter
from fewshot_sam.settings import Settings
from tests.backend.data_folders import OWNER
from tests.backend.job_helpers import stored_mask
from tests.fewshot_sam.toy_encoder import ToyEncoder, painted, truth, volume_of

PAINTED = (2, 4, 6)
NAMES, CODES = ("Liver", "Spleen", "Kidney"), (700, 3, 40)
"""Of three labels, whose values ascend while their codes do not."""
FAST: dict[str, Any] = {
    "triplanar": {"fit": {"head_steps": 30, "head_warm_steps": 10}},
    "sam_decoder": {"fit": {"method": "sam_decoder", "steps": 10, "warm_steps": 4}},
}


def toy_config(config: Config) -> Config:
    """The server's encoder is the toy."""
    return replace(config, encoder="toy")


class ToyToolbox(Toolbox):
    """Everything is real but the encoder."""

    @cached_property
    def encoder(self) -> ToyEncoder:
        return ToyEncoder()

    def encoder_of(self, choice: Any) -> ToyEncoder:
        return self.encoder


class Desk:
    """A project with the toy worker beside it.

    Args:
        names: of its labels, in the order of their values.
        codes: of the same.
    """

    def __init__(self, services: Services, name: str, names: tuple[str, ...], codes: tuple[int, ...]) -> None:
        self.services = services
        self.project_id = services.projects.create(OWNER, name).id
        self.labels = [
            services.labels.create(OWNER, self.project_id, name, None, code)
            for name, code in zip(names, codes, strict=True)
        ]

    def add(self, seed: int = 0, name: str = "toy") -> str:
        """A volume with an ellipsoid of three parts; its id."""
        volume = replace(toy_volume(3, seed), name=name)
        return self.services.volumes.add(OWNER, self.project_id, volume, f"{name}.nii").id

    def paint(self, volume_id: str, parts: tuple[int, ...]) -> None:
        """Paint the parts of the ellipsoid, from the left, with these label values."""
        label_map = truth(codes=parts).astype(np.uint8)
        for index in PAINTED:
            shown = np.ascontiguousarray(to_display(take_slice(label_map, Plane.AXIAL, index)))
            self.services.annotations.save(OWNER, volume_id, "axial", index, shown.tobytes(), "painted", 0)

    def run(self, volume_id: str, kind: str, **request: Any) -> RunAnswer:
        """A run to its end, in this process."""
        run = self.services.runs.create(OWNER, volume_id, kind, **request)
        records = JobRecords(self.services.database, self.services.blobs)
        assert records.claim_run() == run.id
        toolbox = ToyToolbox(self.services.config)
        RunJob(records, toolbox, self.services.database, self.services.blobs).execute(run.id)
        return self.services.runs.get(OWNER, run.id)

    def values(self, mask_id: str) -> np.ndarray:
        """The label values of a mask."""
        return stored_mask(self.services, mask_id).label_map


def toy_volume(parts: int, seed: int = 0) -> Volume:
    """An ellipsoid of parts of different grey levels, in noise."""
    return volume_of(truth(codes=tuple(range(1, parts + 1))), seed=seed)


def model_file(services: Services, model_id: str, folder: Path, **typed: str) -> Path:
    """The file of a project's model."""
    words = {"title": "", "author": "", "licence": "", "note": "", **typed}
    found = services.model_files.export(OWNER, model_id, **words)
    path = folder / found.name
    path.write_bytes(found.content)
    return path


def fit_there(folder: Path, method: str = "triplanar", codes: tuple[int, ...] = CODES) -> Path:
    """A model of the library, of parts of an ellipsoid called NAMES, with these codes, from the left."""
    path, label_map = folder / "there.safetensors", truth(codes=codes)
    settings = Settings.from_json(FAST[method])
    segmenter = FewShotSegmenter(ToyEncoder(), "cpu", 3, settings, EmbeddingCache(folder / "there"))
    segmenter.fit([(toy_volume(len(codes)), painted(label_map))])
    assert segmenter.model is not None
    names = {code: (name, None) for code, name in zip(codes, NAMES, strict=True)}
    segmenter.save(path, segmenter.model.card.named(names).signed("Three organs", "A. Author", "CC0-1.0"))
    return path
