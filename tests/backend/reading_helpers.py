"""A scan that two people read blind, or one several times, and what they have made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.testclient import TestClient

from backend.asker import Asker
from backend.schemas.answers import ImportAnswer
from backend.schemas.enums import AccountRole, MergeMethod
from backend.schemas.reading_requests import MergeBody
from backend.services import Services
from fewshot_sam.data.planes import from_display, to_display
from storage import arrays
from storage.batches import BatchRow, BatchVolumeRow
from storage.models import MaskRow, ModelRow, RunRow
from storage.references import ReferenceRow
from tests.backend.accounts_helpers import account_id, person
from tests.backend.data_folders import OWNER
from tests.backend.tiny import SHAPE, axial_bytes, tiny_volume
from ui.page import STATIC_DIR

PAINT: dict[str, Any] = {
    "content": axial_bytes(1),
    "headers": {"X-Base-Version": "0", "X-State": "painted"},
}


@dataclass
class Study:
    """A scan of Ada's that Ben and Cy read; each thing of Ben's by the name it has in paths."""

    services: Services
    ada: TestClient
    ben: TestClient
    cy: TestClient
    vera: TestClient
    project: str
    scan: str
    other: str
    bens: dict[str, str]
    cys: str

    def volumes(self, who: TestClient) -> set[str]:
        return {each["id"] for each in who.get(f"/api/projects/{self.project}").json()["volumes"]}

    def finish(self, who: TestClient, volume: str, step: str = "finish") -> Any:
        return who.post(f"/api/volumes/{volume}/readings/{step}")


def make_study(hospital: Services) -> Study:
    """The scan is not read by Ada; Ben has painted, run and commented, Cy has done nothing yet."""
    ada, ben, cy = (person(hospital, STATIC_DIR, name) for name in ("Ada", "Ben", "Cy"))
    vera = person(hospital, STATIC_DIR, "Vera", AccountRole.REVIEWER)
    project = ada.post("/api/projects", json={"name": "Livers"}).json()["id"]
    ada.post(f"/api/projects/{project}/labels", json={"name": "liver"})
    for name, role in (("Ben", "annotator"), ("Cy", "annotator"), ("Vera", "reviewer")):
        ada.put(f"/api/projects/{project}/members", json={"name": name, "role": role})
    owner = Asker(account_id(hospital, "Ada"))
    scan, other = (
        hospital.volumes.add(owner, project, tiny_volume(name), f"{name}.nii").id
        for name in ("scan", "other")
    )
    readers = [account_id(hospital, name) for name in ("Ben", "Cy")]
    began = ada.post(f"/api/volumes/{scan}/readings", json={"readers": readers})
    assert began.status_code == 201, began.text
    bens, cys = (each["volume_id"] for each in began.json()["readings"])
    things = work_on(hospital, ben, project, bens)
    return Study(hospital, ada, ben, cy, vera, project, scan, other, things, cys)


def work_on(services: Services, who: TestClient, project: str, volume: str) -> dict[str, str]:
    """Paint, a run with its mask and model, a comment and a reference."""
    assert who.put(f"/api/volumes/{volume}/annotations/axial/1", **PAINT).status_code == 200
    run = who.post(f"/api/volumes/{volume}/runs", json={"kind": "propagate"}).json()["id"]
    pin = {"plane": "axial", "voxel": [1, 1, 1], "text": "secret"}
    comment = who.post(f"/api/volumes/{volume}/comments", json=pin).json()["comments"][0]["id"]
    blob = arrays.put_mask(services.blobs, np.ones(SHAPE, np.uint8, order="F"))
    label = {"value": 1, "code": 1, "name": "liver", "color": "#ff0000", "voxels": 120, "volume_ml": 1.0}
    with services.database.write() as session:
        row = session.get_one(RunRow, run)
        row.state = "done"
        model = ModelRow(
            project_id=project,
            volume_id=volume,
            plane="axial",
            encoder="e",
            labels=[label],
            blob=blob,
            sources=row.sources,
        )
        mask = MaskRow(
            volume_id=volume, run_id=run, shape=list(SHAPE), labels=[label], blob=blob, confidence_blob=blob
        )
        session.add_all([model, mask, ReferenceRow(volume_id=volume, labels=[label], blob=blob)])
        session.flush()
        row.model_id = model.id
        batch = BatchRow(project_id=project, model_id=model.id, asked_by=row.asked_by or "")
        session.add(batch)
        session.flush()
        session.add(BatchVolumeRow(batch_id=batch.id, volume_id=volume, position=0, run_id=run))
        model_id, mask_id = model.id, mask.id
    return {
        "volume_id": volume, "run_id": run, "mask_id": mask_id, "model_id": model_id, "comment_id": comment,
        "plane": "axial", "slice_index": "1", "value": "1",
    }  # fmt: skip


@dataclass
class Scan:
    """A scan that is painted, and its project."""

    services: Services
    project: str
    volume: str
    values: tuple[int, int]

    def paint(self, volume: str, index: int, label_map: np.ndarray, version: int = 0) -> None:
        """Paint an axial slice, canonical (X, Y)."""
        data = np.ascontiguousarray(to_display(label_map)).tobytes()
        self.services.annotations.save(OWNER, volume, "axial", index, data, "painted", version)

    def read_again(self, **slices: np.ndarray) -> str:
        """Another reading that paints these slices and is finished."""
        begun = self.services.readings.start(OWNER, self.volume)
        (volume,) = [each.volume_id for each in begun.readings if each.state == "reading"]
        assert volume is not None
        for name, label_map in slices.items():
            self.paint(volume, int(name.strip("z")), label_map)
        self.services.readings.finish(OWNER, volume)
        return volume

    def painted(self, index: int) -> tuple[str, np.ndarray]:
        """State and labels of a slice of the scan, canonical (X, Y)."""
        answer, data = self.services.annotations.get(OWNER, self.volume, "axial", index)
        shown = np.frombuffer(data, np.uint8).reshape(SHAPE[1], SHAPE[0])
        return answer.state.value, from_display(shown)

    def add_mask(self, volume: str, label_map: np.ndarray) -> str:
        """The id of a mask with these canonical (X, Y, Z) labels."""
        blob = arrays.put_mask(self.services.blobs, label_map)
        with self.services.database.write() as session:
            run = RunRow(volume_id=volume, kind="propagate", plane="axial", settings={}, labels=[],
                         state="done", annotation_versions={})  # fmt: skip
            session.add(run)
            session.flush()
            mask = MaskRow(volume_id=volume, run_id=run.id, shape=list(SHAPE), labels=[], blob=blob)
            session.add(mask)
            session.flush()
            return str(mask.id)

    def merge(self, method: MergeMethod = MergeMethod.MAJORITY, **more: object) -> ImportAnswer:
        body = MergeBody.model_validate({"method": method, **more})
        return self.services.merges.merge(OWNER, self.volume, body)


def square(value: int, end: int = 3) -> np.ndarray:
    """A square of a label in a corner of an axial slice, canonical (X, Y)."""
    label_map = np.zeros(SHAPE[:2], np.uint8)
    label_map[:end, :end] = value
    return label_map


def make_scan(services: Services, project_id: str) -> Scan:
    """A scan with a slice of liver."""
    liver, spleen = (services.labels.create(OWNER, project_id, name).value for name in ("liver", "spleen"))
    volume = services.volumes.add(OWNER, project_id, tiny_volume(), "tiny.nii").id
    found = Scan(services, project_id, volume, (liver, spleen))
    found.paint(volume, 1, square(liver))
    return found
