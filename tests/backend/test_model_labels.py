"""What the labels of a model that comes as a file become in a project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.config import Config
from backend.errors import ConflictError, InvalidRequestError
from backend.schemas.answers import LabelAnswer
from backend.services import Services, build_services
from fewshot_sam.methods.model_file import ModelFile
from tests.backend.conftest import OWNER
from tests.backend.toy_models import CODES, Desk, fit_there, toy_config


@pytest.fixture
def services(config: Config) -> Iterator[Services]:
    services = build_services(toy_config(config))
    yield services
    services.close()


def plan_of(desk: Desk, path: Path) -> list[tuple[int, str | None, bool]]:
    checked = desk.services.model_files.check(OWNER, desk.project_id, [path])
    return [(each.code, each.label_name, each.asked) for each in checked.plan]


def test_labels_are_found_by_name_then_by_code(services: Services, tmp_path: Path) -> None:
    path = fit_there(tmp_path)  # 3 Spleen, 40 Kidney, 700 Liver
    desk = Desk(services, "Other", ("LIVER", "Pancreas", "label 3"), (3000, 40, 3))
    assert plan_of(desk, path) == [(3, "label 3", False), (40, "Pancreas", True), (700, "LIVER", False)]
    with pytest.raises(ConflictError, match="Code 40 is 'Pancreas' in the project and 'Kidney' in the model"):
        services.model_files.import_model(OWNER, desk.project_id, [path])
    with pytest.raises(InvalidRequestError, match=r"kept as the project's \(keep\) or made \(new\)"):
        services.model_files.import_model(OWNER, desk.project_id, [path], names="take")
    assert len(labels_of(services, desk)) == 3
    kept = services.model_files.import_model(OWNER, desk.project_id, [path], names='{"40": "keep"}')
    assert [label.name for label in kept.model.labels] == ["LIVER", "Pancreas", "label 3"]
    assert kept.made == []
    new = services.model_files.import_model(OWNER, desk.project_id, [path], names='{"40": "new"}')
    assert [(label.name, label.code) for label in new.made] == [("Kidney", 4)]


def labels_of(services: Services, desk: Desk) -> list[LabelAnswer]:
    return services.projects.get(OWNER, desk.project_id).labels


def test_two_labels_of_a_model_never_become_one(services: Services, tmp_path: Path) -> None:
    path = fit_there(tmp_path)
    file = ModelFile.load(path)
    labels = [{"code": code, "name": "liver"} for code in sorted(CODES)]
    ModelFile(file.state, {**file.about, "card": {"labels": labels}}).save(path)
    desk = Desk(services, "Other", ("Liver",), (40,))
    imported = services.model_files.import_model(OWNER, desk.project_id, [path], names="keep")
    assert [label.value for label in imported.model.labels] == [1, 2, 3]


def test_names_of_a_model_are_compared_as_labels_are_called(services: Services, tmp_path: Path) -> None:
    path = fit_there(tmp_path)
    file = ModelFile.load(path)
    names = dict(zip(sorted(CODES), ("  Liver\u3000", "Left\nkidney", " \t "), strict=True))
    labels = [{"code": code, "name": name} for code, name in names.items()]
    ModelFile(file.state, {**file.about, "card": {"labels": labels}}).save(path)
    desk = Desk(services, "Other", (), ())
    first = services.model_files.import_model(OWNER, desk.project_id, [path])
    assert [label.name for label in first.made] == ["Liver", "Left kidney", "label 700"]
    again = services.model_files.import_model(OWNER, desk.project_id, [path])
    assert again.made == []
    assert again.model.labels == first.model.labels


def test_labels_that_are_missing_are_made_with_their_codes_and_colours(
    services: Services, tmp_path: Path
) -> None:
    path = fit_there(tmp_path)
    file = ModelFile.load(path)
    card = file.about["card"]
    card["labels"][0]["color"] = "#123456"
    ModelFile(file.state, {**file.about, "card": card}).save(path)
    desk = Desk(services, "Other", (), ())
    imported = services.model_files.import_model(OWNER, desk.project_id, [path])
    assert [(label.name, label.code) for label in imported.made] == [
        ("Spleen", 3), ("Kidney", 40), ("Liver", 700)
    ]  # fmt: skip
    assert imported.made[0].color == "#123456"
    assert [label.id for label in imported.made] == [label.id for label in labels_of(services, desk)]


def test_a_project_full_of_labels_takes_no_model(services: Services, tmp_path: Path) -> None:
    names = tuple(f"structure {number}" for number in range(254))
    desk = Desk(services, "Full", names, tuple(range(1000, 1254)))
    with pytest.raises(InvalidRequestError, match="A project can hold 255 labels at most"):
        services.model_files.import_model(OWNER, desk.project_id, [fit_there(tmp_path)])
    assert len(labels_of(services, desk)) == 254
    assert services.runs.models(OWNER, desk.project_id) == []
