"""Where the labels of a volume come from, through saving, merging, undoing, importing and exporting."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alembic import command
from sqlalchemy import select, update
from starlette.testclient import TestClient

from backend.queries.projects import labels_of
from backend.schemas.answers import SavedSliceAnswer
from backend.schemas.requests import RestoredLabelBody
from backend.services import Services
from fewshot_sam.data.planes import Plane, to_display
from fewshot_sam.errors import ImageFormatError
from storage import arrays
from storage.database import Database, alembic_config, sqlite_url
from storage.models import AnnotationRow, RunRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, axial_bytes, write_tiny_nifti


@pytest.fixture
def values(services: Services, project_id: str) -> tuple[int, int]:
    liver, spleen = (services.labels.create(OWNER, project_id, name) for name in ("liver", "spleen"))
    return liver.value, spleen.value


@pytest.fixture
def mask_id(services: Services, volume_id: str, project_id: str, values: tuple[int, int]) -> str:
    with services.database.read() as session:
        rows = labels_of(session, project_id)
        keys = ("value", "code", "name", "color")
        labels = [{**{key: getattr(row, key) for key in keys}, "voxels": 0, "volume_ml": 0.0} for row in rows]
    return store_mask(services, volume_id, predicted(values), labels)


def predicted(values: tuple[int, int]) -> np.ndarray:
    """Canonical label values: two blocks on all slices."""
    label_map = np.zeros(SHAPE, np.uint8)
    label_map[1:3, 1:3], label_map[4:, 3:] = values
    return label_map


def displayed(canonical: np.ndarray) -> bytes:
    return to_display(canonical).tobytes()


def save(
    services: Services, volume_id: str, data: bytes, state: str = "painted", base: int = 0, hint: str = ""
) -> SavedSliceAnswer:
    return services.annotations.save(OWNER, volume_id, "axial", 1, data, state, base, hint or None)


def kinds(answer: Any) -> dict[str, str]:
    return {key: origin.kind.value for key, origin in answer.origins.items()}


def latest(services: Services, volume_id: str) -> dict[str, str]:
    (answer,) = services.annotations.list_latest(OWNER, volume_id)
    return kinds(answer)


def test_the_server_finds_out_what_was_accepted_and_what_corrected(
    client: TestClient, services: Services, volume_id: str, mask_id: str, values: tuple[int, int]
) -> None:
    one, two = map(str, values)
    shown = predicted(values)[:, :, 1]
    accepted = save(services, volume_id, displayed(shown), hint=f"mask={mask_id}")
    assert kinds(accepted) == {one: "accepted", two: "accepted"}
    assert {origin.mask for origin in accepted.origins.values()} == {mask_id}
    changed = shown.copy()
    changed[0, 0] = values[0]
    assert kinds(save(services, volume_id, displayed(changed), base=1)) == {one: "corrected", two: "accepted"}
    undone = save(services, volume_id, displayed(shown), base=2, hint="returned")
    assert undone.origins == accepted.origins
    told = client.get(f"/api/volumes/{volume_id}/provenance").json()
    assert told["people"] == {OWNER.id: None}
    assert [each["mask_id"] for each in told["masks"]] == [mask_id]
    (found,) = told["slices"]
    assert (found["slice_index"], found["labels"][one]["kind"]) == (1, "accepted")


def test_a_version_that_is_restored_keeps_what_it_said(
    services: Services, volume_id: str, mask_id: str, values: tuple[int, int]
) -> None:
    one, two = map(str, values)
    shown = predicted(values)[:, :, 1]
    painted = np.where(shown == values[0], shown, 0)
    painted[0, 0] = values[1]
    first = save(services, volume_id, displayed(painted))
    assert kinds(first) == {one: "painted", two: "painted"}
    save(services, volume_id, bytes(painted.size), "cleared", base=1)
    restored = save(services, volume_id, displayed(painted), base=2, hint="version=1")
    assert restored.origins == first.origins
    save(services, volume_id, bytes(painted.size), "cleared", base=3)
    painted[0, 0] = 0  # a label that was deleted since
    again = save(services, volume_id, displayed(painted), base=4, hint="version=1")
    assert again.origins == {one: first.origins[one]}
    save(services, volume_id, bytes(painted.size), "cleared", base=5)
    assert kinds(save(services, volume_id, displayed(painted), base=6, hint="version=77")) == {one: "painted"}


def test_no_header_claims_a_prediction_that_is_not_there_or_another_person(
    client: TestClient, volume_id: str, values: tuple[int, int]
) -> None:
    place = f"/api/volumes/{volume_id}/annotations/axial/1"
    headers = {"X-Base-Version": "0", "X-State": "painted", "X-Origin": f"mask={'0' * 32}"}
    answer = client.put(place, content=axial_bytes(values[0]), headers=headers)
    (origin,) = answer.json()["origins"].values()
    assert (origin["kind"], origin["by"], origin["mask"]) == ("painted", OWNER.id, None)
    for made_up in ("by=somebody", "mask=../x", "outlined=1;by=a", "returned;" * 9, "version=0", "accepted"):
        refused = client.put(place, content=axial_bytes(0), headers={**headers, "X-Origin": made_up})
        assert refused.status_code == 400


def test_a_slice_of_each_plane_is_compared_with_its_own_part_of_the_mask(
    services: Services, volume_id: str, mask_id: str, values: tuple[int, int]
) -> None:
    label_map = predicted(values)
    key = arrays.put_mask(services.blobs, label_map)
    for plane in Plane:
        cells = np.take(label_map, 1, plane.axis)
        found = arrays.load_mask_slice(services.blobs, key, SHAPE, plane.axis, 1)
        np.testing.assert_array_equal(found, cells)
        saved = services.annotations.save(
            OWNER, volume_id, plane.value, 1, displayed(cells), "painted", 0, f"mask={mask_id}"
        )
        assert set(kinds(saved).values()) == {"accepted"}


def test_two_windows_keep_what_each_of_them_did(
    services: Services, volume_id: str, mask_id: str, values: tuple[int, int]
) -> None:
    one, two = map(str, values)
    shown = predicted(values)[:, :, 1]
    save(services, volume_id, displayed(shown), hint=f"mask={mask_id}")
    ours, theirs = shown.copy(), shown.copy()
    ours[0, 0], theirs[3, 0] = values
    save(services, volume_id, displayed(ours), base=1)
    merged = save(services, volume_id, displayed(theirs), base=1)
    assert (merged.merged, kinds(merged)) == (True, {one: "corrected", two: "corrected"})
    (before, *_) = services.annotations.versions(OWNER, volume_id, "axial", 1)[1:]
    assert kinds(before) == {one: "accepted", two: "corrected"}


def test_reverting_and_restoring_bring_records_back(
    services: Services, project_id: str, volume_id: str, mask_id: str, values: tuple[int, int]
) -> None:
    one, two = map(str, values)
    shown = predicted(values)[:, :, 1]
    save(services, volume_id, displayed(shown), hint=f"mask={mask_id}")
    changed = np.where(shown == values[0], 0, shown)
    save(services, volume_id, displayed(changed), base=1)
    (turned,) = services.annotations.revert(OWNER, volume_id, "axial", [[1, 2, 1]])
    assert kinds(turned) == {one: "accepted", two: "accepted"}
    with services.database.read() as session:
        label = next(each for each in labels_of(session, project_id) if each.value == values[0])
    services.labels.delete(OWNER, label.id, force=True)
    assert latest(services, volume_id) == {two: "accepted"}
    facts = {"value": label.value, "code": label.code, "name": label.name, "color": label.color}
    services.labels.restore(OWNER, project_id, RestoredLabelBody(**facts, with_paint=True))
    assert latest(services, volume_id) == {one: "accepted", two: "accepted"}


def label_map_file(folder: Path, values: tuple[int, int]) -> Path:
    stored = predicted(values)[::-1].copy()  # its first stored axis runs to the left
    stored[:, :, [0, 3]] = 0
    return write_tiny_nifti(folder / "from_elsewhere.nii", stored)


def test_an_import_says_so_and_keeps_what_was_painted(
    services: Services, volume_id: str, values: tuple[int, int], tmp_path: Path
) -> None:
    one, two = map(str, values)
    painted = np.where(predicted(values)[:, :, 1] == values[0], values[0], 0).astype(np.uint8)
    save(services, volume_id, displayed(painted))
    files = [label_map_file(tmp_path, values)]
    answer = services.label_import.import_label_map(OWNER, volume_id, files, "axial", paint="merge")
    found = {each.slice_index: each for each in answer.annotations}
    assert kinds(found[1]) == {one: "painted", two: "imported"}
    assert kinds(found[2]) == {one: "imported", two: "imported"}
    assert found[2].origins[one].file == "from_elsewhere.nii"


def test_an_import_without_names_keeps_no_name_of_a_file(
    client: TestClient, services: Services, project_id: str, volume_id: str, values: tuple[int, int],
    tmp_path: Path,
) -> None:  # fmt: skip
    client.put(f"/api/projects/{project_id}/rules", json={"keep_days": None, "deidentify": True})
    files = [label_map_file(tmp_path, values)]
    answer = services.label_import.import_label_map(OWNER, volume_id, files, "axial")
    assert {each.file for one in answer.annotations for each in one.origins.values()} == {None}


@pytest.fixture
def exported(services: Services, volume_id: str, mask_id: str, values: tuple[int, int]) -> str:
    """A mask whose run started from slice 1, where one label was accepted and the other corrected."""
    shown = predicted(values)[:, :, 1]
    changed = shown.copy()
    changed[0, 0] = values[0]
    save(services, volume_id, displayed(changed), hint=f"mask={mask_id}")
    with services.database.write() as session:
        run = session.scalars(select(RunRow)).one()
        run.annotation_versions = {"1": 1}
    return mask_id


def download(client: TestClient, mask_id: str, kind: str) -> bytes:
    return client.get(f"/api/masks/{mask_id}/download", params={"format": kind}).content


def test_the_sidecar_and_the_table_say_how_each_label_came_to_be(client: TestClient, exported: str) -> None:
    told = json.loads(download(client, exported, "provenance"))
    assert (told["format"], told["plane"]) == ("few-shot-sam-provenance", "axial")
    (found,) = told["slices"]
    assert found["slice_index"] == 1
    assert sorted(label["kind"] for label in found["labels"]) == ["accepted", "corrected"]
    assert {label["by"] for label in found["labels"]} == {None}
    assert told["labels"][0]["algorithm"]["type"] == "SEMIAUTOMATIC"
    table = csv.DictReader(io.StringIO(download(client, exported, "statistics").decode("utf-8-sig")))
    assert {row["label"]: row["how"] for row in table} == {
        "liver": "corrected 1, predicted 3", "spleen": "accepted 1, predicted 3",
    }  # fmt: skip


def test_a_sidecar_brings_back_what_it_said_and_claims_nobody(
    services: Services, volume_id: str, values: tuple[int, int], tmp_path: Path
) -> None:
    one, two = map(str, values)
    sidecar = tmp_path / "other-provenance.json"
    label = {"code": values[0], "kind": "painted", "by": "Anna", "at": "2020-01-01"}
    slices = [{"slice_index": 1, "labels": [label]}]
    facts = {"format": "few-shot-sam-provenance", "version": 1, "plane": "axial", "model": "triplanar"}
    sidecar.write_text(json.dumps({**facts, "slices": slices}))
    files = [label_map_file(tmp_path, values), sidecar]
    answer = services.label_import.import_label_map(OWNER, volume_id, files, "axial")
    first = answer.annotations[0].origins
    said = first[one].said
    assert said is not None and (said.kind, said.by) == ("painted", "Anna")
    assert (first[one].kind, first[one].by) == ("imported", OWNER.id)
    other = first[two].said
    assert other is not None and (other.kind, other.model) == ("predicted", "triplanar")
    for broken in ("[" * 100_000, "{}", json.dumps({**facts, "version": 2, "slices": []})):
        sidecar.write_text(broken)
        with pytest.raises(ImageFormatError, match="must be provenance"):
            services.label_import.import_label_map(OWNER, volume_id, files, "axial", paint="replace")
    with pytest.raises(ImageFormatError, match="hold no label map"):
        services.label_import.import_label_map(OWNER, volume_id, [sidecar], "axial")


def test_a_bundle_brings_its_provenance_along(
    client: TestClient, services: Services, volume_id: str, exported: str, values: tuple[int, int],
    tmp_path: Path,
) -> None:  # fmt: skip
    bundle = tmp_path / "tiny-mask.zip"
    bundle.write_bytes(download(client, exported, "bundle"))
    answer = services.label_import.import_label_map(OWNER, volume_id, [bundle], "axial", paint="replace")
    told = {each.slice_index: each.origins[str(values[1])].said for each in answer.annotations}
    assert (told[2] and told[2].kind, told[3] and told[3].model) == ("predicted", "triplanar")
    assert answer.annotations[2].origins[str(values[1])].file == "tiny-mask.zip"


def test_slices_of_an_earlier_version_count_as_painted_by_their_author(
    services: Services, volume_id: str, values: tuple[int, int], tmp_path: Path
) -> None:
    save(services, volume_id, axial_bytes(values[0]))
    with services.database.write() as session:
        session.execute(update(AnnotationRow).values(origins=None))
    assert latest(services, volume_id) == {str(values[0]): "painted"}
    database = Database(sqlite_url(tmp_path / "new.sqlite3"), may_create=True)
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0020")
        columns = "SELECT name FROM pragma_table_info('annotation')"
        assert "origins" in connection.exec_driver_sql(columns).scalars().all()
        command.downgrade(alembic_config(connection), "0019")
        assert "origins" not in connection.exec_driver_sql(columns).scalars().all()
    database.close()
