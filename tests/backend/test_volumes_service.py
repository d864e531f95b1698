"""Import, planes, deletion and the demo project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError, NotFoundError
from backend.records.volumes import load_volume_row, store_volume_file
from backend.schemas.answers import EncodingAnswer
from backend.services import Services
from fewshot_sam.data.windowing import Window, default_window, presets
from fewshot_sam.embeddings.cache import CacheKey, EmbeddingCache
from fewshot_sam.errors import ImageFormatError
from storage.models import UploadRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.tiny import tiny_volume, write_tiny_nifti
from tests.fewshot_sam.synthetic_files import dicom_series, write_dicom


def upload(services: Services, project_id: str, *names: str) -> Path:
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    for name in names:
        (folder / name).write_bytes(b"not an image")
    return folder


def assert_nothing_stored(services: Services) -> None:
    with services.database.read() as session:
        assert session.scalars(select(VolumeRow)).all() == []
        assert session.scalars(select(UploadRow)).all() == []
    assert services.blobs.keys() == []
    assert list((services.blobs.root / "incoming").iterdir()) == []
    assert list(services.config.uploads_folder.iterdir()) == []


def test_an_uploaded_file_becomes_a_volume_that_waits_for_encoding(
    services: Services, project_id: str
) -> None:
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    write_tiny_nifti(folder / "belly.nii.gz")
    summary = services.volumes.import_upload(OWNER, project_id, folder)
    expected = tiny_volume()
    assert (summary.name, summary.shape, summary.dtype) == ("belly", (6, 5, 4), "int16")
    assert np.allclose(summary.affine, expected.affine)
    assert summary.encoding == EncodingAnswer(state="pending", done=0, total=4, eta_s=None, error=None)
    assert summary.plane == "axial"
    assert not folder.exists()
    volume = services.volumes.open(OWNER, summary.id)
    assert np.array_equal(volume.voxels, expected.voxels)
    assert np.allclose(volume.source.affine, expected.source.affine)


def test_the_stored_content_hash_is_the_volumes_own(services: Services, volume_id: str) -> None:
    row = services.volumes.row(OWNER, volume_id)
    reopened = load_volume_row(row, services.blobs)
    assert reopened.content_hash == tiny_volume().content_hash


def test_a_file_that_is_no_image_leaves_nothing(services: Services, project_id: str) -> None:
    folder = upload(services, project_id, "broken.nii.gz")
    with pytest.raises(ImageFormatError, match=r"broken|image|NIfTI"):
        services.volumes.import_upload(OWNER, project_id, folder)
    assert_nothing_stored(services)


def test_a_project_deleted_meanwhile_leaves_nothing(services: Services, project_id: str) -> None:
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    write_tiny_nifti(folder / "belly.nii")
    services.projects.delete(OWNER, project_id)
    with pytest.raises(NotFoundError, match="project does not exist"):
        services.volumes.import_upload(OWNER, project_id, folder)
    assert_nothing_stored(services)


def test_choosing_a_plane_starts_encoding_over(services: Services, volume_id: str) -> None:
    summary = services.volumes.change(OWNER, volume_id, plane="sagittal", first_slice=5)
    assert (summary.plane, summary.plane_chosen) == ("sagittal", True)
    assert summary.encoding.total == 6
    row = services.volumes.row(OWNER, volume_id)
    assert (row.first_slice, row.encoding_token, row.encoding_state) == (5, 1, "pending")


def test_confirming_the_plane_keeps_what_is_encoded(services: Services, volume_id: str) -> None:
    with services.database.write() as session:
        session.get_one(VolumeRow, volume_id).encoding_state = "done"
    summary = services.volumes.change(OWNER, volume_id, plane="axial", first_slice=2)
    assert (summary.encoding.state, summary.plane_chosen) == ("done", True)


def test_a_failed_encoding_is_tried_again_when_asked(services: Services, volume_id: str) -> None:
    with services.database.write() as session:
        volume = session.get_one(VolumeRow, volume_id)
        volume.encoding_state, volume.encoding_error, volume.encoding_attempts = "failed", "memory", 3
    summary = services.volumes.change(OWNER, volume_id, plane="axial")
    assert (summary.encoding.state, summary.encoding.error) == ("pending", None)


def test_a_corrected_modality_is_kept_with_its_windows_and_slices_are_encoded_again(
    services: Services, volume_id: str
) -> None:
    before = services.volumes.get(OWNER, volume_id)
    assert (before.modality, before.window) == ("CT", (-160, 240))
    with services.database.write() as session:
        session.get_one(VolumeRow, volume_id).encoding_state = "done"
    summary = services.volumes.change(OWNER, volume_id, modality="MR")
    expected = presets(replace(tiny_volume(), modality="MR"))
    assert summary.modality == "MR"
    assert {each.name: Window(each.low, each.high) for each in summary.presets} == expected
    assert summary.window == (summary.presets[0].low, summary.presets[0].high)
    assert summary.value_range == before.value_range
    assert (summary.encoding.state, summary.encoding.done) == ("pending", 0)
    assert services.volumes.open(OWNER, volume_id).modality == "MR"
    assert default_window(services.volumes.open(OWNER, volume_id)) == next(iter(expected.values()))
    # Its preview in the old window is none of it any more.
    assert services.media.preview(OWNER, volume_id).key.endswith("-MR.nii")


def test_naming_the_modality_that_it_has_changes_nothing(services: Services, volume_id: str) -> None:
    with services.database.write() as session:
        session.get_one(VolumeRow, volume_id).encoding_state = "done"
    before = services.volumes.get(OWNER, volume_id)
    assert services.volumes.change(OWNER, volume_id, modality="CT") == before
    assert before.encoding.state == "done"


@pytest.mark.parametrize(
    ("plane", "first_slice", "match"),
    [("axial", 4, "from 0 to 3"), ("axial", -1, "from 0 to 3"), ("oblique", 0, "must be axial")],
)
def test_slices_and_planes_must_exist(
    services: Services, volume_id: str, plane: str, first_slice: int, match: str
) -> None:
    with pytest.raises(InvalidRequestError, match=match):
        services.volumes.change(OWNER, volume_id, plane=plane, first_slice=first_slice)
    assert services.volumes.get(OWNER, volume_id).plane_chosen is False


def test_deleting_removes_voxels_and_embeddings_once_nobody_needs_them(
    services: Services, project_id: str, volume_id: str
) -> None:
    twin = services.volumes.add(OWNER, project_id, tiny_volume(), "twin.nii").id
    cache = EmbeddingCache(services.config.cache_folder)
    key = CacheKey(tiny_volume().content_hash, "axial", "e", "p", 4, (1, 2, 2))
    cache.open(key)
    assert len(services.blobs.keys()) == 1
    services.volumes.delete(OWNER, volume_id)
    assert len(services.blobs.keys()) == 1
    assert cache.size_bytes() > 0
    services.volumes.delete(OWNER, twin)
    services.deleted.delete_for_good(OWNER, volume_id)
    assert len(services.blobs.keys()) == 1
    services.deleted.delete_for_good(OWNER, twin)
    assert services.blobs.keys() == []
    assert cache.size_bytes() == 0


def test_a_deleted_project_takes_everything_along(
    services: Services, project_id: str, volume_id: str
) -> None:
    services.projects.delete(OWNER, project_id)
    services.deleted.delete_for_good(OWNER, project_id)
    assert_nothing_stored(services)


def test_the_demo_is_made_once_for_each_owner(services: Services) -> None:
    assert services.demo.ensure("a")
    assert not services.demo.ensure("a")
    (project,) = services.projects.list_all(Asker("a"))
    assert project.name == "Demo: head MR"
    details = services.projects.get(Asker("a"), project.id)
    assert [label.code for label in details.labels] == [1, 2]
    assert details.volumes[0].shape == (197, 233, 189)
    services.projects.delete(Asker("a"), project.id)
    assert not services.demo.ensure("a")
    assert services.projects.list_all(Asker("a")) == []
    assert services.demo.ensure("b")


def test_two_series_wait_until_one_is_chosen(services: Services, project_id: str) -> None:
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    write_dicom(folder, dicom_series(3, series_uid="1.2.5"))
    write_dicom(folder, dicom_series(2, series_uid="1.2.6"), start=50)
    with pytest.raises(ConflictError, match="2 series") as conflict:
        services.volumes.import_upload(OWNER, project_id, folder)
    details = conflict.value.details
    assert details["code"] == "series_choice"
    assert [choice["series_uid"] for choice in details["choices"]] == ["1.2.5", "1.2.6"]
    with pytest.raises(InvalidRequestError, match="must be one of those"):
        services.volumes.choose_series(OWNER, details["upload_id"], "9.9")
    with pytest.raises(NotFoundError, match="upload does not exist"):
        services.volumes.choose_series(Asker("other"), details["upload_id"], "1.2.5")
    chosen = services.volumes.choose_series(OWNER, details["upload_id"], "1.2.6")
    assert (chosen.name, chosen.shape) == ("Series 6", (4, 5, 2))


def test_an_echo_of_a_series_is_chosen_and_copies_are_told(services: Services, project_id: str) -> None:
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    echoes = [dicom_series(3, seed=echo, EchoTime=5.0 * echo) for echo in (1, 2)]
    for number, dataset in enumerate([*echoes[0], *echoes[1]]):
        dataset.InstanceNumber = number + 1
    write_dicom(folder, [*echoes[0], *echoes[1], echoes[1][0]])
    with pytest.raises(ConflictError, match="2 volumes") as conflict:
        services.volumes.import_upload(OWNER, project_id, folder)
    details = conflict.value.details
    named = {choice["description"]: choice["series_uid"] for choice in details["choices"]}
    assert list(named) == ["Series 4, echo time 5 ms", "Series 4, echo time 10 ms"]
    chosen = services.volumes.choose_series(OWNER, details["upload_id"], named["Series 4, echo time 10 ms"])
    assert (chosen.name, chosen.shape) == ("Series 4, echo time 10 ms", (4, 5, 3))
    assert chosen.notes == "1 file holds the same slice as another one and was left out."


def test_voxels_that_another_deletion_took_are_stored_again(
    services: Services, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same scan is deleted elsewhere between the writing of its voxels and of its row."""
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    write_dicom(folder, dicom_series(3))
    gone: list[str] = []

    def store(*given: object) -> VolumeRow:
        row = store_volume_file(*given)  # type: ignore[arg-type]
        if not gone:
            services.blobs.delete(row.voxel_blob)
            gone.append(row.voxel_blob)
        return row

    monkeypatch.setattr("backend.services.volumes.store_volume_file", store)
    answer = services.volumes.import_upload(OWNER, project_id, folder)
    assert answer.shape == (4, 5, 3)
    assert services.blobs.exists(gone[0])
