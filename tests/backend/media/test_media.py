"""Previews and surfaces: made by the worker's thread, waited for by the routes, kept as files."""

from __future__ import annotations

import io
import struct
import threading

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from backend.http import media as media_routes
from backend.media import previews
from backend.media.files import MediaFiles
from backend.media.maker import MediaMaker, MediaThread
from backend.media.thumbnails import thumbnail_png
from backend.records.media_requests import MAX_ATTEMPTS, MediaRequests, preview_of, surfaces_of
from backend.services import Services, build_services
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from storage.models import MaskRow, MediaRequestRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask, wait_for
from tests.backend.tiny import SHAPE, tiny_volume


@pytest.fixture
def files(services: Services) -> MediaFiles:
    return MediaFiles(services.config.preview_folder, services.config.mesh_folder)


@pytest.fixture
def maker(services: Services, files: MediaFiles) -> MediaMaker:
    return MediaMaker(services.database, services.blobs, files)


@pytest.fixture
def mask_id(services: Services, volume_id: str) -> str:
    """Value 1 is a block, value 2 one voxel, value 3 is empty."""
    label_map = np.zeros(SHAPE, np.uint8)
    label_map[1:4, 1:4, 1:3] = 1
    label_map[5, 0, 3] = 2
    labels = [{"value": value, "voxels": int((label_map == value).sum())} for value in (1, 2, 3)]
    return store_mask(services, volume_id, label_map, labels)


def requests(services: Services) -> list[MediaRequestRow]:
    with services.database.read() as session:
        return list(session.query(MediaRequestRow))


def delete_for_good(services: Services, volume_id: str) -> None:
    services.volumes.delete(OWNER, volume_id)
    services.deleted.delete_for_good(OWNER, volume_id)


def test_mesh_route(client: TestClient, media_thread: None, mask_id: str) -> None:
    mesh = client.get(f"/api/masks/{mask_id}/meshes/1")
    magic, attributes, faces, vertices, skip = struct.unpack_from("<HHIII", mesh.content)
    assert (magic, attributes, skip) == (0x5A4D, 3, 0)
    assert len(mesh.content) == 16 + 12 * faces + 12 * vertices
    assert client.get(f"/api/masks/{mask_id}/meshes/1").content == mesh.content
    assert client.get(f"/api/masks/{mask_id}/meshes/2").status_code == 200  # a single voxel
    for empty in (0, 3, 99):
        assert client.get(f"/api/masks/{mask_id}/meshes/{empty}").status_code == 404


