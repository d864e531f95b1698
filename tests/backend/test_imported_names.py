"""Names of the labels that a label map brings, where the project has others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backend.errors import ConflictError, InvalidRequestError
from backend.schemas.enums import ErrorCode
from backend.services import Services
from fewshot_sam.data.planes import from_display
from fewshot_sam.io.terminology import match
from tests.backend.conftest import OWNER
from tests.backend.tiny import SHAPE, write_tiny_nifti


@pytest.fixture
def two_labels(services: Services, project_id: str, tmp_path: Path) -> list[Path]:
    """A label map of the codes 1 and 2, for a project that calls them the other way round."""
    services.labels.create(OWNER, project_id, "Liver", "#111111")
    services.labels.create(OWNER, project_id, "Spleen", "#222222")
    stored = np.zeros(SHAPE, np.uint8)
    stored[1, 1:4, 1], stored[4, 1:4, 1] = 1, 2
    names = tmp_path / "labels.label"
    names.write_text('1 9 9 9 1 1 1 "spleen"\n2 8 8 8 1 1 1 "Leber"\n')
    return [write_tiny_nifti(tmp_path / "labels.nii", stored), names]


def values_on_slice(services: Services, volume_id: str) -> list[int]:
    """The label value of the box of code 1, then of code 2; the file's first axis runs to the left."""
    _, data = services.annotations.get(OWNER, volume_id, "axial", 1)
    shown = from_display(np.frombuffer(data, np.uint8).reshape(SHAPE[1], SHAPE[0]))
    return [int(shown[4].max()), int(shown[1].max())]


def test_codes_under_other_names_are_asked_for(
    services: Services, volume_id: str, project_id: str, two_labels: list[Path]
) -> None:
    sentence = "code 1 is 'Liver' here and 'spleen' there, 2 is 'Spleen' here and 'Leber' there. Choose"
    with pytest.raises(ConflictError, match=sentence) as caught:
        services.label_import.import_label_map(OWNER, volume_id, two_labels)
    assert caught.value.details["code"] == ErrorCode.LABEL_CHOICE
    assert caught.value.details["labels"][0] == {
        "code": 1, "name": "Liver", "color": "#111111", "file_name": "spleen", "file_color": "#090909",
    }  # fmt: skip
    assert [label.name for label in services.projects.get(OWNER, project_id).labels] == ["Liver", "Spleen"]
    assert services.annotations.list_latest(OWNER, volume_id) == []
    with pytest.raises(ConflictError, match="code 2 is 'Spleen' here and 'Leber' there"):
        services.label_import.import_label_map(OWNER, volume_id, two_labels, names='{"1": "keep"}')


@pytest.mark.parametrize(
    ("names", "labels", "values"),
    [
        ("keep", [("Liver", 1, "#111111"), ("Spleen", 2, "#222222")], [1, 2]),
        ("take", [("spleen", 1, "#090909"), ("Leber", 2, "#080808")], [1, 2]),
        ("new", [("Liver", 1, "#111111"), ("Spleen", 2, "#222222"), ("Leber", 3, "#080808")], [2, 3]),
        ('{"1": "keep", "2": "take"}', [("Liver", 1, "#111111"), ("Leber", 2, "#080808")], [1, 2]),
    ],
)
def test_the_name_that_was_chosen_counts(
    services: Services, volume_id: str, project_id: str, two_labels: list[Path], names: str,
    labels: list[tuple[str, int, str]], values: list[int],
) -> None:  # fmt: skip
    services.label_import.import_label_map(OWNER, volume_id, two_labels, names=names)
    found = services.projects.get(OWNER, project_id).labels
    assert [(label.name, label.code, label.color) for label in found] == labels
    assert values_on_slice(services, volume_id) == values


def test_a_name_that_another_label_has_is_not_taken(
    services: Services, volume_id: str, project_id: str, two_labels: list[Path]
) -> None:
    """Two labels of one name could not be told apart, and renaming back could not be undone."""
    before = services.projects.get(OWNER, project_id).labels
    with pytest.raises(InvalidRequestError, match="Code 1 cannot be called 'spleen' as in the file"):
        services.label_import.import_label_map(
            OWNER, volume_id, two_labels, names='{"1": "take", "2": "keep"}'
        )
    assert services.projects.get(OWNER, project_id).labels == before
    assert services.annotations.list_latest(OWNER, volume_id) == []


