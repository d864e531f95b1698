"""The client of the package monailabel, which 3D Slicer's module has too, against a server without logins."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name

from backend.jobs.supervisor import Supervisor
from backend.services import Services
from tests.backend.data_folders import OWNER
from tests.backend.job_helpers import paint, set_behaviour, wait_for
from tests.backend.monai_label.conftest import MONAILabelClientException, NewClient
from tests.backend.tiny import AFFINE, SHAPE, tiny_volume, write_tiny_nifti


@pytest.fixture
def client(address: str, new_client: NewClient, project_id: str) -> Any:
    return new_client(address, project_id)


def stored_label(*slices: int, value: int = 1) -> np.ndarray:
    """A label map of the tiny volume on its stored grid, with a square on some axial slices."""
    label_map = np.zeros(SHAPE, np.uint8)
    label_map[1:4, 1:3, list(slices)] = value
    return label_map


def saved(folder: Path, array: np.ndarray, name: str = "label.nii.gz") -> str:
    nib.save(nib.Nifti1Image(array, AFFINE), folder / name)
    return str(folder / name)


def test_a_scan_is_uploaded_and_labelled(
    client: Any, services: Services, project_id: str, tmp_path: Path
) -> None:
    assert not client.auth_enabled()
    nothing = {"total": 0, "completed": 0, "label_tags": {"final": 0, "original": 0}}
    assert client.info()["datastore"] == nothing
    scan = write_tiny_nifti(tmp_path / "scan.nii.gz")
    image = client.upload_image(str(scan), "Patient 7")["image"]
    assert services.projects.get(OWNER, project_id).volumes[0].name == "Patient 7"
    assert client.upload_image(str(scan), "Patient 7")["image"] == image  # the same scan is there once
    told = {"label_info": [{"name": "liver", "idx": 1}]}
    answer = client.save_label("Patient 7", saved(tmp_path, stored_label(1, 2)), params=told)
    assert (answer["image"], answer["slices"], answer["replaced"]) == ("Patient 7", 2, 0)
    info = client.info()
    assert (info["labels"], info["models"]["fewshot_sam"]["labels"]) == (["liver"], {"liver": 1})
    assert info["label_colors"] == {"liver": services.projects.get(OWNER, project_id).labels[0].color}
    assert (info["datastore"]["completed"], info["train_stats"]) == (1, {})
    final = nib.load(client.download_label(image, "final"))
    assert np.array_equal(np.asarray(final.dataobj), stored_label(1, 2))
    assert np.allclose(final.affine, AFFINE)


def test_a_model_is_trained_and_infers(
    client: Any, services: Services, supervisor: Supervisor, volume_id: str, label_value: int, tmp_path: Path
) -> None:
    paint(services, volume_id, label_value)
    with pytest.raises(MONAILabelClientException) as error:
        client.train_status()
    assert "No model was fitted yet." in error.value.msg
    task = client.train_start("fewshot_sam", {"max_epochs": 2})
    assert task["status"] == "RUNNING" and task["details"]
    assert client.train_status(check_if_running=True)
    done = wait_for(client.train_status, lambda task: task["status"] != "RUNNING")
    assert (done["status"], done["id"]) == ("DONE", task["id"])
    assert not client.train_status(check_if_running=True)
    assert client.info()["train_stats"]["fewshot_sam"]["best_metric"] == 0.75

    wanted = {"result_extension": ".nrrd", "result_dtype": "uint8"}
    file, params = client.infer("fewshot_sam", volume_id, wanted)
    assert (params["label_names"], Path(file).suffix) == ({"liver": 1}, ".nrrd")
    mask, scan = sitk.ReadImage(file), sitk.ReadImage(str(write_tiny_nifti(tmp_path / "scan.nii")))
    assert (mask.GetPixelID(), mask.GetSize()) == (sitk.sitkUInt8, SHAPE)
    assert np.allclose(mask.GetOrigin(), scan.GetOrigin())
    assert np.allclose(mask.GetDirection(), scan.GetDirection())
    stored = sitk.GetArrayFromImage(mask).transpose(2, 1, 0)
    assert len(services.runs.of_volume(OWNER, volume_id)) == 1  # nothing changed since: the mask was there
    original = nib.load(client.download_label(volume_id, "original"))
    assert np.array_equal(np.asarray(original.dataobj), stored)
    labels = client.datastore()["objects"][volume_id]["labels"]
    assert set(labels) == {"final", "original"}
    assert labels["original"]["info"]["params"]["label_names"] == {"liver": 1}
    paint(services, volume_id, label_value, 3)
    client.infer("fewshot_sam", volume_id, {})
    kinds = [run.kind for run in services.runs.of_volume(OWNER, volume_id)]
    assert kinds == ["predict", "propagate"]


def test_the_next_sample_is_the_least_certain(
    client: Any, services: Services, supervisor: Supervisor, address: str, label_value: int, tmp_path: Path
) -> None:
    (project_id,), ids = [each.id for each in services.projects.list_all(OWNER)], []
    for number in range(3):
        scan = replace(tiny_volume(f"scan-{number}"), voxels=np.full(SHAPE, number, np.int16, order="F"))
        ids.append(services.volumes.add(OWNER, project_id, scan, "scan.nii").id)
    assert client.next_sample("first", {})["id"] == ids[0]
    paint(services, ids[0], label_value)
    assert client.next_sample("least_certain", {})["id"] == ids[1]  # nobody painted on it
    assert client.infer("fewshot_sam", ids[0], {})[1]["label_names"] == {"liver": 1}
    client.infer("fewshot_sam", ids[1], {})  # with the model that was fitted to the first
    sample = client.next_sample("random", {})
    assert sample["id"] in ids[1:] and sample["name"].endswith(".nii.gz")
    # What Slicer does next, where it has no such file: it loads the image by the name's ending.
    answer = httpx.get(f"{address}/{project_id}/datastore/image", params={"image": sample["id"]})
    (tmp_path / "downloaded.nii.gz").write_bytes(answer.content)
    image = nib.load(tmp_path / "downloaded.nii.gz")
    assert np.allclose(image.affine, AFFINE)
    assert np.unique(np.asarray(image.dataobj)).tolist() == [ids.index(sample["id"])]
    for volume_id in ids[1:]:
        paint(services, volume_id, label_value)
    assert client.next_sample("least_certain", {})["id"] == ids[0]  # the one of which a run said so


def test_saving_a_label_again_makes_versions(
    client: Any, services: Services, volume_id: str, tmp_path: Path
) -> None:
    client.save_label(volume_id, saved(tmp_path, stored_label(1, value=1)))
    merged = client.save_label(
        volume_id, saved(tmp_path, np.full(SHAPE, 2, np.uint8)), params={"paint": "merge"}
    )
    assert (merged["replaced"], merged["slices"]) == (1, 4)
    label_map = services.annotations.get(OWNER, volume_id, "axial", 1)[1]
    assert set(label_map) == {1, 2}
    kept = client.save_label(volume_id, saved(tmp_path, stored_label(1, value=2)), params={"paint": "keep"})
    assert kept["changed"] == 0
    replaced = client.save_label(volume_id, saved(tmp_path, stored_label(1, value=2)))
    assert (replaced["replaced"], replaced["changed"]) == (1, 1)
    versions = services.annotations.versions(OWNER, volume_id, "axial", 1)
    assert [each.version for each in versions] == [3, 2, 1]


def test_names_tell_what_counted_segments_are(
    client: Any, services: Services, project_id: str, volume_id: str, tmp_path: Path
) -> None:
    liver = services.labels.create(OWNER, project_id, "liver", None, 6)
    spleen = services.labels.create(OWNER, project_id, "spleen", None, 1)
    segments = [{"name": "liver", "idx": 1}, {"name": "kidney", "idx": 2}]
    both = stored_label(1) + stored_label(2, value=2)
    client.save_label(volume_id, saved(tmp_path, both), params={"label_info": segments})
    labels = {each.name: each for each in services.projects.get(OWNER, project_id).labels}
    assert set(labels) == {"liver", "spleen", "kidney"}
    first = services.annotations.get(OWNER, volume_id, "axial", 1)[0]
    assert first.values == [liver.value] != [spleen.value]
    assert services.annotations.get(OWNER, volume_id, "axial", 2)[0].values == [labels["kidney"].value]


def test_a_fit_is_stopped(
    client: Any, services: Services, supervisor: Supervisor, volume_id: str, label_value: int
) -> None:
    assert client.train_stop() is None
    with pytest.raises(MONAILabelClientException) as error:
        client.train_start("fewshot_sam", {})
    assert "Nothing is painted in this project" in error.value.msg
    paint(services, volume_id, label_value)
    set_behaviour(services.config, "slow")
    client.train_start("", {})
    wait_for(lambda: services.runs.of_volume(OWNER, volume_id)[0].stage, bool)
    assert client.train_stop()["status"] == "STOPPED"
    assert wait_for(client.train_status, lambda task: task["end_ts"])["status"] == "STOPPED"


def test_errors_are_one_sentence(client: Any, volume_id: str, tmp_path: Path) -> None:
    def said(call: Any, *arguments: Any, **options: Any) -> str:
        with pytest.raises(MONAILabelClientException) as error:
            call(*arguments, **options)
        text = str(error.value.msg)
        detail = json.loads(text[text.index("{") :])["detail"]
        assert detail.endswith(".")
        return str(detail)

    assert "no such image" in said(client.infer, "fewshot_sam", "nothing", {})
    assert "must be fewshot_sam, got 'deepedit'" in said(client.infer, "deepedit", volume_id, {})
    assert "no few-shot model yet" in said(client.infer, "fewshot_sam", volume_id, {})
    assert "result_extension" in said(client.infer, "fewshot_sam", volume_id, {"result_extension": ".exe"})
    assert "Strategies are" in said(client.next_sample, "oracle", {})
    assert "Nothing is painted" in said(client.download_label, volume_id, "final")
    assert "no mask yet" in said(client.download_label, volume_id, "original")
    label = saved(tmp_path, stored_label(1))
    assert "made by runs" in said(client.save_label, volume_id, label, tag="original")
    assert "idx" in said(
        client.save_label, volume_id, label, params={"label_info": [{"name": "a", "idx": 0}]}
    )
    other = saved(tmp_path, np.zeros((3, 3, 3), np.uint8) + 1, "other.nii.gz")
    assert "grid" in said(client.save_label, volume_id, other)


def test_an_image_of_a_name_that_another_has_is_not_mistaken_for_it(
    client: Any, services: Services, project_id: str, tmp_path: Path
) -> None:
    first = services.volumes.add(OWNER, project_id, tiny_volume("volume"), "a.nii").id
    other = saved(tmp_path, np.ones(SHAPE, np.int16), "b.nii")
    for _ in range(2):  # it is there after the first time
        with pytest.raises(MONAILabelClientException) as error:
            client.upload_image(other, "volume")
        assert "as 'volume (2)', and not as 'volume'" in error.value.msg
    assert services.monai_label.images.find(OWNER, project_id, "volume").id == first
    assert len(services.projects.get(OWNER, project_id).volumes) == 2