def test_preview_route(client: TestClient, media_thread: None, services: Services, volume_id: str) -> None:
    answer = client.get(f"/api/volumes/{volume_id}/preview.nii")
    assert nib.Nifti1Image.from_bytes(answer.content).shape == SHAPE
    again = client.get(
        f"/api/volumes/{volume_id}/preview.nii", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    wait_for(lambda: requests(services), lambda rows: not rows)


def test_an_import_asks_for_the_preview_and_volumes_of_one_content_share_it(
    services: Services, maker: MediaMaker, files: MediaFiles, project_id: str, volume_id: str
) -> None:
    twin = services.volumes.add(OWNER, project_id, tiny_volume("twin"), "twin.nii").id
    assert maker.make_next()
    assert not maker.make_next()
    (path,) = files.preview_folder.iterdir()
    for each in (volume_id, twin):
        assert services.media.path(services.media.preview(OWNER, each)) == path
    delete_for_good(services, volume_id)
    assert path.exists()
    services.volumes.delete(OWNER, twin)
    assert path.exists()  # it can be restored
    services.deleted.delete_for_good(OWNER, twin)
    assert not path.exists()


def test_a_view_that_is_not_there_in_time_is_asked_for_again(
    client: TestClient, maker: MediaMaker, volume_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while no worker runs."""
    monkeypatch.setattr(media_routes, "WAIT_S", 0.05)
    answer = client.get(f"/api/volumes/{volume_id}/preview.nii")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "busy")
    assert int(answer.headers["retry-after"]) > 0
    assert maker.make_next()
    assert client.get(f"/api/volumes/{volume_id}/preview.nii").status_code == 200


def test_what_cannot_be_made_says_why_and_is_tried_when_asked_for_again(
    client: TestClient,
    services: Services,
    media_thread: None,
    mask_id: str,
    files: MediaFiles,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(media_routes, "LOOK_S", 0.05)
    files.surface_folder.write_text("no folder")
    answer = client.get(f"/api/masks/{mask_id}/meshes/1")
    assert answer.status_code == 422
    assert "could not be made; details are in the worker's log" in answer.json()["error"]["message"]
    files.surface_folder.unlink()
    assert client.get(f"/api/masks/{mask_id}/meshes/1").status_code == 200
    wait_for(lambda: requests(services), lambda rows: not rows)  # the row goes after the file is there


def test_a_maker_that_dies_is_not_tried_for_ever(services: Services, volume_id: str) -> None:
    wanted = MediaRequests(services.database)
    item = preview_of(services.volumes.row(OWNER, volume_id))
    for _ in range(MAX_ATTEMPTS):
        assert wanted.claim() == item  # and the process is gone
    assert wanted.claim() is None
    asked, error = wanted.state(item)
    assert asked
    assert "memory ran out" in str(error)
    wanted.ask(item)
    assert wanted.claim() == item


def test_one_that_fails_does_not_block_the_rest(
    services: Services, maker: MediaMaker, files: MediaFiles, mask_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with services.database.read() as session:
        items = surfaces_of(session.get_one(MaskRow, mask_id))
    for item in items:
        MediaRequests(services.database).ask(item)
    monkeypatch.setattr(previews, "preview_nifti", lambda _: 1 / 0)
    assert [maker.make_next() for _ in range(4)] == [True, True, True, False]
    assert all(files.path(item).exists() for item in items)
    (failed,) = requests(services)
    assert failed.key.endswith("-CT.nii")


def test_a_request_goes_with_what_it_is_of(services: Services, maker: MediaMaker, volume_id: str) -> None:
    item = preview_of(services.volumes.row(OWNER, volume_id))
    delete_for_good(services, volume_id)
    MediaRequests(services.database).ask(item)
    assert requests(services) == []
    assert not maker.make_next()


def test_surfaces_of_an_earlier_version_are_served_as_they_are(
    client: TestClient, services: Services, files: MediaFiles, mask_id: str
) -> None:
    files.surface_folder.mkdir()
    (files.surface_folder / f"{mask_id}-1.mz3").write_bytes(b"as stored by 43200cd")
    assert client.get(f"/api/masks/{mask_id}/meshes/1").content == b"as stored by 43200cd"


def test_a_start_deletes_what_belongs_to_nothing(
    services: Services, maker: MediaMaker, volume_id: str
) -> None:
    maker.make_next()
    folder = services.config.preview_folder
    (kept,) = folder.iterdir()
    (folder / f"{kept.name}.0123.part").write_bytes(b"interrupted")
    (folder / f"{'0' * 64}-CT.nii").write_bytes(b"of a volume that is gone")
    build_services(services.config).close()
    assert list(folder.iterdir()) == [kept]


def test_the_thread_goes_on_after_a_failure() -> None:
    calls: list[str] = []
    done = threading.Event()

    def make_next() -> bool:
        calls.append("call")
        if len(calls) == 1:
            raise OSError("the database is locked")
        done.set()
        return False

    thread = MediaThread(make_next)
    thread.wake()
    thread.start()
    assert done.wait(20)
    thread.stop()


@pytest.mark.parametrize("shape", [(6, 5, 4), (400, 3, 2)])
def test_a_preview_is_small(shape: tuple[int, int, int]) -> None:
    stored = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    volume = Volume(voxels=stored, source=SourceGrid(shape, np.diag([1.0, 2, 3, 1])), modality="CT", name="x")
    image = nib.Nifti1Image.from_bytes(previews.preview_nifti(volume))
    assert max(image.shape) <= previews.LONGEST_SIDE
    assert image.get_data_dtype() == np.uint8


def test_a_thumbnail_is_the_middle_slice_of_the_plane_and_follows_it(
    client: TestClient, media_thread: None, services: Services, volume_id: str
) -> None:
    address = f"/api/volumes/{volume_id}/thumbnail.png"
    answer = client.get(address)
    assert answer.headers["content-type"] == "image/png"
    assert client.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    image = Image.open(io.BytesIO(answer.content))
    assert (image.mode, max(image.size)) == ("L", 96)
    services.volumes.change(OWNER, volume_id, plane="sagittal")
    other = client.get(address)
    assert (other.status_code, other.headers["etag"] != answer.headers["etag"]) == (200, True)


def test_a_thumbnail_has_square_pixels_in_the_given_window() -> None:
    voxels = np.zeros((10, 20, 3), np.int16)
    voxels[5:, :, 1] = 100  # right of the middle
    grid = SourceGrid(voxels.shape, np.diag([1.0, 2.0, 5.0, 1.0]))
    volume = Volume(voxels=voxels, source=grid, modality="CT", name="x")
    image = np.asarray(Image.open(io.BytesIO(thumbnail_png(volume, Plane.AXIAL, Window(0.0, 50.0)))))
    assert image.shape == (96, 24), "40 mm by 10 mm"
    assert sorted(np.unique(image)) == [0, 255]
    thin = np.asarray(Image.open(io.BytesIO(thumbnail_png(volume, Plane.CORONAL, Window(0.0, 50.0)))))
    assert thin.shape[1] < 96
