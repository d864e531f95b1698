"""What programs send that are no Python clients: OHIF's extension, MITK's tool; and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import httpx
import nibabel as nib
import nrrd
import numpy as np
import pytest
from PIL import Image

from backend.jobs.supervisor import Supervisor
from backend.services import Services
from fewshot_sam.data.planes import from_display, to_display
from storage.freezing import ACCEPTED
from storage.models import VolumeRow
from tests.backend.clients import make_client
from tests.backend.data_folders import OWNER
from tests.backend.dicom_seg_helpers import mask_of, on_frames, read_seg, send_tiny_series
from tests.backend.job_helpers import OVER, paint, set_behaviour, wait_for
from tests.backend.tiny import SHAPE, tiny_nifti


def infer(address: str, project_id: str, image: str = "", **options: object) -> httpx.Response:
    """A request for a mask; ``options`` are the request's parameters, or its files."""
    files = options.pop("files", None) or {"params": (None, json.dumps({**options, "output": None}))}
    output = {"output": options.pop("output")} if "output" in options else {}
    url = f"{address}/{project_id}/infer/fewshot_sam"
    return httpx.post(url, params={"image": image, **output}, files=files, timeout=60)  # type: ignore[arg-type]


@pytest.fixture
def accepted(services: Services, volume_id: str, label_value: int) -> str:
    """A volume that was accepted with its mask, which is sent at once; its first column holds the liver."""
    label_map = np.zeros(SHAPE, np.uint8)
    label_map[0] = label_value
    accept(services, volume_id, label_map, label_value, 1)
    return volume_id


def accept(services: Services, volume_id: str, label_map: np.ndarray, value: int, code: int) -> None:
    mask_of(
        services, volume_id, label_map, [{"value": value, "code": code, "name": "liver", "color": "#ff0000"}]
    )
    with services.database.write() as session:
        session.get_one(VolumeRow, volume_id).review = ACCEPTED


def test_ohif_gets_raw_voxels(address: str, project_id: str, accepted: str, tmp_path: Path) -> None:
    wanted = {"result_extension": ".nrrd", "result_dtype": "uint8", "result_compress": False}
    answer = infer(address, project_id, accepted, output="image", restore_label_idx=False, **wanted)
    assert answer.status_code == 200
    (tmp_path / "mask.nrrd").write_bytes(answer.content)
    voxels, header = nrrd.read(str(tmp_path / "mask.nrrd"))
    assert (header["encoding"], voxels.dtype, voxels.shape) == ("raw", np.uint8, SHAPE)
    assert infer(address, project_id, accepted, output="json").json()["label_names"] == {"liver": 1}
    refused = infer(address, project_id, accepted, output="dicom_seg")
    assert (refused.status_code, "DICOM" in refused.json()["detail"]) == (422, True)
    segments = infer(address, project_id, accepted, output="image", result_extension=".seg.nrrd").content
    assert b"Segment0_Name:=liver" in segments


def test_mitk_sends_the_image(
    address: str, services: Services, project_id: str, accepted: str, tmp_path: Path
) -> None:
    scan = tiny_nifti()  # the same voxels as the volume's: it is found, not stored twice
    files = {"params": (None, '{"restore_label_idx": true}'), "file": ("post_from_mitk.nii", scan)}
    answer = infer(address, project_id, files=files)
    assert answer.status_code == 200, answer.text
    boundary = answer.headers["content-type"].partition("boundary=")[2]
    _, said, image, _ = answer.content.split(f"--{boundary}".encode())
    label_names = json.loads(said.partition(b"Content-Type: application/json")[2])["label_names"]
    (tmp_path / "mask.nii.gz").write_bytes(
        image.partition(b"Content-Type: application/octet-stream")[2].lstrip(b" \r\n").removesuffix(b"\r\n")
    )
    mask = np.asarray(nib.load(tmp_path / "mask.nii.gz").dataobj)
    assert (label_names, set(np.unique(mask))) == ({"liver": 1}, {0, 1})
    assert [each.id for each in services.projects.get(OWNER, project_id).volumes] == [accepted]