def test_a_new_label_takes_no_code_of_the_file(
    services: Services, volume_id: str, project_id: str, tmp_path: Path
) -> None:
    services.labels.create(OWNER, project_id, "Liver")
    stored = np.zeros(SHAPE, np.uint8)
    stored[1, 1:4, 1], stored[4, 1:4, 1] = 1, 2
    names = tmp_path / "names.json"
    names.write_text('{"1": "spleen", "2": "kidney"}')
    path = write_tiny_nifti(tmp_path / "labels.nii", stored)
    services.label_import.import_label_map(OWNER, volume_id, [path, names], names="new")
    found = services.projects.get(OWNER, project_id).labels
    assert [(label.name, label.code) for label in found] == [("Liver", 1), ("kidney", 2), ("spleen", 3)]


@pytest.mark.parametrize(
    "names", ["rename", "{", '{"one": "keep"}', '{"1": "rename"}', '{"1": []}', "{" * 9000]
)
def test_no_choice_of_names(services: Services, volume_id: str, tmp_path: Path, names: str) -> None:
    path = write_tiny_nifti(tmp_path / "labels.nii", np.ones(SHAPE, np.uint8))
    with pytest.raises(InvalidRequestError, match="must be keep, take, new, or these by code"):
        services.label_import.import_label_map(OWNER, volume_id, [path], names=names)


def test_names_that_differ_in_capitals_ask_nothing(
    services: Services, volume_id: str, project_id: str, tmp_path: Path
) -> None:
    services.labels.create(OWNER, project_id, "M\u00fcller")
    names = tmp_path / "labels.json"
    names.write_text(json.dumps({"1": "mu\u0308ller"}))
    path = write_tiny_nifti(tmp_path / "labels.nii", np.ones(SHAPE, np.uint8))
    assert services.label_import.import_label_map(OWNER, volume_id, [path, names]).labels == []


def import_named(
    services: Services, volume_id: str, tmp_path: Path, names: dict[str, str], choices: str | None = None
) -> list[tuple[int, str]]:
    """Import codes 1 and 2 with a file of names; codes and names of the labels that were renamed or made."""
    stored = np.zeros(SHAPE, np.uint8)
    stored[1, 1:4, 1], stored[4, 1:4, 1] = 1, 2
    path, file = write_tiny_nifti(tmp_path / "labels.nii", stored), tmp_path / "names.json"
    file.write_text(json.dumps(names))
    files = [path, file] if names else [path]
    imported = services.label_import.import_label_map(OWNER, volume_id, files, names=choices)
    return [(label.code, label.name) for label in imported.labels]


def test_a_name_that_was_made_up_gives_way(
    services: Services, volume_id: str, project_id: str, tmp_path: Path
) -> None:
    made_up = [(1, "label 1"), (2, "label 2")]
    assert import_named(services, volume_id, tmp_path, {}) == made_up
    label = services.projects.get(OWNER, project_id).labels[1]
    services.labels.change(OWNER, label.id, color="#123456")
    real = {"1": "liver", "2": "spleen"}
    assert import_named(services, volume_id, tmp_path, real) == [(1, "liver"), (2, "spleen")]
    assert services.projects.get(OWNER, project_id).labels[1].color == "#123456"
    assert import_named(services, volume_id, tmp_path, {"1": "Label 1", "2": "label 2"}) == []
    with pytest.raises(ConflictError, match="code 1 is 'liver' here and 'Leber' there"):
        import_named(services, volume_id, tmp_path, {"1": "Leber"})


def test_a_made_up_name_gives_way_to_no_name_of_another_label(
    services: Services, volume_id: str, project_id: str, tmp_path: Path
) -> None:
    import_named(services, volume_id, tmp_path, {})
    services.labels.create(OWNER, project_id, "liver")
    with pytest.raises(ConflictError, match="code 1 is 'label 1' here and 'Liver' there"):
        import_named(services, volume_id, tmp_path, {"1": "Liver"})
    with pytest.raises(ConflictError, match="code 2 is 'label 2' here and 'spleen' there"):
        import_named(services, volume_id, tmp_path, {"1": "spleen", "2": "spleen"})
    assert import_named(services, volume_id, tmp_path, {"1": "spleen"}, "keep") == []


def test_what_a_label_was_called_before_is_told(
    services: Services, project_id: str, volume_id: str, two_labels: list[Path]
) -> None:
    spleen = next(each for each in services.projects.get(OWNER, project_id).labels if each.code == 2)
    term = match("spleen")
    assert term is not None
    services.labels.change(OWNER, spleen.id, term=term.to_dict())
    imported = services.label_import.import_label_map(
        OWNER, volume_id, two_labels, names='{"1": "new", "2": "take"}', paint="replace"
    )
    assert [(label.name, label.color) for label in imported.renamed] == [("Spleen", "#222222")]
    assert [label.name for label in imported.labels] == ["spleen", "Leber"]
    # What it was said to be goes with the name that it had.
    assert [each.term for each in (*imported.renamed, *imported.labels)] == [term, None, None]
