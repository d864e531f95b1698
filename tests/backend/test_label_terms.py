"""What labels are: chosen, kept, taken off, exported, and found by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.config import Config
from backend.schemas.requests import RestoredLabelBody
from backend.services import Services, build_services
from backend.services.name_answers import NameChoices
from backend.services.name_choices import labels_of_codes
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.terms import SegmentTerm
from fewshot_sam.io.terminology import match
from storage.models import ProjectRow
from tests.backend.conftest import OWNER
from tests.backend.test_frozen_labels import masked
from tests.backend.toy_models import Desk, fit_there, toy_config


def term_of(name: str) -> dict[str, Any]:
    term = match(name)
    assert term is not None
    return term.to_dict()


KIDNEY = term_of("right kidney")


def test_a_term_is_kept_changed_and_taken_off_alone(client: TestClient, project_id: str) -> None:
    made = client.post(f"/api/projects/{project_id}/labels", json={"name": "Kidney", "term": KIDNEY}).json()
    assert made["term"] == KIDNEY
    route = f"/api/labels/{made['id']}"
    assert client.patch(route, json={"name": "Kidney R"}).json()["term"] == KIDNEY
    assert client.patch(route, json={"term": term_of("liver")}).json()["term"]["modifier"] is None
    off = client.patch(route, json={"term": None}).json()
    assert (off["name"], off["term"]) == ("Kidney R", None)
    assert client.get(f"/api/projects/{project_id}").json()["labels"] == [off]


def test_a_term_that_dicom_has_no_room_for_is_refused_in_a_sentence(
    client: TestClient, project_id: str
) -> None:
    term = {**KIDNEY, "type": {**KIDNEY["type"], "value": "9" * 17}}
    answer = client.post(f"/api/projects/{project_id}/labels", json={"name": "Kidney", "term": term})
    assert answer.status_code == 400
    assert "The value of a coded term must be a text of 1 to 16 characters" in answer.text
    assert client.get(f"/api/projects/{project_id}").json()["labels"] == []


@pytest.mark.parametrize("painted", [True, False])
def test_a_deleted_label_comes_back_with_its_term(services: Services, project_id: str, painted: bool) -> None:
    kidney = services.labels.create(OWNER, project_id, "kidney", term=KIDNEY)
    services.labels.delete(OWNER, kidney.id)
    told = kidney.model_dump(exclude={"id", "term"})  # as a page of an earlier version tells it
    back = services.labels.restore(OWNER, project_id, RestoredLabelBody(**told, with_paint=painted))
    assert back.term == SegmentTerm.from_dict(KIDNEY)
    services.labels.delete(OWNER, back.id)
    services.deleted.delete_for_good(OWNER, back.id)
    body = RestoredLabelBody(**kidney.model_dump(exclude={"id"}), with_paint=painted)
    assert services.labels.restore(OWNER, project_id, body).term == SegmentTerm.from_dict(KIDNEY)


def changed_at(services: Services, project_id: str) -> datetime:
    with services.database.read() as session:
        return session.get_one(ProjectRow, project_id).changed_at


def test_a_term_counts_as_a_change_of_the_project(services: Services, project_id: str) -> None:
    label = services.labels.create(OWNER, project_id, "kidney")
    before = changed_at(services, project_id)
    services.labels.change(OWNER, label.id, term=KIDNEY)
    assert changed_at(services, project_id) > before


def test_exports_are_told_the_terms_of_now(services: Services, project_id: str, volume_id: str) -> None:
    liver = services.labels.create(OWNER, project_id, "liver")
    services.labels.create(OWNER, project_id, "spleen")
    mask_id = masked(services, volume_id)
    services.labels.change(OWNER, liver.id, term=term_of("liver"))
    mask = services.masks.for_export(OWNER, mask_id, services.config.temporary_folder)
    assert [label["term"] for label in mask.labels] == [term_of("liver"), None]


def test_a_file_says_what_its_labels_are(services: Services, project_id: str) -> None:
    """Those that are made for it, and those that take its name; a label that stays is asked nothing."""
    for name in ("spleen", "liver", "aorta"):
        services.labels.create(OWNER, project_id, name, term=term_of(name))
    names = {code: LabelName(name, term=match(name)) for code, name in enumerate(("spleen", "colon"), 1)}
    names |= {3: LabelName("heart"), 4: LabelName("kidney", term=SegmentTerm.from_dict(KIDNEY))}
    with services.database.write() as session:
        project = session.get_one(ProjectRow, project_id)
        labels_of_codes(session, project, (1, 2, 3, 4, 5), names, NameChoices.parsed("take"))
    found = services.projects.get(OWNER, project_id).labels
    assert [(label.name, label.term and label.term.words) for label in found] == [
        ("spleen", "Spleen"), ("colon", "Colon"), ("heart", None), ("kidney", "Kidney, right"),
        ("label 5", None),
    ]  # fmt: skip


@pytest.fixture
def desks(config: Config) -> Iterator[tuple[Desk, Desk]]:
    services = build_services(toy_config(config))
    yield Desk(services, "First", (), ()), Desk(services, "Second", (), ())
    services.close()


def test_a_model_takes_terms_into_another_project(desks: tuple[Desk, Desk], tmp_path: Path) -> None:
    first, second = desks
    files = first.services.model_files
    model = files.import_model(OWNER, first.project_id, [fit_there(tmp_path)]).model
    kidney = next(label for label in model.labels if label.name == "Kidney")
    assert kidney.id is not None
    first.services.labels.change(OWNER, kidney.id, term=KIDNEY)
    path = tmp_path / "shared.safetensors"
    path.write_bytes(files.export(OWNER, model.id, "", "", "", "").content)
    made = files.import_model(OWNER, second.project_id, [path]).made
    assert {label.name: label.term and label.term.words for label in made} == {
        "Spleen": None, "Kidney": "Kidney, right", "Liver": None,
    }  # fmt: skip


def test_terms_are_found_by_name(client: TestClient) -> None:
    answer = client.get("/api/terms", params={"words": "Kidney_right"}).json()
    assert answer["meant"] == answer["terms"][0] == KIDNEY
    artery = client.get("/api/terms", params={"words": "artery of"}).json()
    assert len(artery["terms"]) == 20
    assert client.get("/api/terms", params={"words": "rib 7"}).json() == {"terms": [], "meant": None}
    assert client.get("/api/terms", params={"words": "x" * 201}).status_code == 400
    assert client.get("/api/terms").status_code == 400