def test_qupath_gets_outlines_of_a_picture(
    address: str, services: Services, project_id: str, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "section.png")
    url = f"{address}/{project_id}"
    with (tmp_path / "section.png").open("rb") as file:
        sent = httpx.put(f"{url}/datastore/image", params={"image": "section"}, files={"file": file}).json()
    assert httpx.head(f"{url}/datastore/image", params={"image": "section"}).status_code == 200
    label = services.labels.create(OWNER, project_id, "liver", "#ff0000")
    label_map = np.zeros(services.volumes.get(OWNER, sent["image"]).shape, np.uint8)
    shown = np.zeros(to_display(label_map[:, :, 0]).shape, np.uint8)
    shown[4:14, 20:40] = label.value
    shown[7:9, 25:30] = 0
    label_map[:, :, 0] = from_display(shown)
    accept(services, sent["image"], label_map, label.value, label.code)
    answer = httpx.post(f"{url}/infer/wsi/fewshot_sam?output=asap&image=section", content=b'{"level": 0}')
    assert answer.status_code == 200, answer.text
    (outline,) = ElementTree.fromstring(answer.text).iter("Annotation")
    assert (outline.get("Name"), outline.get("Color")) == ("liver", "#ff0000")
    x, y = ([float(each.get(axis) or "") for each in outline.iter("Coordinate")] for axis in ("X", "Y"))
    assert (min(x), max(x), min(y), max(y)) == (20.0, 40.0, 4.0, 14.0)


def test_a_series_is_found_by_its_uid_and_comes_back_as_dicom(
    address: str, services: Services, project_id: str, tmp_path: Path
) -> None:
    volume_id = send_tiny_series(make_client(services, tmp_path), project_id, tmp_path)
    label = services.labels.create(OWNER, project_id, "liver")
    row = services.volumes.row(OWNER, volume_id)
    x, y, z = row.geometry["shape"]
    label_map = np.zeros((x, y, z), np.uint8)
    label_map[1:3, 1, 1:] = label.value
    accept(services, volume_id, label_map, label.value, label.code)
    uid = row.geometry["metadata"]["series_uid"]
    answer = infer(address, project_id, uid, output="dicom_seg")
    assert answer.headers["content-type"] == "application/dicom", answer.text
    segmentation = read_seg(answer.content)
    assert str(segmentation.ReferencedSeriesSequence[0].SeriesInstanceUID) == uid
    frames = np.asarray(segmentation.pixel_array).reshape(-1, *on_frames(label_map).shape[1:])
    assert np.array_equal(frames.any(axis=(1, 2)).sum(), (on_frames(label_map) > 0).any(axis=(1, 2)).sum())


def test_a_program_that_goes_away_cancels_its_run(
    address: str,
    services: Services,
    supervisor: Supervisor,
    project_id: str,
    volume_id: str,
    label_value: int,
) -> None:
    paint(services, volume_id, label_value)
    set_behaviour(services.config, "slow")
    url = f"{address}/{project_id}/infer/fewshot_sam"
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(url, params={"image": volume_id}, files={"params": (None, "{}")}, timeout=2)
    runs = services.runs
    run = wait_for(lambda: runs.of_volume(OWNER, volume_id)[0], lambda run: run.state in OVER)
    assert run.state == "cancelled"


def test_codes_that_do_not_fit_are_refused(
    address: str, services: Services, project_id: str, volume_id: str
) -> None:
    label = services.labels.create(OWNER, project_id, "liver", None, 700)
    accept(services, volume_id, np.full(SHAPE, label.value, np.uint8), label.value, label.code)
    answer = infer(address, project_id, volume_id, result_dtype="uint8")
    assert "must hold codes up to 255, and this project's go up to 700" in answer.json()["detail"]
    assert infer(address, project_id, volume_id, result_dtype="int16").status_code == 200


def test_odd_parameters_are_refused(address: str, project_id: str, volume_id: str) -> None:
    for params, said in (("[]", "JSON object"), ("{", "JSON object"), ('{"result_dtype": "f8"}', "dtype")):
        answer = infer(address, project_id, volume_id, files={"params": (None, params)})
        assert (answer.status_code, said in answer.json()["detail"]) == (400, True)


def test_bodies_are_bounded(address: str, project_id: str) -> None:
    url = f"{address}/{project_id}"
    assert httpx.post(f"{url}/train/", content=b" " * 70_000).status_code == 413
    assert httpx.post(f"{url}/train/", content=b"[" * 100).status_code == 400
    long = {"image": "x" * 201}
    assert httpx.get(f"{url}/datastore/image", params=long).status_code == 400
    assert httpx.get(f"{address}/nothing/info/").status_code == 404
    assert "detail" in httpx.get(f"{url}/session/1").json()
